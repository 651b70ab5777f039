"""Heads through h11."""

import h11

from wsgate.http1.errors import RequestError
from wsgate.http1.names import COMMON_NAMES
from wsgate.http1.parser import Head


def parse_head(head: bytes) -> Head:
    """Parse ``head`` as `HeadParser` asks."""
    connection = h11.Connection(h11.SERVER)
    try:
        connection.receive_data(head)
        event = connection.next_event()
    except h11.RemoteProtocolError as error:
        raise RequestError(400, "The head of the request is malformed.") from error
    assert isinstance(event, h11.Request)  # the head is complete, so it is a request or an error
    headers = [(COMMON_NAMES.get(name, name), value) for name, value in event.headers]
    return Head(event.method, event.target, event.http_version.decode("ascii"), headers)
