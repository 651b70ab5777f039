"""How a child ends, whatever its work does; and that nothing of its parent's stack runs in it."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import atexit, os, signal, sys, threading
from wsgate.supervisor.forking import fork

atexit.register(print, "exit of", os.getpid())
print("parent", os.getpid())

def lasting():
    threading.Thread(target=lambda: print("thread ended")).start()
    atexit.register(print, "child's own exit")
    return 0

def deaf():
    for name in ("INT", "HUP", "USR1", "TTIN", "TTOU"):
        os.kill(os.getpid(), signal.Signals["SIG" + name])
    return 9

def killed():
    os.kill(os.getpid(), signal.SIGTERM)

def silent():
    sys.stdout = sys.stderr = None
    return 4

try:
    pid = fork({work})
    print("code", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
finally:
    print("parent's end")
"""


@pytest.mark.parametrize(
    ("work", "code", "said"),
    [
        ("lambda: 7", 7, []),
        ("lambda: 1 / 0", 1, ["ZeroDivisionError: division by zero"]),
        ("lasting", 0, ["thread ended", "child's own exit"]),
        ("deaf", 9, []),
        ("killed", -15, []),
        ("silent", 4, []),
    ],
)
def test_the_end_of_a_child(work: str, code: int, said: list[str]) -> None:
    script = SCRIPT.replace("{work}", work)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    parent, *lines = done.stdout.splitlines()
    assert lines[-3:] == [f"code {code}", "parent's end", f"exit of {parent.split()[1]}"]
    said_by_child = [*lines[:-3], *done.stderr.splitlines()[-1:]]
    assert said_by_child == said
