"""Lines that reach their stream, and a stream that takes none: R33."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import pty
import re
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from wsgate.observe import at_once, line_writer
from wsgate.observe.formatters import JsonFormatter
from wsgate.observe.line_handler import LineHandler
from wsgate.observe.line_writer import MAX_WAITING, LineWriter, pieces

LINE = "x" * 999


class Reader:
    """The other end of a stream; reads nothing until asked."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.taken = b""

    def read_until(self, end: str) -> list[str]:
        """Read lines until one has this in it; fails where nothing comes."""
        while end.encode() not in self.taken.rpartition(b"\n")[0]:
            assert select.select([self.descriptor], [], [], 20)[0]
            self.taken += os.read(self.descriptor, 65_536)
        return self.taken.decode().replace("\r\n", "\n").splitlines()


def pipe() -> tuple[int, int]:
    return os.pipe()


def socket_pair() -> tuple[int, int]:
    one, two = socket.socketpair()
    return one.detach(), two.detach()


def terminal() -> tuple[int, int]:
    return pty.openpty()


@contextmanager
def opened(make: Callable[[], tuple[int, int]]) -> Iterator[tuple[Reader, TextIO]]:
    reading, writing = make()
    with open(writing, "w", encoding="utf-8") as stream:
        try:
            yield Reader(reading), stream
        finally:
            os.close(reading)


@contextmanager
def logger_to(target: TextIO | str) -> Iterator[logging.Logger]:
    logger = logging.Logger("somebody")
    with closing(LineHandler(target)) as handler:
        logger.addHandler(handler)
        yield logger


def fill(logger: logging.Logger, lines: int = 2 * MAX_WAITING // len(LINE)) -> None:
    """Log more than any stream takes; returns although nobody reads."""
    for number in range(lines):
        logger.info("%d %s", number, LINE)


STREAMS = pytest.mark.parametrize("make", [pipe, socket_pair, terminal])


@STREAMS
def test_lines_come_in_their_order(make: Callable[[], tuple[int, int]]) -> None:
    with opened(make) as (reader, stream), logger_to(stream) as logger:
        for number in range(100):
            logger.info("line %d é", number)
        assert reader.read_until("line 99") == [f"line {number} é" for number in range(100)]


@pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="the thread writes: Linux alone can ask")
@STREAMS
def test_what_a_stream_takes_at_once_needs_no_thread(make: Callable[[], tuple[int, int]]) -> None:
    with opened(make) as (reader, stream), logger_to(stream) as logger:
        before = threading.active_count()
        logger.info("line")
        assert threading.active_count() == before
        assert reader.read_until("line") == ["line"]


@STREAMS
def test_R33_a_stream_that_nobody_reads(make: Callable[[], tuple[int, int]]) -> None:
    with opened(make) as (reader, stream), logger_to(stream) as logger:
        fill(logger)
        # From here on somebody reads.
        reading = threading.Thread(target=reader.read_until, args=["last"])
        reading.start()
        logger.handlers[0].flush()
        logger.info("last")
        reading.join(20)
        assert not reading.is_alive()
        lines = reader.read_until("last")
        *first, told, last = lines
        assert last == "last"
        found = re.fullmatch(r"Lines of this log that were dropped.*: (\d+)", told)
        assert found
        assert [int(line.split()[0]) for line in first] == list(range(len(first)))
        assert len(first) + int(found[1]) == 2 * MAX_WAITING // len(LINE)
        assert MAX_WAITING // 2 < sum(map(len, first)) < 1.5 * MAX_WAITING
        assert {line.split()[1] for line in first} == {LINE}


def test_R33_the_line_that_tells_has_the_form_of_the_others() -> None:
    with opened(pipe) as (reader, stream), logger_to(stream) as logger:
        fill(logger)
        logger.handlers[0].setFormatter(JsonFormatter())
        reading = threading.Thread(target=reader.read_until, args=["dropped"])
        reading.start()
        logger.handlers[0].close()
        reading.join(20)
        told = json.loads(reader.read_until("dropped")[-1])
        assert told["level"] == "WARNING"
        assert told["dropped"] > 0


def test_R33_a_process_ends_although_nobody_reads() -> None:
    """What waits is given a bounded time, once for each stream."""
    program = (
        "from wsgate.config import Config\n"
        "from wsgate.observe.logging import configure_logging, flush_logs\n"
        "import logging\n"
        "configure_logging(Config(app='a:b'))\n"
        "for number in range(5000):\n"
        "    logging.getLogger('wsgate.error').info('x' * 1000)\n"
        "    logging.getLogger('wsgate.access').info('x' * 1000)\n"
        "flush_logs()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()


def test_R33_the_end_waits_for_a_stream_that_took_nothing_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with opened(pipe) as (reader, stream):
        writer = LineWriter(stream.fileno(), lambda dropped: b"")
        for number in range(200):
            writer.put(f"{number} {LINE}\n".encode())
        monkeypatch.setattr(line_writer, "PATIENCE", 0.05)
        assert not writer.flush()
        monkeypatch.setattr(line_writer, "PATIENCE", 3600)
        assert not writer.flush()
        # It took something: there is hope again. (And the thread lets go of the descriptor.)
        reader.read_until("199 ")
        assert writer.close()


def test_a_pipe_that_somebody_made_one_that_does_not_block() -> None:
    with opened(pipe) as (reader, stream), logger_to(stream) as logger:
        flags = fcntl.fcntl(stream, fcntl.F_GETFL)
        fcntl.fcntl(stream, fcntl.F_SETFL, flags | os.O_NONBLOCK)
        for number in range(200):
            logger.info("%d %s", number, LINE)
        assert len(reader.read_until("199 ")) == 200


def test_a_stream_whose_reader_has_gone_and_is_followed_by_another(tmp_path: Path) -> None:
    path = str(tmp_path / "fifo")
    os.mkfifo(path)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with open(path, "w", encoding="utf-8") as stream, logger_to(stream) as logger:
        logger.info("first")
        assert Reader(reading).read_until("first") == ["first"]
        os.close(reading)
        logger.info("lost")
        logger.handlers[0].flush()
        reader = Reader(os.open(path, os.O_RDONLY))
        logger.info("second")
        assert reader.read_until("second") == [
            "Lines of this log that were dropped, since nobody read them: 1",
            "second",
        ]
        os.close(reader.descriptor)


def test_a_file_is_appended_to_and_reopened(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("before\n")
    with logger_to(str(path)) as logger:
        logger.info("first")
        logger.handlers[0].flush()
        path.rename(tmp_path / "log.1")
        handler = logger.handlers[0]
        assert isinstance(handler, LineHandler)
        handler.reopen()
        logger.info("second")
    assert (tmp_path / "log.1").read_text() == "before\nfirst\n"
    assert path.read_text() == "second\n"


def test_a_handler_that_was_closed_writes_into_no_file_of_others(tmp_path: Path) -> None:
    with logger_to(str(tmp_path / "log")) as logger:
        logger.handlers[0].close()
        with open(tmp_path / "other", "w") as other:
            logger.info("late")
            logger.handlers[0].flush()
            assert other.tell() == 0
    assert (tmp_path / "other").read_text() == ""


def test_a_stream_is_never_reopened() -> None:
    with opened(pipe) as (reader, stream), logger_to(stream) as logger:
        handler = logger.handlers[0]
        assert isinstance(handler, LineHandler)
        handler.reopen()
        logger.info("line")
        assert reader.read_until("line") == ["line"]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_has_a_thread_of_its_own_and_none_of_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with logger_to(str(path)) as logger:
        logger.info("parent")
        child = os.fork()
        if not child:
            logger.info("child")
            logger.handlers[0].flush()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        logger.handlers[0].flush()
    assert sorted(path.read_text().splitlines()) == ["child", "parent"]


def test_a_record_that_cannot_be_formatted_is_told_as_python_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with opened(pipe) as (_, stream), logger_to(stream) as logger:
        logger.info("%d", "text")
    assert "--- Logging error ---" in capsys.readouterr().err


def test_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with logger_to(str(tmp_path / "log")) as logger:
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", refuse)
            logger.info("lost")
        logger.info("second")
    lines = (tmp_path / "log").read_text().splitlines()
    assert lines == ["Lines of this log that were dropped, since nobody read them: 1", "second"]


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([], []),
        ([1, 2], [3]),
        ([4096], [4096]),
        ([4096, 1, 4095, 1], [4096, 4096, 1]),
        ([1, 9000, 1], [1, 9000, 1]),
    ],
)
def test_pieces_are_whole_lines(
    monkeypatch: pytest.MonkeyPatch, lengths: list[int], expected: list[int]
) -> None:
    monkeypatch.setattr(line_writer, "PIECE", 4096)
    lines = [b"x" * length for length in lengths]
    assert [len(piece) for piece in pieces(lines)] == expected


def test_a_terminal_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(os, "ttyname", refuse)
    with opened(terminal) as (reader, stream), logger_to(stream) as logger:
        logger.info("line")
        assert reader.read_until("line") == ["line"]


def test_where_the_kernel_cannot_be_asked_the_thread_writes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(at_once, "_WITHOUT_WAITING", None)
    with opened(pipe) as (reader, stream), logger_to(stream) as logger:
        logger.info("line")
        assert reader.read_until("line") == ["line"]
