"""Measure what an idle connection holds that has exchanged one compressed message each way.

    python -m benchmarks.idle_compressed            500 and 2000 connections, as a Markdown table

The command serves an application that echoes and holds no message. One connection does all once,
so that what is made once is there. Then N connections offer compression, send 1 KiB of JSON and
read it back; the growth of VmRSS over N is the first number. Nothing is sent any more until each
has had four pings, by which its compressor and inflater are free, and given back: the growth
until then is the second number. An allocator keeps some of what was freed for the next who asks, so
N more connections do the same, and the third number is what each of these adds. Linux only.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from tests.client import PING, TEXT, Client, make_frame
from tests.e2e.command import Command, wsgate
from tests.e2e.places import Place
from wsgate.asgi.types import Message, Receive, Scope, Send

OFFER = [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")]
RSV1 = 0x40
OPTIONS = ("--ws-ping-interval", "10", "--ws-ping-timeout", "0", "--no-access-log")
MODES = {
    "without compression": ("--no-ws-per-message-deflate",),
    "without takeover": ("--no-ws-deflate-takeover",),
    "with takeover": (),
    "with takeover, 15 bits, memory level 8": (
        *("--ws-deflate-window-bits", "15"),
        *("--ws-deflate-mem-level", "8"),
    ),
}
PEOPLE = [{"id": at, "name": f"name {at * 7919}", "mail": f"{at}@example.org"} for at in range(18)]
PAYLOAD = json.dumps(PEOPLE).encode()[:1024]
HEADING = "| compression | N | behind the exchange | idle | N more, each |\n|---|---|---|---|---|"
PINGS = 4
"""The first finds what was used, the second that it no longer is, and frees. 5 s later, before the
fourth, that goes back to the system."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Echo, and keep no message."""
    if scope["type"] == "lifespan":
        for phase in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{phase}.complete"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (answer := answer_to(await receive())) is not None:
        await send(answer)
        del answer


def answer_to(message: Message) -> Message | None:
    """The same message, to be sent; None for the disconnect."""
    if message["type"] != "websocket.receive":
        return None
    return {**message, "type": "websocket.send"}


def exchange(client: Client) -> None:
    """Open, send one message compressed if that is agreed, and read its echo."""
    agreed = client.open_websocket(headers=OFFER).field("sec-websocket-extensions")
    if agreed is None:
        client.send_text(PAYLOAD.decode())
    else:
        compressor = zlib.compressobj(wbits=-12)
        payload = compressor.compress(PAYLOAD) + compressor.flush(zlib.Z_SYNC_FLUSH)
        client.send(make_frame(RSV1 | TEXT, payload[:-4]))
    header = client.read(4)
    assert bool(header[0] & RSV1) == (agreed is not None)
    client.read(int.from_bytes(header[2:], "big"))


def wait_for_pings(client: Client) -> None:
    """Read so many pings that what is idle has been freed."""
    for _ in range(PINGS):
        assert client.read_frame().opcode == PING


def resident(command: Command) -> int:
    """KiB of the server's resident set."""
    status = Path(f"/proc/{command.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1])


def measure(options: tuple[str, ...], count: int) -> Iterator[float]:
    """KiB a connection: behind the exchange, when idle, and of one more behind the exchange."""
    with (
        wsgate("benchmarks.idle_compressed:app", *OPTIONS, *options) as command,
        ExitStack() as kept,
    ):
        place = Place(command.address)

        def exchange_on(count: int) -> list[Client]:
            clients = []
            for _ in range(count):
                clients.append(kept.enter_context(Client(place.connect())))
                exchange(clients[-1])
            return clients

        exchange_on(1)
        first = resident(command)
        clients = exchange_on(count)
        yield (resident(command) - first) / count
        for client in clients:
            wait_for_pings(client)
        idle = resident(command)
        yield (idle - first) / count
        exchange_on(count)
        yield (resident(command) - idle) / count


@click.command()
@click.option("--connections", multiple=True, type=int, default=(500, 2000), show_default=True)
def main(connections: tuple[int, ...]) -> None:
    """Print what an idle connection holds, in KiB of the server's resident set."""
    click.echo(HEADING)
    for name, options in MODES.items():
        for count in connections:
            numbers = " | ".join(f"{each:.1f} KiB" for each in measure(options, count))
            click.echo(f"| {name} | {count} | {numbers} |")


if __name__ == "__main__":
    main()
