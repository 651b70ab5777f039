"""The order in which servers take their turns, and what is read of a process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from benchmarks import processes
from benchmarks.runner import Sample, rounds
from benchmarks.servers import BY_NAME as SERVERS
from benchmarks.servers import Server
from benchmarks.workloads import BY_NAME, Workload

pytestmark = pytest.mark.once


def test_all_servers_take_their_turn_at_a_workload_and_another_begins_each_round() -> None:
    servers = [SERVERS[name] for name in ("wsgate", "uvicorn", "uvloop")]
    workloads = [BY_NAME["64x1x32"], BY_NAME["http"]]

    def measured(workload: Workload, server: Server) -> Sample:
        return Sample(workload.name, server.name)

    taken = [(each.workload, each.server) for each in rounds(2, workloads, servers, measured)]
    assert taken == [
        *(("64x1x32", name) for name in ("wsgate", "uvicorn", "uvloop")),
        *(("http", name) for name in ("wsgate", "uvicorn")),
        *(("64x1x32", name) for name in ("uvicorn", "uvloop", "wsgate")),
        *(("http", name) for name in ("uvicorn", "wsgate")),
    ]


def test_who_has_no_compression_is_not_asked_for_it() -> None:
    asked = {name for name, server in SERVERS.items() if BY_NAME["deflate"].suits(server)}
    assert {"wsgate", "uvicorn"} <= asked
    assert not asked & {"granian", "daphne", "picows", "uvloop"}


def test_memory_and_time_are_of_a_process_and_those_below_it() -> None:
    hold = "kept = bytearray(b'x' * 50_000_000); print(flush=True); input()"
    child = [sys.executable, "-c", hold]
    before = processes.memory(os.getpid())
    pipe = subprocess.PIPE
    with subprocess.Popen(child, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert process.pid in set(processes.family(os.getpid()))
        assert processes.memory(os.getpid()) - before > 40_000_000
        assert processes.cpu_seconds(os.getpid()) >= processes.cpu_seconds(process.pid)
        process.communicate(b"\n")


def test_descriptors_are_counted() -> None:
    before = processes.descriptors(os.getpid())
    first, second = os.pipe()
    assert processes.descriptors(os.getpid()) == before + 2
    os.close(first)
    os.close(second)


def test_a_peak_is_there_until_it_is_forgotten() -> None:
    take = "import sys; bytearray(b'x' * 50_000_000); print(flush=True); input()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", take], stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        peak = processes.peak(process.pid)
        processes.forget_peaks(process.pid)
        assert peak - processes.peak(process.pid) > 40_000_000
        process.communicate(b"\n")


def test_a_process_that_has_ended_counts_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert list(processes.family(process.pid)) == [process.pid]
    assert processes.memory(process.pid) == 0
    assert processes.cpu_seconds(process.pid) == 0
    assert processes.descriptors(process.pid) == 0
    assert processes.peak(process.pid) == 0
    processes.forget_peaks(process.pid)
