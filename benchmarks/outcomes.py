"""What the samples of all rounds say together, and whether that is what it has to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from statistics import median

from benchmarks.runner import Sample
from benchmarks.servers import BY_NAME, OURS, Kind
from benchmarks.workloads import BEST, Goal, Workload

BUSY = 0.9
"""The part of its core from which on the generator may have been the limit."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Median and range of the values; medians of all else. error: why there are none."""

    value: float
    low: float
    high: float
    p50: float
    p99: float
    load_cpu: float
    error: str = ""

    @property
    def generator_was_the_limit(self) -> bool:
        """Whether the server might have done more."""
        return self.load_cpu > BUSY


class Verdict(Enum):
    """How a goal was met."""

    AIM = "aim reached"
    MUST = "must reached"
    BELOW_AIM = "below the aim"
    MISSED = "**missed**"
    UNKNOWN = "not measured"


@dataclass(frozen=True, slots=True)
class Judged:
    """A goal, whom it was held against, how many times better wsgate was (or its own value)."""

    goal: Goal
    against: str
    reached: float
    verdict: Verdict


Outcomes = Mapping[str, Outcome]
"""By the name of the server."""


def gather(workload: Workload, samples: Iterable[Sample]) -> dict[str, Outcome]:
    """Put the samples of a workload together; a server that failed once has failed."""
    by_server: dict[str, list[Sample]] = {}
    for sample in samples:
        if sample.workload == workload.name:
            by_server.setdefault(sample.server, []).append(sample)
    return {name: _outcome(own) for name, own in by_server.items()}


def times_better(workload: Workload, one: float, other: float) -> float:
    """Give how many times better the one is, whichever way better is; 0 where that is unknown."""
    above, below = (one, other) if workload.measure.more_is_better else (other, one)
    return above / below if below else 0


def best(workload: Workload, outcomes: Outcomes) -> str:
    """Give the name of the best ASGI server that is not ours, nothing where there is none."""
    peers = {
        name: outcome.value
        for name, outcome in outcomes.items()
        if BY_NAME[name].kind is Kind.ASGI and name not in OURS and not outcome.error
    }
    choose = max if workload.measure.more_is_better else min
    return choose(peers, key=lambda name: peers[name]) if peers else ""


def judge(workload: Workload, outcomes: Outcomes) -> list[Judged]:
    """Hold wsgate, or its plain form, against each goal of a workload."""
    return [_judge(workload, goal, outcomes) for goal in workload.goals]


def _judge(workload: Workload, goal: Goal, outcomes: Outcomes) -> Judged:
    name = best(workload, outcomes) if goal.against == BEST else goal.against
    ours, theirs = outcomes.get(goal.of), outcomes.get(name)
    if ours is None or ours.error:
        return Judged(goal, name, 0, Verdict.UNKNOWN)
    if not goal.against:
        return Judged(goal, name, ours.value, _verdict(-ours.value, -goal.must, -goal.aim))
    if theirs is None or theirs.error:
        return Judged(goal, name, 0, Verdict.UNKNOWN)
    ratio = times_better(workload, ours.value, theirs.value)
    return Judged(goal, name, ratio, _verdict(ratio, goal.must, goal.aim))


def _verdict(reached: float, must: float, aim: float) -> Verdict:
    if reached >= aim:
        return Verdict.AIM
    if must == 0:
        return Verdict.BELOW_AIM
    return Verdict.MUST if reached >= must else Verdict.MISSED


def _outcome(samples: list[Sample]) -> Outcome:
    errors = [sample.error for sample in samples if sample.error]
    values = [sample.value for sample in samples]
    return Outcome(
        value=median(values),
        low=min(values),
        high=max(values),
        p50=median(sample.p50 for sample in samples),
        p99=median(sample.p99 for sample in samples),
        load_cpu=max(sample.load_cpu for sample in samples),
        error=errors[0] if errors else "",
    )
