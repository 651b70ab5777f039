"""A program that a test starts: what it logs, and an end that is checked."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent

TIMEOUT = 30
"""Seconds after which a test that waits for a program has failed."""


class Process:
    """A running program; both its outputs are read line by line, in a thread of their own."""

    def __init__(self, command: Sequence[str]) -> None:
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._popen = subprocess.Popen(
            command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reading = threading.Thread(target=self._read, name=f"log of {command[0]}")
        self._reading.start()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._popen.pid

    @property
    def log(self) -> str:
        """All that it has written until now."""
        with self._changed:
            return "".join(self._lines)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until it has written something; fails where it ends without."""
        with self._changed:
            self._changed.wait_for(lambda: self._find(pattern) or not self._alive(), TIMEOUT)
            found = self._find(pattern)
        assert found, f"no {pattern!r} in the log:\n{self.log}"
        return found

    def wait_for_times(self, count: int, text: str) -> None:
        """Wait until it has written a text so often; fails where it ends without."""
        with self._changed:
            self._changed.wait_for(lambda: self._times(text) >= count or not self._alive(), TIMEOUT)
            times = self._times(text)
        assert times >= count, f"{text!r} is {times} times in the log:\n{self.log}"

    def peak(self) -> int:
        """Give the bytes of its largest resident set since this was asked last."""
        process = Path("/proc") / str(self.pid)
        peak = re.search(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())
        assert peak is not None
        (process / "clear_refs").write_text("5")
        return int(peak[1]) * 1024

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._popen.send_signal(number)

    def wait(self) -> int:
        """Wait for its end and the last line of its log; give its exit code."""
        code = self._popen.wait(TIMEOUT)
        self._reading.join(TIMEOUT)
        return code

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal and wait; fails where it exits with anything but 0."""
        self.send(number)
        assert self._popen.wait(TIMEOUT) == 0, self.log

    def let_go(self) -> None:
        """End what runs still, and read the last lines of its log."""
        # Not SIGKILL at first: nginx's workers would live on.
        self._popen.send_signal(signal.SIGTERM)
        try:
            self._popen.wait(TIMEOUT)
        finally:
            self._popen.kill()
            self._reading.join(TIMEOUT)

    def _read(self) -> None:
        assert self._popen.stdout is not None
        with self._popen.stdout as lines:
            for line in lines:
                with self._changed:
                    self._lines.append(line)
                    self._changed.notify_all()
        with self._changed:
            self._lines.append("")
            self._changed.notify_all()

    def _alive(self) -> bool:
        """Until both outputs have ended; an empty line stands for that."""
        return self._lines[-1:] != [""]

    def _times(self, text: str) -> int:
        return "".join(self._lines).count(text)

    def _find(self, pattern: str) -> re.Match[str] | None:
        return re.search(pattern, "".join(self._lines))


@contextmanager
def running(command: Sequence[str], stop: signal.Signals = signal.SIGTERM) -> Iterator[Process]:
    """Run a program until the block ends; where the block does not fail, its end is checked."""
    process = Process(command)
    try:
        yield process
        process.end(stop)
    finally:
        process.let_go()
