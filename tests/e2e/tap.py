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
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._accepting = threading.Thread(target=self._accept, name="tap")
        self._accepting.start()
        self.place = Place(f"127.0.0.1:{self._listener.getsockname()[1]}")

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
        """Accept nothing more, and cut what there is."""
        _end([self._listener], [self._accepting])
        _end(self._sockets, self._threads)

    def _start(self, source: socket.socket, sink: socket.socket, stream: bytearray) -> None:
        thread = threading.Thread(target=self._pass_on, args=(source, sink, stream), name="tap")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # at the end
            while True:
                client, _ = self._listener.accept()
                server = self._server.connect()
                sent, received = bytearray(), bytearray()
                with self._changed:
                    self._streams.append((sent, received))
                self._sockets += [client, server]
                self._start(client, server, sent)
                self._start(server, client, received)

    def _pass_on(self, source: socket.socket, sink: socket.socket, stream: bytearray) -> None:
        with contextlib.suppress(OSError):  # a reset ends a direction as well
            while data := source.recv(65_536):
                with self._changed:
                    stream += data
                    self._changed.notify_all()
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def _end(sockets: list[socket.socket], threads: list[threading.Thread]) -> None:
    for sock in sockets:
        with contextlib.suppress(OSError):  # where it has ended
            sock.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join(TIMEOUT)
        assert not thread.is_alive()
    for sock in sockets:
        sock.close()


@contextmanager
def tapped(server: Place) -> Iterator[Tap]:
    """Listen to what clients and the server say, until the block ends."""
    tap = Tap(server)
    try:
        yield tap
    finally:
        tap.close()
