"""An application that lets its peers wait: what they are told, and that they live."""

from __future__ import annotations

import threading

from tests.client import CLOSE, PING, Client, make_frame, make_upgrade
from tests.faults.impatient import Impatient, read_frame

BINARY = 2
PIECE = make_frame(BINARY, bytes(65_536))
PIECES = 512
CAP = 8 << 20


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    with open(f"/proc/{pid}/status") as lines:
        return next(1024 * int(each.split()[1]) for each in lines if each.startswith("VmRSS"))


def test_no_answer_to_the_handshake(impatient: Impatient) -> None:
    """503 for the client; the application is told, and what it answers then is harmless."""
    with impatient.connect() as client:
        response = client.refused_websocket("/silent")
        assert response.status == 503
        assert response.field("retry-after") is not None
        assert client.read_all() == b""
        address, port = client.sock.getsockname()
    impatient.wait_for("/silent: 1006 accept_timeout by the server")
    impatient.wait_for("/silent, again: 1006 accept_timeout by the server")
    impatient.wait_for(f'{address}:{port} - "GET /silent HTTP/1.1" 503 (accept_timeout)')


def test_R27_an_answer_that_a_blocked_loop_has_held_up(impatient: Impatient) -> None:
    with impatient.connect() as client:
        client.open_websocket("/sleepy")


def test_a_denial_without_an_end(impatient: Impatient) -> None:
    """What was begun must not be taken for a whole."""
    with impatient.connect() as client:
        client.send(make_upgrade("/denying"))
        assert client.read_head().status == 401
        assert client.read_chunk() == b"no"
        try:
            assert client.read_all() == b""
        except ConnectionResetError:
            pass
        else:
            raise AssertionError("the stream ended as if the response were complete")
    impatient.wait_for("/denying: 1006 accept_timeout by the server")
    impatient.wait_for("/denying: Disconnected")


def test_R32_a_client_that_leaves_before_accept(impatient: Impatient) -> None:
    waiting = impatient.process.log.count("/late: waits")
    with impatient.connect() as client:
        client.send(make_upgrade("/late"))
        impatient.process.wait_for_times(waiting + 1, "/late: waits")
        client.reset()
    impatient.go()
    impatient.wait_for("/late: 1006 lost by the peer")


def test_R25_an_application_that_never_receives(impatient: Impatient) -> None:
    """Memory stays near the cap, TCP pushes back, and the silence that this makes is not death."""
    with impatient.connect() as client:
        client.open_websocket("/deaf")
        before = resident(impatient.process.pid)
        flood = threading.Thread(target=client.send, args=(PIECE * PIECES,))
        flood.start()
        for _ in range(45):  # longer than a peer lives that is silent
            assert client.read_frame().opcode == PING
        assert flood.is_alive()
        assert resident(impatient.process.pid) - before < 2 * CAP
        impatient.go()
        flood.join()
        client.send_close(1000)
        assert read_frame(client).opcode == CLOSE
    impatient.wait_for(f"/deaf: {PIECES * 65_536} bytes")


def test_R27_a_blocked_loop(impatient: Impatient) -> None:
    """It is told in the log, and what came meanwhile is read before anybody is called dead."""
    blocking = impatient.process.log.count("/blocking: blocks")
    clients = [impatient.connect() for _ in range(3)]
    for client in clients:
        client.open_websocket("/blocking")
    clients[0].send_text("5.5")
    impatient.process.wait_for_times(blocking + 1, "/blocking: blocks")
    for client in clients[1:]:
        client.send_text("0")
    impatient.process.wait_for(r"(?m)^INFO: +The event loop was blocked for ([5-9]|\d\d)\.\d s$")
    for client in clients:
        assert_open(client)


def assert_open(client: Client) -> None:
    """The message that was sent is echoed, and the closing handshake is a clean one."""
    assert read_frame(client).payload in (b"0", b"5.5")
    client.send_close(1000)
    assert read_frame(client).opcode == CLOSE
    assert client.read_all() == b""
    client.sock.close()
