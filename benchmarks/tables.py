"""The outcomes as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from benchmarks.outcomes import BUSY, Judged, Outcome, Outcomes, gather, judge, times_better
from benchmarks.runner import Sample
from benchmarks.servers import SERVERS
from benchmarks.workloads import WORKLOADS, Measure, Workload

LIMITED = f"† the generator computed for more than {BUSY:.0%} of the time: it was the limit"


def render(samples: Iterable[Sample]) -> str:
    """Write what was reached, and a table for each workload that was measured."""
    taken = list(samples)
    measured = [
        (workload, outcomes) for workload in WORKLOADS if (outcomes := gather(workload, taken))
    ]
    parts = [_goals(measured)]
    parts += [_workload(workload, outcomes) for workload, outcomes in measured]
    return "\n".join(parts)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _goals(measured: Iterable[tuple[Workload, Outcomes]]) -> str:
    rows = [
        (judged.goal.of, workload.title, judged.against or "its own value", *_numbers(judged))
        for workload, outcomes in measured
        for judged in judge(workload, outcomes)
    ]
    header = ("server", "workload", "against", "reached", "must", "aim", "verdict")
    return f"## What wsgate reaches\n\n{_table(header, rows)}"


def _numbers(judged: Judged) -> tuple[str, str, str, str]:
    """Write what was reached, must and aim: ratios, or sizes where there is nobody against."""
    goal = judged.goal
    sizes = not goal.against
    reached, must, aim = (
        "-" if not number else f"{number:,.0f} B" if sizes else f"{number:.2f}"
        for number in (judged.reached, goal.must, goal.aim)
    )
    return reached, must, aim, judged.verdict.value


def _workload(workload: Workload, outcomes: Outcomes) -> str:
    header = ["server", f"median, {workload.measure.value}", "range", "wsgate against it"]
    if workload.measure is Measure.RATE:
        header += ["p50, µs", "p99, µs", "generator's core"]
    rows = [
        [server.name, *_cells(workload, outcomes[server.name], outcomes.get("wsgate"))]
        for server in SERVERS
        if server.name in outcomes
    ]
    notes = list(_notes(outcomes))
    return "\n".join([f"## {workload.title}\n", _table(header, rows), *notes])


def _cells(workload: Workload, outcome: Outcome, ours: Outcome | None) -> list[str]:
    columns = 6 if workload.measure is Measure.RATE else 3
    if outcome.error:
        return ["failed", *[""] * (columns - 1)]
    ratio = 0.0
    if ours is not None and not ours.error:
        ratio = times_better(workload, ours.value, outcome.value)
    shown = _number(workload, outcome.value)
    cells = [
        f"{shown} †" if outcome.generator_was_the_limit else shown,
        f"{_number(workload, outcome.low)} to {_number(workload, outcome.high)}",
        f"{ratio:.2f}" if ratio else "-",
    ]
    if workload.measure is Measure.RATE:
        cells += [f"{outcome.p50:,.0f}", f"{outcome.p99:,.0f}", f"{outcome.load_cpu:.0%}"]
    return cells


def _number(workload: Workload, value: float) -> str:
    return f"{value:,.1f}" if workload.measure is Measure.CPU else f"{value:,.0f}"


def _notes(outcomes: Outcomes) -> Iterator[str]:
    for name, outcome in outcomes.items():
        if outcome.error:
            last = outcome.error.splitlines()[-1]
            yield f"{name}: {last}.\n"
    if any(outcome.generator_was_the_limit for outcome in outcomes.values()):
        yield f"{LIMITED}.\n"
