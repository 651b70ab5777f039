"""Compressed messages through a connection: the rows of RFC 7692, fed in every way."""

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame, make_frame
from tests.websocket.compressing import (
    HELLO,
    HELLO_AGAIN,
    HELLO_FINAL,
    HELLO_IN_TWO,
    HELLO_STORED,
    TAIL,
    binary,
    compressing,
    deflate,
    deflate_all,
    finish,
    make_extension,
    noise,
    text,
)
from tests.websocket.wire import (
    RSV1,
    Expected,
    byte_by_byte,
    cut,
    cuts,
    expected,
    parse_server_frames,
    receive,
)
from wsgate.websocket.connection import Connection
from wsgate.websocket.events import PingReceived

MIXED = b"".join(bytes([byte]) * (byte % 7) for byte in range(256)) * 3
"""Bytes for which a compressor makes codes of its own."""

FIXED = deflate(MIXED, strategy=zlib.Z_FIXED)
MANY_BLOCKS = deflate(noise(3000) + MIXED, mem_level=1)
FAR = noise(3000)
"""To be found again at a distance that a window of 12 bits can reach, and 11 cannot."""

BEGUN = make_frame(RSV1 | TEXT, HELLO[:3], fin=False)
REST = make_frame(CONTINUATION, HELLO[3:])
NEXT = text(HELLO)
PLAIN = make_frame(TEXT, b"plain")
PLAIN_IN_TWO = make_frame(TEXT, b"pl", fin=False) + make_frame(CONTINUATION, b"ain")
ONE_STREAM = HELLO_FINAL[:-1]
NO_STREAM = b"\x03\x00"

Row = tuple[str, bytes, list[Expected]]

EITHER_WAY: list[Row] = [
    ("rfc-7.2.3.1", text(HELLO), ["Hello"]),
    ("rfc-7.2.3.1-fragments", text(HELLO[:3], HELLO[3:]), ["Hello"]),
    ("D08-ping", make_frame(RSV1 | PING, HELLO), [1002]),
    ("D08-pong", make_frame(RSV1 | PONG, HELLO), [1002]),
    ("D08-close", make_frame(RSV1 | CLOSE), [1002]),
    ("D08-continuation", BEGUN + make_frame(RSV1 | CONTINUATION, HELLO[3:]), [1002]),
    ("D09", PLAIN, ["plain"]),
    ("D09-between", NEXT + PLAIN + NEXT, ["Hello", "plain", "Hello"]),
    ("D09-fragments", PLAIN_IN_TWO, ["plain"]),
    ("D10-empty-first", text(b"", HELLO[:3], HELLO[3:]), ["Hello"]),
    ("D10-empty-last", text(HELLO[:3], HELLO[3:], b""), ["Hello"]),
    ("D10-empty-all-over", text(b"", b"", HELLO[:1], b"", HELLO[1:], b"", b""), ["Hello"]),
    ("D10-each-byte", text(*byte_by_byte(HELLO)), ["Hello"]),
    ("D10-ping-between", BEGUN + make_frame(PING, b"p") + REST, [PingReceived(b"p"), "Hello"]),
    ("D10-each-flushed", text(deflate(b"Hel") + TAIL, deflate(b"lo") + TAIL, b"\x00"), ["Hello"]),
    ("D11-stored", text(HELLO_STORED), ["Hello"]),
    ("D11-several", text(HELLO_IN_TWO), ["Hello"]),
    ("D11-fixed", binary(FIXED), [MIXED]),
    ("D11-dynamic", binary(deflate(MIXED)), [MIXED]),
    ("D11-many", binary(MANY_BLOCKS), [noise(3000) + MIXED]),
    ("D12", text(HELLO_FINAL) + NEXT, ["Hello", "Hello"]),
    ("D12-fragments", text(*byte_by_byte(HELLO_FINAL)) + NEXT, ["Hello", "Hello"]),
    ("D12-empty-block", text(ONE_STREAM + NO_STREAM * 3 + b"\x00") + NEXT, ["Hello", "Hello"]),
    ("D12-several", text(ONE_STREAM * 3 + b"\x00") + NEXT, ["Hello" * 3, "Hello"]),
    ("D12-then-another", text(ONE_STREAM + HELLO) + NEXT, ["HelloHello", "Hello"]),
    ("D12-stored", text(finish(b"Hello", level=0) + b"\x00") + NEXT, ["Hello", "Hello"]),
    ("D12-the-tail-is-final", text(HELLO + TAIL + b"\x01") + NEXT, ["Hello", "Hello"]),
    ("D12-nothing-behind", text(ONE_STREAM), [1007]),
    ("D12-refers-before", text(HELLO_FINAL) + text(HELLO_AGAIN), ["Hello", 1007]),
    ("D12-refers-behind", text(ONE_STREAM + HELLO_AGAIN), [1007]),
    ("D13-block-type", text(b"\x07"), [1007]),
    ("D13-length", text(b"\x00\x05\x00\xfa\xfeHello\x00"), [1007]),
    ("D13-after-good", text(HELLO) + text(b"\x07"), ["Hello", 1007]),
    ("D13-noise", binary(noise(300)), [1007]),
    ("D13-not-compressed", text(b"Hello"), [1007]),
    ("D13-nothing", text(b""), [1007]),
    ("D13-tail-sent", text(HELLO + TAIL), [1007]),
    ("T08", text(deflate(b"\xed\xa0\x80")), [1007]),
    ("T08-cut-off", text(deflate("é".encode()[:1])), [1007]),
    ("T07", text(*byte_by_byte(deflate("é€😀".encode()))), ["é€😀"]),
    ("D20", text(b"\x00"), [""]),
    ("D20-binary", binary(b"\x00"), [b""]),
    ("D20-twice", text(b"\x00") + text(b"\x00") + NEXT, ["", "", "Hello"]),
    ("D20-fragments", text(b"", b"\x00", b""), [""]),
]  # fmt: skip

TAKEOVER: list[Row] = [
    ("D16", text(HELLO) + text(HELLO_AGAIN) + text(HELLO_AGAIN), ["Hello"] * 3),
    ("D16-empty-between", text(HELLO) + text(b"\x00") + text(HELLO_AGAIN), ["Hello", "", "Hello"]),
    ("D16-plain-between", NEXT + PLAIN + text(HELLO_AGAIN), ["Hello", "plain", "Hello"]),
    ("D16-nothing-before", text(HELLO_AGAIN), [1007]),
    ("D16-far", b"".join(map(binary, deflate_all([FAR, FAR]))), [FAR, FAR]),
    ("D12-then-refers", text(HELLO_FINAL) + text(HELLO) + text(HELLO_AGAIN), ["Hello"] * 3),
]  # fmt: skip

NO_TAKEOVER: list[Row] = [
    ("D16-none", text(HELLO) + text(HELLO_AGAIN), ["Hello", 1007]),
    ("D16-none-far", b"".join(map(binary, deflate_all([FAR, FAR]))), [FAR, 1007]),
]

ROWS = [
    pytest.param(takeover, stream, events, id=f"{name}-{'takeover' if takeover else 'none'}")
    for takeover, rows in ((True, EITHER_WAY + TAKEOVER), (False, EITHER_WAY + NO_TAKEOVER))
    for name, stream, events in rows
]
every_row = pytest.mark.parametrize(("takeover", "stream", "events"), ROWS)


@every_row
def test_whole(takeover: bool, stream: bytes, events: list[Expected]) -> None:
    assert expected(compressing(takeover).receive_data(stream)) == events


@every_row
def test_byte_by_byte(takeover: bool, stream: bytes, events: list[Expected]) -> None:
    assert expected(receive(compressing(takeover), byte_by_byte(stream))) == events


@every_row
def test_random_pieces(takeover: bool, stream: bytes, events: list[Expected]) -> None:
    @given(cuts(min(len(stream), 400)))
    @settings(max_examples=8)
    def check(places: list[int]) -> None:
        assert expected(receive(compressing(takeover), cut(stream, places))) == events

    check()


@every_row
def test_bytes_behind(takeover: bool, stream: bytes, events: list[Expected]) -> None:
    """What one message leaves in the inflater reaches no other, and nothing follows a failure."""
    behind = [] if isinstance(events[-1], int) else ["Hello"]
    assert expected(compressing(takeover).receive_data(stream + text(HELLO))) == events + behind


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_F03_without_an_agreement(opcode: int) -> None:
    assert expected(Connection().receive_data(make_frame(RSV1 | opcode, HELLO))) == [1002]


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(HELLO, id="fixed"),
        pytest.param(HELLO_STORED, id="stored"),
        pytest.param(deflate(MIXED), id="dynamic"),
        pytest.param(FIXED, id="long"),
        pytest.param(HELLO_FINAL, id="final"),
    ],
)
def test_D13_cut_off_anywhere(takeover: bool, encoded: bytes) -> None:
    """A message that is not all there never passes, but for one that begins as the empty one."""
    for end in range(len(encoded)):
        events = expected(compressing(takeover).receive_data(binary(encoded[:end])))
        assert events == ([b""] if encoded[:end] == b"\x00" else [1007]), end


def test_T08_fails_before_the_message_ends() -> None:
    begun = make_frame(RSV1 | TEXT, deflate(b"ok\xff") + TAIL, fin=False)
    assert expected(compressing().receive_data(begun)) == [1007]


@pytest.mark.parametrize("bits", [8, 9])
def test_D17_a_client_may_have_the_smallest_window(bits: int) -> None:
    """A zlib that is asked for 8 bits takes 9, and never looks back over more than 250 bytes."""
    block = noise(240)
    messages = deflate_all([block, block], bits=9)
    assert len(messages[1]) < 100
    assert receive(compressing(bits=bits), map(binary, messages)) == [block, block]


def test_a_window_that_is_larger_than_agreed() -> None:
    messages = deflate_all([FAR, FAR], bits=12)
    assert expected(receive(compressing(bits=10), map(binary, messages))) == [FAR, 1007]


def read_back(stream: bytes, takeover: bool, bits: int) -> list[bytes]:
    """Inflate messages of the server in steps too small to look back over more than the window."""
    messages, inflater = list[bytes](), zlib.decompressobj(wbits=-bits)
    for opcode, payload, fin in parse_server_frames(stream):
        assert fin
        if opcode & RSV1 and not takeover:
            inflater = zlib.decompressobj(wbits=-bits)
        message, rest = b"", payload + TAIL
        while rest and opcode & RSV1:
            message += inflater.decompress(rest, 16)
            rest = inflater.unconsumed_tail
        messages.append(message if opcode & RSV1 else payload)
    return messages


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("bits", [9, 10, 12, 15])
@given(payloads=st.lists(st.binary(max_size=200) | st.sampled_from([MIXED, FAR, b"a" * 9000])))
@settings(max_examples=25)
def test_D06_what_is_sent_keeps_to_the_window(
    takeover: bool, bits: int, payloads: list[bytes]
) -> None:
    connection = Connection(extension=make_extension(takeover, bits))
    stream = b"".join(map(connection.send_message, [*payloads, FAR, FAR]))
    assert read_back(stream, takeover, bits) == [*payloads, FAR, FAR]


@pytest.mark.parametrize("takeover", [True, False])
def test_what_takeover_saves(takeover: bool) -> None:
    connection = compressing(takeover)
    first, again = (len(connection.send_message(noise(500))) for _ in range(2))
    assert first > 500
    assert again < 50 if takeover else again == first


@pytest.mark.parametrize("takeover", [True, False])
def test_D20_empty_messages_are_sent(takeover: bool) -> None:
    connection = compressing(takeover)
    stream = b"".join(map(connection.send_message, ["", "", "Hello", "", ""]))
    frames = list(parse_server_frames(stream))
    assert frames[0] == frames[1] == frames[3] == frames[4] == Frame(RSV1 | TEXT, b"\x00")
    assert read_back(stream, takeover, 12) == [b"", b"", b"Hello", b"", b""]


def test_the_level() -> None:
    sizes = [
        len(Connection(extension=make_extension(level=level)).send_message(MIXED * 9))
        for level in (0, 1, 9)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert len(MIXED * 9) < sizes[0] < len(MIXED * 9) + 100
    assert sizes[2] < sizes[1]


def test_the_threshold() -> None:
    connection = Connection(extension=make_extension(threshold=10))
    stream = connection.send_message("x" * 9) + connection.send_message("x" * 10)
    assert [frame.opcode for frame in parse_server_frames(stream)] == [TEXT, RSV1 | TEXT]
    assert read_back(stream, True, 12) == [b"x" * 9, b"x" * 10]


def test_a_released_compressor_starts_anew() -> None:
    extension = make_extension()
    connection = Connection(extension=extension)
    stream = connection.send_message(noise(500))
    extension.release_compressor()
    fresh = connection.send_message(noise(500))
    assert len(fresh) > 500
    stream += fresh + connection.send_message(noise(500))
    assert read_back(stream, True, 12) == [noise(500)] * 3
