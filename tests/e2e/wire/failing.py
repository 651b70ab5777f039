"""How a connection fails (RFC 6455 section 7.1.7): the same for every rule that a peer breaks."""

from __future__ import annotations

from tests.client import TEXT, Frame, make_frame
from tests.e2e.wire.live import Feed, Live

BEFORE = make_frame(TEXT, b"before")


def assert_fails(live: Live, feed: Feed, stream: bytes, code: int, behind: bytes = b"") -> None:
    """A stream, after a message that is delivered, brings a Close with this code.

    Then TCP ends without RST. The application saw that message and the same code, and others are
    served as ever. behind: what is sent behind the stream, and is never processed.
    """
    with live.open() as client:
        for segment in feed(BEFORE + stream + behind):
            client.send(segment)
        assert client.read_frame() == Frame(TEXT, b"before")
        close = client.read_close()
        assert close[0] == code
        live.assert_ended(client)
    call = live.only_call()
    assert call.payloads == ["before"]
    assert call.disconnect == close
    live.assert_serves()
