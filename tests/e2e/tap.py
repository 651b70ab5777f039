"""A relay between clients and a server that keeps what goes over the wire."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.e2e.overheard import Overheard, parse
from tests.e2e.places import Place
from tests.e2e.process import TIMEOUT

Streams = tuple[bytearray, bytearray]


class Tap:
    """Pass on every connection, both ways. place: where clients connect."""

    def __init__(self, server: Place) -> None:
        self._server = server
        self._changed = threading.Condition()
        self._streams: list[Streams] = []
        self._sockets = [socket.create_server(("127.0.0.1", 0))]
        self._threads: list[threading.Thread] = []
        self.place = Place(f"127.0.0.1:{self._sockets[0].getsockname()[1]}")
        self._start(self._accept, self._sockets[0])

    @property
    def websockets(self) -> list[Overheard]:
        """Those that were asked for, in their order, each as it was until now."""
        with self._changed:
            all_of = [Overheard(*map(parse, map(bytes, streams))) for streams in self._streams]
        return [each for each in all_of if "upgrade" in each.client.fields]

    def wait_for(self, what: Callable[[Overheard], bool]) -> Overheard:
        """Wait until it holds for one of the websockets, and give that one."""
        with self._changed:
            self._changed.wait_for(lambda: any(map(what, self.websockets)), TIMEOUT)
            found = list(filter(what, self.websockets))
        assert found, self.websockets
        return found[0]

    def close(self) -> None:
        """End what there is."""
        for sock in self._sockets:
            with contextlib.suppress(OSError):  # where it has ended
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(TIMEOUT)
            assert not thread.is_alive()
        for sock in self._sockets:
            sock.close()

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, name="tap")
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # at the end
            while True:
                client, _ = listener.accept()
                server = self._server.connect()
                sent, received = bytearray(), bytearray()
                with self._changed:
                    self._streams.append((sent, received))
                self._sockets += [client, server]
                self._start(self._pass_on, client, server, sent)
                self._start(self._pass_on, server, client, received)

    def _pass_on(self, source: socket.socket, sink: socket.socket, stream: bytearray) -> None:
        with contextlib.suppress(OSError):  # a reset ends a direction as well
            while data := source.recv(65_536):
                with self._changed:
                    stream += data
                    self._changed.notify_all()
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def tapped(server: Place) -> Iterator[Tap]:
    """Listen to what clients and the server say, until the block ends."""
    tap = Tap(server)
    try:
        yield tap
    finally:
        tap.close()
