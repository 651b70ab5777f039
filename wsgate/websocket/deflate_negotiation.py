"""The agreement on permessage-deflate, the server's side (RFC 7692 sections 5 and 7.1).

Four parameters, and what an offer and the answer to it may say:

    parameter                    offer              answer
    server_no_context_takeover   absent, no value   absent, no value (where offered: must be there)
    client_no_context_takeover   absent, no value   absent, no value
    server_max_window_bits       absent, 8 to 15    absent, 8 to 15 (at most what was offered)
    client_max_window_bits       absent, no value,  absent; 8 to 15 only where it was offered
                                 8 to 15

Anything else in an offer declines that offer, and the next one has its turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from wsgate.websocket.headers import ExtensionOffer

NAME: Final = "permessage-deflate"

MAX_WINDOW_BITS: Final = 15

_SERVER_TAKEOVER: Final = "server_no_context_takeover"
_CLIENT_TAKEOVER: Final = "client_no_context_takeover"
_SERVER_BITS: Final = "server_max_window_bits"
_CLIENT_BITS: Final = "client_max_window_bits"

# Section 7.1.2: a decimal integer "without leading zeroes between 8 to 15, inclusive".
_BITS: Final = frozenset(str(bits) for bits in range(8, MAX_WINDOW_BITS + 1))

# The values that an offer may have. The smallest window of a raw stream that zlib makes has 9 bits,
# so we cannot promise 8; it reads 8.
_OFFERS: Final[dict[str, Collection[str | None]]] = {
    _SERVER_TAKEOVER: {None},
    _CLIENT_TAKEOVER: {None},
    _SERVER_BITS: _BITS - {"8"},
    _CLIENT_BITS: _BITS | {None},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeflateSettings:
    """What this server wants of permessage-deflate.

    server_window_bits: 9 to 15, the base-2 logarithm of the bytes that our compressor looks back.
    client_window_bits: 8 to 15, the same for a client that lets us choose (browsers do). 12 by
        default: at 15 an inflater holds 40 KB a connection and at 12 it holds 11 KB, while
        messages of a few KB hardly grow by it.
    level: 1 (fast) to 9 (small), of our compressor; 0 does not compress. 6 takes twice the time of
        1 for a fifth less. mem_level: 1 to 9, for the tables beside its window: with 12 bits a
        compressor holds 39 KB at 5, and 154 KB at 8.
    threshold: bytes; a message below is sent as it is.
    takeover: whether a message may refer to the ones before. If not, a connection holds nothing
        between messages, and short messages hardly shrink.
    """

    server_window_bits: int = 12
    client_window_bits: int = 12
    level: int = 1
    mem_level: int = 5
    threshold: int = 256
    takeover: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What both sides obey; equal agreements without takeover compress a message equally."""

    server_takeover: bool
    client_takeover: bool
    server_window_bits: int
    client_window_bits: int

    def answer(self) -> str:
        """Give the element of Sec-WebSocket-Extensions.

        A window of ours is always told, since the client can then save memory. The client's may
        stand there only if it was offered, and is 15 bits where it does not (section 7.1.2.2).
        """
        parameters = [NAME]
        if not self.server_takeover:
            parameters.append(_SERVER_TAKEOVER)
        if not self.client_takeover:
            parameters.append(_CLIENT_TAKEOVER)
        parameters.append(f"{_SERVER_BITS}={self.server_window_bits}")
        if self.client_window_bits < MAX_WINDOW_BITS:
            parameters.append(f"{_CLIENT_BITS}={self.client_window_bits}")
        return intern("; ".join(parameters))  # most connections have the same


def negotiate(
    offers: Iterable[ExtensionOffer], settings: DeflateSettings
) -> tuple[str, Agreement] | None:
    """Accept the first offer that can be obeyed: the answer's text and what it says.

    None where there is none: the connection goes without the extension.
    """
    for offer in offers:
        if offer.name == NAME and _acceptable(offer.parameters):
            agreement = _agree(dict(offer.parameters), settings)
            return agreement.answer(), agreement
    return None


def _acceptable(parameters: tuple[tuple[str, str | None], ...]) -> bool:
    """Tell whether each parameter is known, has a fitting value, and stands there once."""
    return len(dict(parameters)) == len(parameters) and all(
        value in _OFFERS.get(name, ()) for name, value in parameters
    )


def _agree(offered: dict[str, str | None], settings: DeflateSettings) -> Agreement:
    client_bits = MAX_WINDOW_BITS
    if _CLIENT_BITS in offered:
        client_bits = _at_most(settings.client_window_bits, offered[_CLIENT_BITS])
    return _agreement(
        settings.takeover and _SERVER_TAKEOVER not in offered,
        settings.takeover and _CLIENT_TAKEOVER not in offered,
        _at_most(settings.server_window_bits, offered.get(_SERVER_BITS)),
        client_bits,
    )


@lru_cache
def _agreement(
    server_takeover: bool, client_takeover: bool, server_bits: int, client_bits: int
) -> Agreement:
    """Give the same object to all connections that agree on the same."""
    return Agreement(
        server_takeover=server_takeover,
        client_takeover=client_takeover,
        server_window_bits=server_bits,
        client_window_bits=client_bits,
    )


def _at_most(bits: int, offered: str | None) -> int:
    return bits if offered is None else min(bits, int(offered))
