"""How processes are watched."""

import os

from wsgate.config import Config

MAX_WATCH_INTERVAL = 1.0


def watch_interval(config: Config) -> float:
    """Give the seconds between two looks after the workers, or of a worker at itself."""
    return min(MAX_WATCH_INTERVAL, config.timeout_worker_healthcheck / 5)


def resident_memory(pid: int) -> int:
    """Give the bytes of memory that a process holds, shared ones too; 0 where it has ended.

    proc_pid_statm(5).
    """
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0
