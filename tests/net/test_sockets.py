"""Listening sockets, real ones, and the sentences for those that cannot be."""

import errno
import grp
import os
import pwd
import resource
import socket
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from wsgate.config import Config
from wsgate.errors import StartupError
from wsgate.net.sockets import address_pair, bind, describe, server_pair


@contextmanager
def bound(**options: Any) -> Iterator[socket.socket]:
    [sock] = bind(Config(app="a:b", **options))
    with sock:
        yield sock


def bind_all(*texts: str) -> list[socket.socket]:
    return bind(Config(app="a:b", bind=texts))


def refusal(**options: Any) -> str:
    """The sentence of a set-up that cannot be."""
    with pytest.raises(StartupError) as caught, bound(**options):
        pass
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def connected(address: Any, family: int = socket.AF_INET) -> socket.socket:
    client = socket.socket(family)
    client.connect(address)
    return client


@contextmanager
def unprivileged() -> Iterator[None]:
    """The effective user is not root."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def ipv6() -> None:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6: enable it (sysctl net.ipv6.conf.all.disable_ipv6)")


@pytest.fixture
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short enough for the path of a unix socket."""
    return tmp_path_factory.mktemp("s")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_ipv4_and_names(host: str) -> None:
    with bound(host=host, port=0) as sock:
        address, port = sock.getsockname()
        assert sock.family == socket.AF_INET
        assert describe(sock) == f"http://{address}:{port}"
        assert address == ("127.0.0.1" if host == "localhost" else host)
        connected(("127.0.0.1", port)).close()


@pytest.mark.usefixtures("ipv6")
def test_ipv6() -> None:
    with bound(host="::1", port=0) as sock:
        port = sock.getsockname()[1]
        assert describe(sock) == f"http://[::1]:{port}"
        with connected(("::1", port), socket.AF_INET6) as client, sock.accept()[0] as server:
            assert address_pair(server.getpeername()) == ("::1", client.getsockname()[1])
            assert server_pair(server.getsockname()) == ("::1", port)


@pytest.mark.usefixtures("ipv6")
def test_two_colons_take_both_families() -> None:
    with bound(host="::", port=0) as sock:
        port = sock.getsockname()[1]
        assert describe(sock) == f"http://[::]:{port}"
        connected(("::1", port), socket.AF_INET6).close()
        sock.accept()[0].close()
        with connected(("127.0.0.1", port)) as client, sock.accept()[0] as server:
            assert address_pair(server.getpeername()) == client.getsockname()
            assert server_pair(server.getsockname()) == ("127.0.0.1", port)


def test_the_port_is_free_again_at_once() -> None:
    with bound(port=0) as sock:
        port = sock.getsockname()[1]
        with connected(("127.0.0.1", port)) as client:
            sock.accept()[0].close()  # closed by the server first: TIME_WAIT is on its side
            assert client.recv(1) == b""
    with bound(port=port) as again:
        assert again.getsockname()[1] == port


def test_port_in_use() -> None:
    with bound(port=0) as sock:
        port = sock.getsockname()[1]
        assert refusal(port=port) == (
            f"--host 127.0.0.1 --port {port} is in use: stop the program that listens there, "
            "or choose another port (0 takes any free one)"
        )


def test_privileged_port() -> None:
    first = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if first.exists() and int(first.read_text()) <= 1:
        pytest.skip(
            "every port is open to everybody here: sysctl net.ipv4.ip_unprivileged_port_start"
        )
    with unprivileged():
        assert refusal(port=1) == (
            "--host 127.0.0.1 --port 1 is privileged: choose a port above 1023, "
            "or grant CAP_NET_BIND_SERVICE"
        )


@pytest.mark.parametrize(
    ("host", "start"),
    [
        ("192.0.2.1", "--host 192.0.2.1 --port 0 is no address of this machine: give one"),
        ("fe80::1%nowhere", "--host fe80::1%nowhere --port 0 leads to no address ("),
        ("two..dots", "--host two..dots --port 0 leads to no address ("),
        ("nul\0byte", "--host 'nul\\x00byte' --port 0 leads to no address ("),
        ("half\ud83d", "--host 'half\\ud83d' --port 0 leads to no address ("),
    ],
)
def test_bad_host(host: str, start: str) -> None:
    assert refusal(host=host, port=0).startswith(start)


def test_any_other_failure() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        sentence = refusal(port=0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert sentence == (
        "--host 127.0.0.1 --port 0 cannot listen (Too many open files): mend that or choose another"
    )


def test_unix_socket(directory: Path) -> None:
    path = str(directory / "x.sock")
    mask = os.umask(0o077)
    try:
        with bound(uds=path) as sock:
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o666
            assert describe(sock) == f"unix:{path}"
            with connected(path, socket.AF_UNIX), sock.accept()[0] as server:
                assert address_pair(server.getpeername()) is None
                assert server_pair(server.getsockname()) == (path, None)
    finally:
        os.umask(mask)


def test_a_stale_unix_socket_is_replaced(directory: Path) -> None:
    path = str(directory / "x.sock")
    with bound(uds=path):
        pass
    assert stat.S_ISSOCK(os.stat(path).st_mode)
    with bound(uds=path):
        connected(path, socket.AF_UNIX).close()


def test_a_live_unix_socket_is_not_replaced(directory: Path) -> None:
    path = str(directory / "x.sock")
    with bound(uds=path) as sock:
        assert refusal(uds=path) == (
            f"--uds '{path}' is in use: stop the server that listens there, or choose another path"
        )
        sock.accept()[0].close()  # the probe
        with connected(path, socket.AF_UNIX), sock.accept()[0]:
            pass


def test_a_full_backlog_is_alive(directory: Path) -> None:
    path = str(directory / "x.sock")
    with bound(uds=path, backlog=1), ExitStack() as clients:
        outcome = 0
        while outcome == 0:
            client = clients.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            outcome = client.connect_ex(path)
        assert outcome == errno.EAGAIN
        assert " is in use: " in refusal(uds=path)
    assert stat.S_ISSOCK(os.stat(path).st_mode)


@pytest.mark.parametrize("kind", ["file", "directory", "link"])
def test_what_is_no_socket_is_never_removed(directory: Path, kind: str) -> None:
    path = directory / "x.sock"
    if kind == "file":
        path.write_text("precious")
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to(directory / "elsewhere")
    assert refusal(uds=str(path)) == (
        f"--uds '{path}' is no socket: remove it, or choose another path"
    )
    assert os.path.lexists(path)


def test_a_socket_of_another_type_is_never_removed(directory: Path) -> None:
    path = directory / "x.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(path))
        assert f"--uds '{path}' cannot be made (" in refusal(uds=str(path))
    assert path.is_socket()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/x.sock", "No such file or directory"),
        ("x" * 108, "AF_UNIX path too long"),
        ("nul\0byte", "embedded null"),
    ],
)
def test_a_path_that_cannot_be(directory: Path, name: str, reason: str) -> None:
    path = f"{directory}/{name}"
    sentence = refusal(uds=path)
    assert sentence.startswith(f"--uds {path!r} cannot be made (")
    assert sentence.endswith(
        "): give a path of at most 107 bytes, in a directory that exists and where you may write"
    )
    assert reason in sentence


def test_a_directory_that_is_not_ours(directory: Path) -> None:
    directory.chmod(0o555)
    with unprivileged():
        assert " cannot be made (Permission denied): " in refusal(uds=f"{directory}/x.sock")


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
def test_inherited(directory: Path, family: socket.AddressFamily) -> None:
    with socket.socket(family) as parent:
        parent.bind(("127.0.0.1", 0) if family == socket.AF_INET else f"{directory}/x.sock")
        parent.listen()
        name = parent.getsockname()
        fd = parent.detach()
    with bound(fd=fd) as sock:
        assert (sock.fileno(), sock.family, sock.getsockname()) == (fd, family, name)
        connected(name, family).close()
        sock.accept()[0].close()


def test_an_inherited_file_is_refused(tmp_path: Path) -> None:
    with open(tmp_path / "file", "w") as file:
        assert refusal(fd=file.fileno()).startswith(f"--fd {file.fileno()} is no socket (")
        assert not file.closed
        os.fstat(file.fileno())


def test_an_inherited_number_that_is_closed_is_refused() -> None:
    assert refusal(fd=1_048_576).startswith("--fd 1048576 is no socket (Bad file descriptor): ")


def test_an_inherited_socket_must_listen() -> None:
    left, right = socket.socketpair()
    with left, right, socket.socket() as only_bound:
        only_bound.bind(("127.0.0.1", 0))
        for sock in (left, only_bound):
            assert refusal(fd=sock.fileno()) == (
                f"--fd {sock.fileno()} is a socket that does not listen: "
                "the parent process must bind it and call listen"
            )
        left.send(b"still open")
        only_bound.listen()


def test_an_inherited_socket_is_kept_from_children() -> None:
    with socket.socket() as parent:
        parent.listen()
        parent.set_inheritable(True)
        with bound(fd=parent.detach()) as sock:
            assert not sock.get_inheritable()


def test_an_inherited_socket_must_be_a_stream() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as packets:
        packets.bind("")
        packets.listen()
        assert " does not listen: " in refusal(fd=packets.fileno())


def test_several_addresses(directory: Path) -> None:
    path = f"{directory}/x.sock"
    with socket.socket() as parent, ExitStack() as opened:
        parent.listen()
        fd, port = parent.fileno(), parent.getsockname()[1]
        texts = ["127.0.0.1:0", f"unix:{path}", f"fd://{fd}"]
        first, second, third = (opened.enter_context(each) for each in bind_all(*texts))
        assert [describe(each) for each in (first, second, third)] == [
            f"http://127.0.0.1:{first.getsockname()[1]}",
            f"unix:{path}",
            f"http://0.0.0.0:{port}",
        ]
        parent.detach()
        for sock in (first, second, third):
            connected(sock.getsockname(), sock.family).close()
            sock.accept()[0].close()


@pytest.mark.usefixtures("ipv6")
@pytest.mark.parametrize("reverse", [False, True])
def test_every_address_of_both_families_on_one_port(reverse: bool) -> None:
    with bound(port=0) as free:
        port = free.getsockname()[1]
    texts = sorted([f"0.0.0.0:{port}", f"[::]:{port}"], reverse=reverse)
    with ExitStack() as opened:
        for sock in bind_all(*texts):
            opened.enter_context(sock)
            host = "127.0.0.1" if sock.family == socket.AF_INET else "::1"
            connected((host, port), sock.family).close()
            sock.accept()[0].close()


def test_what_is_wrong_with_one_of_several_leaves_none_open(directory: Path) -> None:
    with bound(port=0) as sock:
        port = sock.getsockname()[1]
        with bound(port=0) as other:
            free = other.getsockname()[1]
        assert refusal(bind=[f"127.0.0.1:{free}", f"127.0.0.1:{port}"]) == (
            f"--bind 127.0.0.1:{port} is in use: stop the program that listens there, "
            "or choose another port (0 takes any free one)"
        )
        with bound(port=free):
            pass
    (directory / "file").touch()
    assert refusal(bind=[f"unix:{directory}/file"]) == (
        f"--bind unix:{directory}/file is no socket: remove it, or choose another path"
    )
    assert refusal(bind=["fd://1048576"]).startswith("--bind fd://1048576 is no socket (")


def test_mode_and_owner_of_a_unix_socket(directory: Path) -> None:
    path = str(directory / "x.sock")
    names = f"{pwd.getpwuid(os.getuid()).pw_name}:{grp.getgrgid(os.getgid()).gr_name}"
    for owner in (names, f":{os.getgid()}", str(os.getuid())):
        with bound(uds=path, uds_mode="0640", uds_owner=owner):
            state = os.stat(path)
            assert stat.S_IMODE(state.st_mode) == 0o640
            assert (state.st_uid, state.st_gid) == (os.getuid(), os.getgid())


@pytest.mark.parametrize("owner", ["no-such-user", ":no-such-group", "no-such-user:no-such-group"])
def test_an_owner_that_nobody_knows(directory: Path, owner: str) -> None:
    path = directory / "x.sock"
    sentence = refusal(uds=str(path), uds_owner=owner)
    assert sentence.startswith(f"--uds-owner '{owner}' is not known here (")
    assert sentence.endswith("): give user, user:group or :group")
    assert not path.exists()


def test_an_owner_that_one_may_not_give_it_to(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory.chmod(0o777)
    monkeypatch.chdir(directory)
    with unprivileged():
        sentence = refusal(uds="x.sock", uds_owner="0:0")
    assert sentence == (
        "--uds-owner '0:0' cannot have the socket (Operation not permitted): "
        "only root gives files away, others only to groups of their own"
    )
    assert "cannot have the socket (" in refusal(uds="y.sock", uds_owner="9" * 30)


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[socket.socket]]:
    """Two sockets as systemd passes them, but for the number of the first."""
    with socket.socket() as first, socket.socket() as second:
        # Side by side, where nothing else is open.
        for number, sock in enumerate((first, second), 900):
            os.dup2(sock.fileno(), number)
        monkeypatch.setattr("wsgate.net.inherited.FIRST", 900)
        monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
        monkeypatch.setenv("LISTEN_FDS", "2")
        monkeypatch.setenv("LISTEN_FDNAMES", "http:more")
        first.listen()
        second.listen()
        yield [first, second]
    for number in (900, 901):
        with suppress(OSError):
            os.close(number)


def test_sockets_of_systemd_take_the_place_of_all_others(passed: list[socket.socket]) -> None:
    taken = bind(Config(app="a:b", bind=("127.0.0.1:1",)))
    with taken[0], taken[1]:
        assert [each.getsockname() for each in taken] == [each.getsockname() for each in passed]
        assert not any(each.get_inheritable() for each in taken)
        assert not any(name.startswith("LISTEN_") for name in os.environ)
        with bound(port=0) as sock:
            assert sock.getsockname() != taken[0].getsockname()


def test_sockets_for_another_process_are_left(
    passed: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getppid()))
    with bound(port=0) as sock:
        assert sock.getsockname() not in [each.getsockname() for each in passed]
    assert os.environ["LISTEN_FDS"] == "2"


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        ("x", "LISTEN_FDS is 'x': it must be the number of passed sockets"),
        ("", "LISTEN_FDS is '': it must be the number of passed sockets"),
        ("3", "socket 902 of LISTEN_FDS is no socket (Bad file descriptor): "
         "give the number of a listening one that the parent process passes"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("passed")
def test_what_systemd_would_not_say(
    count: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LISTEN_FDS", count)
    assert refusal(port=0) == sentence


def test_describe_an_abstract_unix_socket() -> None:
    name = f"\0wsgate-test-{os.getpid()}"
    with closing(socket.socket(socket.AF_UNIX)) as sock:
        assert describe(sock) == f"file descriptor {sock.fileno()}"
        sock.bind(name)
        assert describe(sock) == f"unix:@{name[1:]}"


@pytest.mark.parametrize(
    ("value", "client", "server"),
    [
        (("127.0.0.1", 80), ("127.0.0.1", 80), ("127.0.0.1", 80)),
        (("::1", 80, 0, 0), ("::1", 80), ("::1", 80)),
        (("::ffff:192.0.2.1", 80, 0, 0), ("192.0.2.1", 80), ("192.0.2.1", 80)),
        (("::ffff:0:1", 80, 0, 0), ("::ffff:0:1", 80), ("::ffff:0:1", 80)),
        ("/run/x.sock", None, ("/run/x.sock", None)),
        (b"\0name", None, ("@name", None)),
        ("", None, None),
        (b"", None, None),
        (None, None, None),
        ((2, 8000), None, None),
        ((), None, None),
    ],
    ids=repr,
)
def test_pairs(value: object, client: object, server: object) -> None:
    assert address_pair(value) == client
    assert server_pair(value) == server
