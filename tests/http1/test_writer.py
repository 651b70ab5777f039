"""Responses, read back by h11 as a client would."""

from http import HTTPStatus

import h11
import pytest

from wsgate.http1.errors import ResponseError
from wsgate.http1.fields import NO_DEFAULTS, DefaultFields
from wsgate.http1.writer import CONTINUE, ResponseWriter, refusal, switching_protocols

FIELDS = [(b"date", b"now"), (b"server", b"wsgate")]
DEFAULTS = DefaultFields(FIELDS)


def read_back(
    wire: bytes, method: str = "GET"
) -> tuple[int, bytes, list[tuple[bytes, bytes]], bytes]:
    """Return status, reason, fields and body; the response must be complete and alone."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/", headers=[("host", "a")]))
    client.send(h11.EndOfMessage())
    client.receive_data(wire)
    response = client.next_event()
    assert isinstance(response, h11.Response | h11.InformationalResponse)
    body = b""
    if isinstance(response, h11.Response):
        event = client.next_event()
        if event is h11.NEED_DATA:
            client.receive_data(b"")
            event = client.next_event()
        while isinstance(event, h11.Data):
            body += event.data
            event = client.next_event()
            if event is h11.NEED_DATA:
                client.receive_data(b"")
                event = client.next_event()
        assert isinstance(event, h11.EndOfMessage)
    assert client.trailing_data[0] == b""
    return response.status_code, response.reason, list(response.headers), body


def write(
    headers: list[tuple[bytes, bytes]],
    *pieces: bytes,
    method: str = "GET",
    version: str = "1.1",
    keep_alive: bool = True,
    status: int = 200,
) -> tuple[bytes, ResponseWriter]:
    writer = ResponseWriter(method, version, keep_alive)
    wire = writer.start(status, headers, NO_DEFAULTS)
    for number, piece in enumerate(pieces, 1):
        assert not writer.complete
        wire += writer.body(piece, more=number < len(pieces))
    assert writer.complete
    return wire, writer


def test_the_exact_bytes_of_a_response() -> None:
    wire, writer = write([(b"content-length", b"5"), (b"X-Own", b"a b\xff\t")], b"hello")
    assert wire == b"HTTP/1.1 200 OK\r\nx-own: a b\xff\t\r\ncontent-length: 5\r\n\r\nhello"
    assert writer.keep_alive


def test_chunks() -> None:
    wire, writer = write([], b"", b"hello", b"", b"x" * 26, b"")
    assert wire == (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n1a\r\n" + b"x" * 26 + b"\r\n0\r\n\r\n"
    )
    assert writer.keep_alive
    assert read_back(wire)[3] == b"hello" + b"x" * 26
    wire, _ = write([], b"all at once")
    assert wire.endswith(b"\r\n\r\nb\r\nall at once\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    ("method", "status", "headers", "fields"),
    [
        ("HEAD", 200, [(b"content-length", b"5")], [(b"content-length", b"5")]),
        ("HEAD", 200, [], []),
        ("GET", 304, [(b"content-length", b"5")], [(b"content-length", b"5")]),
        ("GET", 304, [], []),
        ("GET", 204, [(b"content-length", b"0")], []),
        ("GET", 204, [], []),
    ],
)
@pytest.mark.parametrize("pieces", [(b"",), (b"hello",), (b"hello, ", b"world")])
def test_responses_that_have_no_body(
    method: str,
    status: int,
    headers: list[tuple[bytes, bytes]],
    fields: list[tuple[bytes, bytes]],
    pieces: tuple[bytes, ...],
) -> None:
    wire, writer = write(headers, *pieces, method=method, status=status)
    assert writer.keep_alive
    assert read_back(wire, method)[2:] == (fields, b"")
    assert wire.endswith(b"\r\n\r\n")


def test_HTTP_1_0_without_a_length_ends_with_the_connection() -> None:
    wire, writer = write([], b"hel", b"lo", version="1.0")
    assert wire == b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello"
    assert not writer.keep_alive


@pytest.mark.parametrize(
    ("version", "keep_alive", "options", "expected"),
    [
        ("1.1", True, [], []),
        ("1.1", False, [], [b"close"]),
        ("1.1", True, [b"close"], [b"close"]),
        ("1.1", True, [b"Close, x"], [b"x, close"]),
        ("1.1", True, [b"keep-alive"], []),
        ("1.1", False, [b"keep-alive"], [b"close"]),
        ("1.1", False, [b"Upgrade"], [b"upgrade, close"]),
        ("1.1", True, [b"a", b", b,"], [b"a, b"]),
        ("1.0", True, [], [b"keep-alive"]),
        ("1.0", False, [], [b"close"]),
        ("1.0", True, [b"close"], [b"close"]),
    ],
)
def test_connection(
    version: str, keep_alive: bool, options: list[bytes], expected: list[bytes]
) -> None:
    headers = [(b"content-length", b"0"), *((b"Connection", option) for option in options)]
    wire, writer = write(headers, b"", version=version, keep_alive=keep_alive)
    fields = read_back(wire)[2]
    assert [value for name, value in fields if name == b"connection"] == expected
    assert writer.keep_alive is (b"close" not in b"".join(expected))


def test_the_coding_is_ours() -> None:
    wire, _ = write([(b"Transfer-Encoding", b"gzip, chunked")], b"hello")
    assert read_back(wire)[2:] == ([(b"transfer-encoding", b"chunked")], b"hello")
    wire, _ = write([(b"transfer-encoding", b"chunked"), (b"content-length", b"5")], b"hello")
    assert read_back(wire)[2:] == ([(b"content-length", b"5")], b"hello")


def test_defaults_are_written_where_the_application_has_none() -> None:
    writer = ResponseWriter("GET", "1.1", True)
    defaults = DefaultFields([*FIELDS, (b"link", b"a"), (b"link", b"b")])
    wire = writer.start(200, [(b"Server", b"mine"), (b"content-length", b"0")], defaults)
    assert read_back(wire)[2] == [
        (b"server", b"mine"),
        (b"date", b"now"),
        (b"link", b"a"),
        (b"link", b"b"),
        (b"content-length", b"0"),
    ]


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (200, b"HTTP/1.1 200 OK\r\n"),
        (404, b"HTTP/1.1 404 Not Found\r\n"),
        (HTTPStatus.IM_A_TEAPOT, b"HTTP/1.1 418 I'm a Teapot\r\n"),
        (299, b"HTTP/1.1 299 \r\n"),
        (999, b"HTTP/1.1 999 \r\n"),
    ],
)
def test_status_line(status: int, line: bytes) -> None:
    wire, _ = write([(b"content-length", b"0")], b"", status=status)
    assert wire.startswith(line)
    assert read_back(wire)[0] == status


@pytest.mark.parametrize(
    "status", [100, 101, HTTPStatus.SWITCHING_PROTOCOLS, 103, 199, 0, -1, 1000]
)
def test_H40_a_status_that_is_none_of_a_response(status: int) -> None:
    with pytest.raises(ResponseError, match=f"from 200 to 999, got {int(status)}$"):
        ResponseWriter("GET", "1.1", True).start(status, [], NO_DEFAULTS)


@pytest.mark.parametrize("status", ["200", 200.0, True, None, b"200"])
def test_a_status_of_another_type(status: object) -> None:
    with pytest.raises(ResponseError, match=f"must be an int, got {type(status).__name__}"):
        ResponseWriter("GET", "1.1", True).start(status, [], NO_DEFAULTS)


BAD_HEADERS = [
    *(
        pytest.param([(b"x", b"a%cb" % byte)], "b'x' holds a control character", id=f"H39-{byte}")
        for byte in b"\r\n\0\x0b\x1b\x7f"
    ),
    pytest.param([(b"x", b"a\r\nset-cookie: b")], "control character", id="H39-a-field-more"),
    pytest.param([(b"x", b"a\r\n b")], "control character", id="H39-fold"),
    pytest.param([(b"x", b"a\n"), (b"y", b"\rb")], "control character", id="H39-even-counts"),
    pytest.param([(b"connection", b"close\r\nx: y")], "control character", id="H39-connection"),
    pytest.param([(b"transfer-encoding", b"\n")], "control character", id="H39-coding"),
    pytest.param([(b"x\r\ny", b"a")], "must be a token", id="H39-name"),
    pytest.param([(b"x y", b"a")], "must be a token", id="name-space"),
    pytest.param([(b"", b"a")], "must be a token", id="name-empty"),
    pytest.param([(b"x:", b"a")], "must be a token", id="name-colon"),
    pytest.param([(b"\xe9", b"a")], "must be a token", id="name-not-ascii"),
    pytest.param([("x", b"a")], "name of the header 'x' must be bytes, got str", id="name-str"),
    pytest.param([(bytearray(b"x"), b"a")], "must be bytes, got bytearray", id="name-bytearray"),
    pytest.param([(b"x", "a")], "value of the header b'x' must be bytes, got str", id="value-str"),
    pytest.param([(b"x", 1)], "must be bytes, got int", id="value-int"),
    pytest.param([(b"x", None)], "must be bytes, got NoneType", id="value-none"),
    pytest.param([(b"content-length", 5)], "must be bytes, got int", id="length-int"),
    pytest.param([b"xy"], "must be a pair", id="pair-bytes"),
    pytest.param([(b"x", b"a"), (b"x",)], "must be a pair", id="pair-one"),
    pytest.param([(b"x", b"a", b"b")], "must be a pair", id="pair-three"),
    pytest.param({b"xy": b"a"}, "must be a pair", id="dict"),
    pytest.param(None, "must be an iterable of pairs", id="none"),
    pytest.param([(b"content-length", b"")], "must be a number in digits", id="length-empty"),
    pytest.param([(b"content-length", b"-1")], "must be a number in digits", id="length-negative"),
    pytest.param([(b"content-length", b"5, 5")], "must be a number in digits", id="length-list"),
    pytest.param([(b"content-length", b"9" * 19)], "must be a number in digits", id="length-huge"),
    pytest.param([(b"content-length", b"5")] * 2, "must be set once", id="length-twice"),
]


@pytest.mark.parametrize(("headers", "sentence"), BAD_HEADERS)
def test_headers_that_are_refused(headers: list[tuple[bytes, bytes]], sentence: str) -> None:
    writer = ResponseWriter("GET", "1.1", True)
    with pytest.raises(ResponseError, match=sentence):
        writer.start(200, headers, DEFAULTS)
    assert not writer.started
    wire = writer.start(500, [(b"content-length", b"0")], DEFAULTS)
    assert read_back(wire + writer.body(b"", more=False))[0] == 500


def test_headers_may_be_lists_and_generators() -> None:
    writer = ResponseWriter("GET", "1.1", True)
    headers = ([name, b"0"] for name in (b"x", b"content-length"))
    wire = writer.start(200, headers, NO_DEFAULTS)  # type: ignore[arg-type]
    assert read_back(wire)[2] == [(b"x", b"0"), (b"content-length", b"0")]


@pytest.mark.parametrize("piece", [bytearray(b"hello"), memoryview(b"hello")])
@pytest.mark.parametrize("headers", [[], [(b"content-length", b"5")]])
def test_a_body_may_be_any_kind_of_bytes(piece: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    assert read_back(write(headers, piece)[0])[3] == b"hello"


def test_a_body_of_known_length_is_not_copied() -> None:
    writer = ResponseWriter("GET", "1.1", True)
    writer.start(200, [(b"content-length", b"100000")], NO_DEFAULTS)
    body = bytes(100_000)
    assert writer.body(body, more=False) is body


@pytest.mark.parametrize("data", ["hello", None, 5, [b"hello"]])
def test_a_body_of_another_type(data: object) -> None:
    writer = ResponseWriter("GET", "1.1", True)
    writer.start(200, [], NO_DEFAULTS)
    with pytest.raises(ResponseError, match=f"must be bytes, got {type(data).__name__}"):
        writer.body(data, more=True)


@pytest.mark.parametrize(
    ("pieces", "sentence"),
    [
        pytest.param([b"hello!"], "longer than its Content-Length, by 1 bytes", id="longer"),
        pytest.param(
            [b"hello", b"hello"], "longer than its Content-Length, by 5", id="longer-late"
        ),
        pytest.param([b"hel", b""], "shorter than its Content-Length, by 2 bytes", id="shorter"),
    ],
)
def test_a_body_that_is_not_as_long_as_it_said(pieces: list[bytes], sentence: str) -> None:
    writer = ResponseWriter("GET", "1.1", True)
    writer.start(200, [(b"content-length", b"5")], NO_DEFAULTS)
    *first, last = pieces
    for piece in first:
        writer.body(piece, more=True)
    with pytest.raises(ResponseError, match=sentence):
        writer.body(last, more=False)
    assert not writer.complete
    assert not writer.keep_alive


def test_whole_before_it_is_complete() -> None:
    writer = ResponseWriter("GET", "1.1", True)
    assert not writer.whole
    writer.start(200, [(b"content-length", b"5")], NO_DEFAULTS)
    seen = [writer.whole]
    for piece in (b"hel", b"lo", b""):
        writer.body(piece, more=True)
        seen.append(writer.whole)
    assert seen == [False, False, True, True]
    assert not writer.complete


@pytest.mark.parametrize("http_version", ["1.0", "1.1"])
def test_without_a_length_the_end_of_a_body_makes_it_whole(http_version: str) -> None:
    writer = ResponseWriter("GET", http_version, True)
    writer.start(200, [], NO_DEFAULTS)
    assert not writer.whole
    writer.body(b"hello", more=False)
    assert writer.whole


def test_the_order_of_calls() -> None:
    writer = ResponseWriter("GET", "1.1", True)
    with pytest.raises(ResponseError, match="must be started before its body"):
        writer.body(b"", more=False)
    writer.start(200, [], NO_DEFAULTS)
    with pytest.raises(ResponseError, match="must be started once"):
        writer.start(200, [], NO_DEFAULTS)
    writer.body(b"", more=False)
    with pytest.raises(ResponseError, match="is complete"):
        writer.body(b"", more=False)


def test_refusal() -> None:
    wire = refusal(405, "Not so.", [(b"allow", b"GET")], DEFAULTS)
    status, reason, fields, body = read_back(wire)
    assert (status, reason, body) == (405, b"Method Not Allowed", b"Not so.\n")
    assert fields == [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"allow", b"GET"),
        *FIELDS,
        (b"content-length", b"8"),
        (b"connection", b"close"),
    ]


def test_U25_switching_protocols() -> None:
    headers = [(b"upgrade", b"websocket"), (b"connection", b"Upgrade")]
    assert switching_protocols(headers, [(b"server", b"x")], DEFAULTS) == (
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        b"server: x\r\ndate: now\r\n\r\n"
    )


@pytest.mark.parametrize("value", [b"a\r\nb: c", b"a\nb", b"a\rb", b"a\0b"])
def test_U27_nothing_of_a_forged_field_is_written(value: bytes) -> None:
    with pytest.raises(ResponseError, match="control character"):
        switching_protocols([(b"upgrade", b"websocket")], [(b"x", value)], DEFAULTS)


def test_continue() -> None:
    assert read_back(CONTINUE)[:3] == (100, b"Continue", [])
