"""Frames that are right: delivered however they are cut, and answered in the shortest form."""

from __future__ import annotations

import gc
import socket
import struct

import pytest

from tests.client import BINARY, CONTINUATION, PING, PONG, TEXT, Frame, make_frame
from tests.e2e.wire.live import Feed, Live
from wsgate.net.websocket_connection import WebSocketConnection

MIB = 1024 * 1024


def test_no_frame_waits_for_the_acknowledgement_of_the_one_before(live: Live) -> None:
    with live.open() as client:
        transports = [
            each._transport for each in gc.get_objects() if type(each) is WebSocketConnection
        ]
        (ours,) = [
            each.get_extra_info("socket")
            for each in transports
            if each.get_extra_info("peername") == client.sock.getsockname()
        ]
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_F12_a_ping_between_fragments_is_answered_at_once(live: Live) -> None:
    with live.open() as client:
        client.send_frame(TEXT, b"one ", fin=False)
        client.send_frame(PING, b"now")
        assert client.read_frame() == Frame(PONG, b"now")
        client.send_frame(CONTINUATION, b"two ", fin=False)
        client.send_frame(PING, b"again")
        assert client.read_frame() == Frame(PONG, b"again")
        client.send_frame(CONTINUATION, b"three")
        assert client.read_text() == "one two three"


def test_F19_sixty_thousand_fragments_of_a_byte(live: Live) -> None:
    count = 60_000
    with live.open() as client:
        client.send_frame(BINARY, b"a", fin=False)
        client.send(make_frame(CONTINUATION, b"b", fin=False) * count)
        client.send_frame(PING, b"held?")
        assert client.read_frame() == Frame(PONG, b"held?")
        client.send_frame(CONTINUATION, b"c")
        assert client.read_frame() == Frame(BINARY, b"a" + b"b" * count + b"c")


CORPUS = [
    make_frame(TEXT, "h\u00e9llo".encode()),
    make_frame(PING, b"ping"),
    make_frame(BINARY),
    make_frame(PONG, b"unsolicited"),
    make_frame(TEXT, b"fragm", fin=False),
    make_frame(PING, b"inside"),
    make_frame(CONTINUATION, fin=False),
    make_frame(CONTINUATION, b"ented"),
    make_frame(BINARY, b"b" * 126, mask=b"\0\xff\x01\x80"),
]
ANSWERS = [
    Frame(TEXT, "h\u00e9llo".encode()),
    Frame(PONG, b"ping"),
    Frame(BINARY, b""),
    Frame(PONG, b"inside"),
    Frame(TEXT, b"fragmented"),
    Frame(BINARY, b"b" * 126),
]


def in_order(frames: list[Frame]) -> tuple[list[Frame], list[Frame]]:
    """Pongs and messages, each in its order; a pong may overtake what the application sends."""
    return (
        [frame for frame in frames if frame.opcode == PONG],
        [frame for frame in frames if frame.opcode != PONG],
    )


def test_F20_every_split_point(live: Live) -> None:
    stream = b"".join(CORPUS)
    with live.open() as client:
        for split in range(1, len(stream)):
            client.send(stream[:split])
            live.settle()
            client.send(stream[split:])
            answers = [client.read_frame() for _ in ANSWERS]
            assert in_order(answers) == in_order(ANSWERS), split


def test_F20_cut_into_segments(live: Live, feed: Feed) -> None:
    with live.open() as client:
        for segment in feed(b"".join(CORPUS)):
            client.send(segment)
        answers = [client.read_frame() for _ in ANSWERS]
        client.send_close(4000, "bye")
        assert client.read_close() == (4000, "bye")
        live.assert_ended(client)
    assert in_order(answers) == in_order(ANSWERS)


SIZES = {
    0: b"\0",
    1: b"\x01",
    125: b"\x7d",
    126: b"\x7e\x00\x7e",
    127: b"\x7e\x00\x7f",
    65_535: b"\x7e\xff\xff",
    65_536: b"\x7f\0\0\0\0\0\x01\0\0",
    65_537: b"\x7f\0\0\0\0\0\x01\0\x01",
}


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("size", [pytest.param(size, id=f"F21-{size}") for size in SIZES])
def test_the_server_does_not_mask_and_takes_the_shortest_form(
    live: Live, size: int, opcode: int
) -> None:
    with live.open() as client:
        client.send_frame(opcode, b"a" * size)
        expected = bytes([0x80 | opcode]) + SIZES[size] + b"a" * size
        assert client.read(len(expected)) == expected


@pytest.mark.parametrize(
    ("opcode", "message"),
    [
        pytest.param(TEXT, {"type": "websocket.receive", "text": ""}, id="F22-text"),
        pytest.param(BINARY, {"type": "websocket.receive", "bytes": b""}, id="F22-binary"),
    ],
)
def test_empty_messages(live: Live, feed: Feed, opcode: int, message: dict[str, object]) -> None:
    with live.open() as client:
        for segment in feed(make_frame(opcode)):
            client.send(segment)
        assert client.read_frame() == Frame(opcode, b"")
        (call,) = live.calls()
        assert call.received[1:] == [message]


def test_F23_pings_of_every_size(live: Live, feed: Feed) -> None:
    payloads = [bytes(range(size)) for size in range(126)]
    with live.open() as client:
        for segment in feed(b"".join(make_frame(PING, payload) for payload in payloads)):
            client.send(segment)
        assert [client.read_frame() for _ in payloads] == [
            Frame(PONG, payload) for payload in payloads
        ]


def test_F24_a_thousand_unsolicited_pongs(live: Live) -> None:
    with live.open() as client:
        client.send(b"".join(make_frame(PONG, b"%d" % number) for number in range(1000)))
        client.send_text("done")
        assert client.read_text() == "done"
        (call,) = live.calls()
        assert call.payloads == ["done"]


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("size", [MIB, 16 * MIB])
def test_large_messages(live: Live, size: int, opcode: int) -> None:
    payload = bytes(range(32, 96)) * (size // 64)
    with live.open() as client:
        client.send_frame(opcode, payload)
        assert client.read_frame() == Frame(opcode, payload)


def test_F16_one_byte_over_sixteen_mebibytes(live: Live) -> None:
    """Said by the header alone: no byte of the payload is sent."""
    with live.open() as client:
        client.send(b"\x82\xff" + struct.pack("!Q", 16 * MIB + 1) + b"mask")
        assert client.read_close()[0] == 1009
        live.assert_ended(client)
    assert live.only_call().disconnect[0] == 1009


def test_F18_empty_fragments_up_to_the_default_cap(live: Live) -> None:
    cap = 131_072
    with live.open() as client:
        client.send_frame(TEXT, fin=False)
        client.send(make_frame(CONTINUATION, fin=False) * (cap - 1))
        client.send_frame(PING)
        assert client.read_frame() == Frame(PONG, b"")
        client.send(make_frame(CONTINUATION, fin=False) * 10_000)
        assert client.read_close()[0] == 1008
        live.assert_ended(client)
    assert live.only_call().disconnect[0] == 1008
