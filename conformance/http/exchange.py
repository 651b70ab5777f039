"""One connection: the bytes of a vector, and all that comes back."""

from __future__ import annotations

import asyncio
from typing import cast

from conformance.http.vector import NEXT, Behind, End, Vector

HOST = "127.0.0.1"


class Conversation(asyncio.Protocol):
    """Reads a connection to its end; `received` holds what came, also where it was reset."""

    def __init__(self, later: bytes = b"") -> None:
        self.received = bytearray()
        self._later = later
        self._ended: asyncio.Future[End] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Note what came, and send what was to be sent after an answer."""
        self.received += data
        if self._later:
            self._transport.write(self._later)
            self._later = b""

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        self._ended.set_result(End.CLOSED if exc is None else End.RESET)

    async def quiet(self, patience: float) -> End:
        """Wait for the end, or until nothing has come for so many seconds."""
        while not self._ended.done():
            before = len(self.received)
            await asyncio.wait({self._ended}, timeout=patience)
            if not self._ended.done() and len(self.received) == before:
                return End.OPEN
        return self._ended.result()


async def exchange(port: int, vector: Vector, patience: float) -> tuple[bytes, End, int]:
    """Send a vector; give what came back, how it ended, and our own port.

    patience: seconds without a byte, after which the server is taken to wait for more.
    """
    loop = asyncio.get_running_loop()
    later = NEXT if vector.behind is Behind.LATER else b""
    transport, conversation = await loop.create_connection(lambda: Conversation(later), HOST, port)
    own_port: int = transport.get_extra_info("sockname")[1]
    transport.write(vector.stream + (NEXT if vector.behind is Behind.NEXT else b""))
    if vector.behind is Behind.END:
        transport.write_eof()
    try:
        end = await conversation.quiet(patience)
    finally:
        transport.abort()
    return bytes(conversation.received), end, own_port
