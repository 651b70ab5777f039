"""What master and worker say to each other, whole or in pieces, until one is gone."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from wsgate.supervisor.channel import Channel, Word, channel_pair


@pytest.fixture
def wire() -> Iterator[tuple[Channel, socket.socket]]:
    """A channel, and the bytes at its other end."""
    one, other = socket.socketpair()
    channel = Channel(one)
    yield channel, other
    channel.close()
    other.close()


def test_each_word_arrives_in_order() -> None:
    here, there = channel_pair()
    assert there.receive() == []
    for word in Word:
        here.send(word)
    assert there.receive() == [*Word]
    here.close()
    assert there.receive() is None
    there.close()


def test_a_word_in_pieces(wire: tuple[Channel, socket.socket]) -> None:
    channel, other = wire
    other.send(b"pi")
    assert channel.receive() == []
    other.send(b"ng\ndra")
    assert channel.receive() == [Word.PING]
    other.send(b"in\n")
    assert channel.receive() == [Word.DRAIN]


def test_what_is_no_word_is_passed_over(wire: tuple[Channel, socket.socket]) -> None:
    channel, other = wire
    other.send(b"nonsense\n\xff\n\npong\n")
    assert channel.receive() == [Word.PONG]


def test_nobody_waits_for_one_that_does_not_listen(wire: tuple[Channel, socket.socket]) -> None:
    channel, other = wire
    for _ in range(100_000):
        channel.send(Word.PING)
    other.close()
    channel.send(Word.PING)
    while channel.receive() is not None:
        pass
