"""F26: a peer that pings and does not read costs no more than a bound, then its connection."""

from __future__ import annotations

import gc
import struct

from tests.client import CLOSE, PING, PONG, Client, Frame, make_frame
from tests.e2e.wire.live import Live
from wsgate.net.writer import TransportWriter

BATCH = 256
"""Pings at a time: less than a failed peer may send on without being reset."""

MOST = 400_000
"""Pings that the kernel's buffers and the server's patience never last for."""


def ping(number: int) -> bytes:
    return struct.pack("!I", number) * 31


def send_batch(live: Live, client: Client, first: int) -> int:
    """Send pings from `first` on, and give the number of the next one."""
    behind = first + BATCH
    assert behind < MOST, "they are all taken, and no pong is read"
    client.send(b"".join(make_frame(PING, ping(number)) for number in range(first, behind)))
    live.settle()
    return behind


def test_F26_a_flood_of_pings_ends_with_1008(live: Live) -> None:
    with live.connect(SO_RCVBUF=65_536) as client:
        client.open_websocket()
        (call,) = live.calls()
        sent = 0
        while not call.done.is_set():
            sent = send_batch(live, client, sent)
        pongs = [client.read_frame()]
        while pongs[-1].opcode == PONG:
            pongs.append(client.read_frame())
        close = pongs.pop()
        live.assert_ended(client)
    assert pongs == [Frame(PONG, ping(number)) for number in range(len(pongs))]
    assert len(pongs) < sent
    assert (close.opcode, close.payload[:2]) == (CLOSE, struct.pack("!H", 1008))
    assert call.disconnect[0] == 1008
    live.assert_serves()


def test_F26_who_reads_again_gets_the_latest_pong(live: Live) -> None:
    """So many pings that the server holds some back, and fewer than end its patience."""
    with live.connect(SO_RCVBUF=65_536) as client:
        client.open_websocket()
        sent = 0
        writers = [each for each in gc.get_objects() if type(each) is TransportWriter]
        while not any(each.full for each in writers):
            sent = send_batch(live, client, sent)
        last = send_batch(live, client, sent) - 1
        answered = [read_pong(client)]
        while answered[-1] < last:
            answered.append(read_pong(client))
        assert answered == [*range(len(answered) - 1), last]
        assert len(answered) < last
        client.send_text("still there?")
        assert client.read_text() == "still there?"


def read_pong(client: Client) -> int:
    """The number of the next pong."""
    frame = client.read_frame()
    (number,) = struct.unpack("!I", frame.payload[:4])
    assert frame == Frame(PONG, ping(number))
    return int(number)
