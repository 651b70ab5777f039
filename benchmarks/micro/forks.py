"""What runs under callgrind: start once, then play each case twice, each time in a fork of its own.

Python takes long to start under valgrind; a fork goes on with what the start has counted, the same
for all. `python -m benchmarks.micro.forks CASE...` prints JSON: "form" is that of the modules that
ran, compiled or plain; "played" has by the name of each case the processes that played it with its
messages, and with twice as many.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys

from benchmarks.micro.cases import BY_NAME, Case
from benchmarks.micro.drive import drive
from wsgate.websocket import frames


def play(case: Case, messages: int) -> int:
    """Play a case in a fork; give its process id."""
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        drive(case, messages, 2 * case.messages)
        status = 0
    finally:
        os._exit(status)


def form() -> str:
    """Give which form of our modules runs: all of them are compiled, or none is."""
    return "plain" if frames.__file__.endswith(".py") else "compiled"


def main(names: list[str]) -> None:
    """Play the cases; exits with 1 where one of them failed."""
    logging.disable()
    gc.collect()
    gc.freeze()
    played = {}
    for name in names:
        case = BY_NAME[name]
        pair = (play(case, case.messages), play(case, 2 * case.messages))
        if any(os.waitpid(process, 0)[1] for process in pair):
            sys.exit(f"{name} failed")
        played[name] = pair
    print(json.dumps({"form": form(), "played": played}))


if __name__ == "__main__":
    main(sys.argv[1:])
