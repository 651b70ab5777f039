"""The UTF-8 of a text to be sent.

A text that is ASCII has its bytes in itself: `_octets.c`, where that was compiled, lends them out
for as long as they are looked at. So a long text is not copied, however many connections it is sent
to and however slow their peers. In plain Python it is encoded.
"""

Octets = bytes | memoryview


def plain_octets(text: str) -> Octets:
    """Give the bytes of a text; raises UnicodeEncodeError for a lone surrogate."""
    return text.encode()


try:
    from wsgate.websocket._octets import octets as octets
except ImportError:
    octets = plain_octets
