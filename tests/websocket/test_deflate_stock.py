"""Compressors and inflaters made some at a time: each is used once, and is as any other."""

from __future__ import annotations

import zlib

import pytest

from tests.websocket.compressing import flush, noise
from tests.websocket.memory import memory_taken
from wsgate.websocket.deflate_stock import TOGETHER, Stock, compressor_size, inflater_size


def test_each_is_given_once() -> None:
    stock = Stock()
    compressors = [stock.compressobj(level=1, wbits=-12, memLevel=5) for _ in range(40)]
    inflaters = [stock.decompressobj(wbits=-12) for _ in range(100)]
    assert len(set(map(id, compressors))) == 40
    assert len(set(map(id, inflaters))) == 100


@pytest.mark.parametrize("bits", [9, 12, 15])
@pytest.mark.parametrize("mem_level", [1, 9])
def test_they_are_as_was_asked(bits: int, mem_level: int) -> None:
    stock = Stock()
    for level in (0, 9, 0):
        compressor = stock.compressobj(level=level, wbits=-bits, memLevel=mem_level)
        again = zlib.compressobj(level=level, wbits=-bits, memLevel=mem_level)
        data = noise(2000) * 9
        encoded = compressor.compress(data) + compressor.flush(zlib.Z_FINISH)
        assert encoded == again.compress(data) + again.flush()
        assert stock.decompressobj(wbits=-bits).decompress(encoded, 10**6) == data


def test_an_inflater_refers_to_nothing_before_its_stream() -> None:
    compressor = zlib.compressobj(wbits=-12)
    flush(compressor, noise(500))
    with pytest.raises(zlib.error):
        Stock().decompressobj(wbits=-12).decompress(flush(compressor, noise(500)), 10**4)


@pytest.mark.parametrize("bits", [8, 9, 12, 15])
def test_the_memory_of_inflaters(bits: int) -> None:
    size = inflater_size(bits)

    def make() -> object:
        stock = Stock()
        return stock, stock.decompressobj(wbits=-bits)

    held, _ = memory_taken(make)
    assert TOGETHER - size < held < TOGETHER + 3 * size


@pytest.mark.parametrize(("bits", "mem_level"), [(12, 5), (15, 8), (15, 9)])
def test_the_memory_of_compressors(bits: int, mem_level: int) -> None:
    """Of those that are larger than what is made together there is one, or two."""
    size = compressor_size(bits, mem_level)

    def make() -> object:
        stock = Stock()
        return stock, stock.compressobj(level=1, wbits=-bits, memLevel=mem_level)

    held, _ = memory_taken(make)
    assert TOGETHER - size < held < 1.2 * (TOGETHER + size)
