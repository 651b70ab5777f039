"""Masking of payloads (RFC 6455 section 5.3): byte i is XORed with byte i mod 4 of the key.

Masking and unmasking are the same operation. It is done by `_masking.c` where that was compiled,
and else in plain Python, in two ways by size: short payloads as one big-integer XOR, whose set-up
is cheap; long ones as four table lookups, one for each byte of the key, since big integers cost
twice as much there (1 MiB: 2.7 against 1.1 ms; in C 0.03 ms).
"""

from typing import Final

KEY_SIZE: Final = 4

# Measured on CPython 3.11 and 3.13: 0.9 µs either way at about this many bytes.
_SHORT: Final = 512


# Looked up once: to reach a method of a type costs as much as to call it.
_from_bytes = int.from_bytes


def _xor(data: bytes | bytearray | memoryview, key: bytes) -> bytes:
    length = len(data)
    stream = (key * ((length + 3) >> 2))[:length]
    return (_from_bytes(data, "little") ^ _from_bytes(stream, "little")).to_bytes(length, "little")


# What a key is multiplied by to stand so many times in a row: for itself, and a short payload.
_REPEATED: Final = tuple((1 << 32 * words) // 0xFFFF_FFFF for words in range((_SHORT >> 2) + 2))

# By the size of a short payload: bytes of the words that it takes with its key, and their factor.
_FORMS: Final = tuple(((size + 7) >> 2 << 2, _REPEATED[(size + 7) >> 2]) for size in range(_SHORT))

# _TABLES[k] translates every byte b to b ^ k.
_TABLES: Final = tuple(_xor(bytes(range(256)), bytes([k]) * KEY_SIZE) for k in range(256))


def plain_apply_mask(data: bytes | bytearray | memoryview, key: bytes) -> bytes:
    """Mask or unmask `data`, of any length, with a `key` of 4 bytes (ValueError for another)."""
    if len(key) != KEY_SIZE:
        raise ValueError(f"a masking key has 4 bytes, not {len(key)}")
    if len(data) < _SHORT:
        return _xor(data, key)
    # A bytearray, because its translate() does not look for bytes that stay the same.
    masked = bytearray(data)
    for lane, key_byte in enumerate(key):
        masked[lane::KEY_SIZE] = masked[lane::KEY_SIZE].translate(_TABLES[key_byte])
    return bytes(masked)


def plain_unmask(data: bytes, start: int, end: int) -> bytes:
    """Unmask the payload `data[start:end]` with the key that stands in the 4 bytes before it.

    Raises ValueError where `data` has not both.
    """
    if not KEY_SIZE <= start <= end <= len(data):
        raise ValueError(f"no payload with a key before it from {start} to {end}")
    size = end - start
    if size >= _SHORT:
        return plain_apply_mask(data[start:end], data[start - KEY_SIZE : start])
    octets, factor = _FORMS[size]
    masked = _from_bytes(data[start - KEY_SIZE : end], "little")
    unmasked = masked ^ (masked & 0xFFFF_FFFF) * factor
    return unmasked.to_bytes(octets, "little")[KEY_SIZE : KEY_SIZE + size]


def plain_apply_mask_text(data: bytes | bytearray | memoryview, key: bytes) -> str | bytes:
    """Do as `plain_apply_mask`; give a `str` where all is ASCII."""
    return _text(plain_apply_mask(data, key))


def plain_unmask_text(data: bytes, start: int, end: int) -> str | bytes:
    """Do as `plain_unmask`; give a `str` where all is ASCII."""
    payload = plain_unmask(data, start, end)
    return payload.decode() if payload.isascii() else payload


def _text(payload: bytes) -> str | bytes:
    return payload.decode() if payload.isascii() else payload


try:
    from wsgate.websocket._masking import apply_mask as apply_mask
    from wsgate.websocket._masking import apply_mask_text as apply_mask_text
    from wsgate.websocket._masking import unmask as unmask
    from wsgate.websocket._masking import unmask_text as unmask_text
except ImportError:
    apply_mask, apply_mask_text = plain_apply_mask, plain_apply_mask_text
    unmask, unmask_text = plain_unmask, plain_unmask_text


def rotate_key(key: bytes, offset: int) -> bytes:
    """Return the key for the rest of a payload whose first `offset` bytes are done already."""
    start = offset & 3
    return key[start:] + key[:start]
