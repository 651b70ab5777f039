"""What samples say together, and when a goal is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from benchmarks.outcomes import Outcome, Verdict, best, gather, judge
from benchmarks.runner import Sample
from benchmarks.servers import BY_NAME as SERVERS
from benchmarks.tables import render
from benchmarks.workloads import BY_NAME, WORKLOADS, Goal, Measure, Workload

pytestmark = pytest.mark.once

ECHO = replace(BY_NAME["64x1x32"], goals=(Goal(1.6, 2.2),))
MEMORY = replace(BY_NAME["memory-2000"], goals=(Goal(6_500, 5_000, ""),))


def outcomes(workload: Workload, values: Mapping[str, float]) -> Mapping[str, Outcome]:
    return gather(workload, [Sample(workload.name, name, value) for name, value in values.items()])


def test_the_median_and_the_range_are_of_all_rounds() -> None:
    samples = [Sample("64x1x32", "wsgate", value) for value in (30, 10, 20)]
    other = Sample("http", "wsgate", 99)
    outcome = gather(ECHO, [*samples, other])["wsgate"]
    assert (outcome.low, outcome.value, outcome.high) == (10, 20, 30)


def test_a_server_that_failed_in_one_round_has_no_number() -> None:
    samples = [Sample("64x1x32", "daphne", 9), Sample("64x1x32", "daphne", error="it hung")]
    assert gather(ECHO, samples)["daphne"].error == "it hung"
    assert "| daphne | failed |" in render(samples)
    assert "daphne: it hung." in render(samples)


def test_the_best_peer_is_neither_ours_nor_outside_asgi_nor_one_that_failed() -> None:
    taken = dict(outcomes(ECHO, {"wsgate": 9, "wsgate-plain": 8, "bun": 7, "granian": 2}))
    taken["uvicorn"] = replace(taken["granian"], value=6, error="it hung")
    assert best(ECHO, taken) == "granian"


def test_the_best_memory_is_the_least() -> None:
    assert best(MEMORY, outcomes(MEMORY, {"granian": 150, "uvicorn": 19})) == "uvicorn"


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [
        pytest.param(22, Verdict.AIM, id="aim"),
        pytest.param(16, Verdict.MUST, id="must"),
        pytest.param(15, Verdict.MISSED, id="missed"),
    ],
)
def test_a_rate_is_held_against_the_best(ours: float, verdict: Verdict) -> None:
    (judged,) = judge(ECHO, outcomes(ECHO, {"wsgate": ours, "uvicorn": 10, "daphne": 1}))
    assert (judged.against, judged.verdict) == ("uvicorn", verdict)


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [
        pytest.param(5_000, Verdict.AIM, id="aim"),
        pytest.param(6_500, Verdict.MUST, id="must"),
        pytest.param(6_501, Verdict.MISSED, id="missed"),
    ],
)
def test_memory_is_held_against_a_size(ours: float, verdict: Verdict) -> None:
    (judged,) = judge(MEMORY, outcomes(MEMORY, {"wsgate": ours}))
    assert judged.verdict is verdict


def test_an_aim_without_a_must_is_never_missed() -> None:
    workload = replace(ECHO, goals=(Goal(0, 0.85, "uvloop"),))
    (judged,) = judge(workload, outcomes(workload, {"wsgate": 1, "uvloop": 10}))
    assert judged.verdict is Verdict.BELOW_AIM


@pytest.mark.parametrize(("plain", "verdict"), [(70, Verdict.AIM), (69, Verdict.MISSED)])
def test_the_plain_form_is_held_against_the_compiled_one(plain: float, verdict: Verdict) -> None:
    workload = replace(ECHO, goals=(Goal(0.7, 0.7, "wsgate", of="wsgate-plain"),))
    values = {"wsgate": 100, "wsgate-plain": plain, "uvicorn": 1}
    (judged,) = judge(workload, outcomes(workload, values))
    assert (judged.reached, judged.verdict) == (plain / 100, verdict)


@pytest.mark.parametrize(
    "values", [{"wsgate": 9.0}, {"uvicorn": 9.0}], ids=["no-peer", "no-wsgate"]
)
def test_what_was_not_measured_is_not_judged(values: Mapping[str, float]) -> None:
    (judged,) = judge(ECHO, outcomes(ECHO, values))
    assert judged.verdict is Verdict.UNKNOWN


def test_a_result_of_a_busy_generator_is_marked() -> None:
    assert "20 †" in render([Sample("64x1x32", "bun", 20, load_cpu=0.91)])
    assert "†" not in render([Sample("64x1x32", "bun", 20, load_cpu=0.90)])


def test_the_ratio_says_how_many_times_better_wsgate_is_whichever_way_that_is() -> None:
    rate = render([Sample("64x1x32", "wsgate", 20), Sample("64x1x32", "daphne", 5)])
    size = render([Sample("memory-2000", "wsgate", 5), Sample("memory-2000", "daphne", 20)])
    assert "| daphne | 5 | 5 to 5 | 4.00 |" in rate
    assert "| daphne | 20 | 20 to 20 | 4.00 |" in size


def test_goals_and_names_are_of_servers_and_measures_that_exist() -> None:
    assert len(BY_NAME) == len(WORKLOADS)
    for workload in WORKLOADS:
        for goal in workload.goals:
            if goal.against in SERVERS:
                assert workload.suits(SERVERS[goal.against])
            assert bool(goal.against) is (workload.measure is Measure.RATE)
