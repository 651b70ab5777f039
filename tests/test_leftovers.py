"""What an exit waits for: processes of their own, since each of them ends."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.e2e.process import PROJECT, TIMEOUT

SCRIPT = """
import sys, threading
from wsgate.leftovers import Leftovers

def start(work):
    threading.Thread(target=work, name="a thread").start()

late = threading.Event()

def say_later():
    late.wait({delay})
    print("joined", flush=True)

if {before}:
    start(say_later)
leftovers = Leftovers()
if not {before}:
    start({work})
leftovers.bound_exit(7, {seconds})
print("served", flush=True)
"""


@pytest.mark.parametrize(
    ("before", "work", "seconds", "code", "said"),
    [
        pytest.param(False, "threading.Event().wait", 0.1, 7, "served\n", id="R26-hangs"),
        pytest.param(False, "say_later", 3600.0, 0, "served\njoined\n", id="in-time"),
        pytest.param(True, "None", 0.0, 0, "served\njoined\n", id="begun-before-the-server"),
    ],
)
def test_an_exit_waits_for_threads(
    before: bool, work: str, seconds: float, code: int, said: str
) -> None:
    script = SCRIPT.format(before=before, work=work, seconds=seconds, delay=0.5)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, timeout=TIMEOUT
    )
    assert (done.returncode, done.stdout) == (code, said)
    assert ("left behind: a thread" in done.stderr) == bool(code)
