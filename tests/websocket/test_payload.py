"""The payload of a message in the making: whole, and in no more memory than it needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.websocket.memory import memory_taken
from wsgate.websocket.payload import BLOCK, Payload


@given(st.lists(st.sampled_from([0, 1, 100, BLOCK - 1, BLOCK, 2 * BLOCK + 1]), max_size=8))
def test_all_pieces_in_their_order(sizes: list[int]) -> None:
    payload = Payload()
    pieces = [bytes([number]) * size for number, size in enumerate(sizes, 1)]
    for piece in pieces:
        payload.append(piece)
    assert payload.size == sum(sizes)
    assert payload.join() == b"".join(pieces)


@pytest.mark.parametrize("size", [64, 1000, 4096, 100_000])
def test_what_it_holds_beside_the_bytes(size: int) -> None:
    """However small the pieces: not an eighth of the whole, as a growing buffer does."""

    def fill() -> Payload:
        payload = Payload()
        while payload.size < 32 * BLOCK:
            payload.append(bytes(size))
        return payload

    held, peak = memory_taken(fill)
    assert 32 * BLOCK <= held <= peak < 33 * BLOCK + size


def test_a_large_piece_is_not_copied() -> None:
    piece = bytes(2 * BLOCK)

    def put_together() -> bytes:
        payload = Payload()
        payload.append(piece)
        return payload.join()

    _, peak = memory_taken(put_together)
    assert peak < BLOCK // 2


def test_one_block_is_not_copied_again() -> None:
    piece = bytes(BLOCK - 1)

    def put_together() -> bytes:
        payload = Payload()
        payload.append(piece)
        return payload.join()

    _, peak = memory_taken(put_together)
    assert peak < BLOCK + BLOCK // 2
