"""What an outcome is worth: "pass", another allowed outcome in parentheses, or the deviation."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.http.answers import GARBAGE, HTTP_2
from conformance.http.vector import Behind, Call, End, Expectation, Vector

PASS = "pass"

_NAMES = {GARBAGE: "garbage", HTTP_2: "HTTP/2"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a vector; calls: in their order, the incomplete ones too."""

    statuses: tuple[int, ...]
    end: End
    calls: tuple[Call, ...]


def judge(vector: Vector, outcome: Outcome) -> str:
    """Hold an outcome against all that is allowed, first what wsgate does."""
    ours, *others = [_difference(each, outcome) for each in vector.expected]
    if not ours:
        return PASS
    if "" in others:
        return f"({_gist(outcome)})"
    if vector.behind is Behind.SILENCE and outcome.end is End.OPEN:
        return End.OPEN.value
    begin = outcome.statuses[:1]
    nearest = [each for each in vector.expected if each.statuses[:1] == begin]
    return _difference((nearest or vector.expected)[0], outcome)


def deviates(verdict: str) -> bool:
    """Tell whether this is the verdict on an outcome that is not allowed."""
    return verdict != PASS and not verdict.startswith("(")


def _gist(outcome: Outcome) -> str:
    if outcome.statuses:
        return _NAMES.get(outcome.statuses[0], str(outcome.statuses[0]))
    return "waits" if outcome.end is End.OPEN else outcome.end.value


def _difference(expected: Expectation, outcome: Outcome) -> str:
    """Say in two words what is not as expected, and the worst of it; empty where all is."""
    if any(call.target == "/smuggled" for call in outcome.calls):
        return "smuggled"
    return (
        _statuses(expected, outcome)
        or _calls(expected, outcome.calls)
        or ("" if outcome.end is expected.end else outcome.end.value)
    )


def _statuses(expected: Expectation, outcome: Outcome) -> str:
    got = outcome.statuses
    for wanted, status in zip(expected.statuses, got, strict=False):
        if status != wanted:
            return _NAMES.get(status, str(status))
    if len(got) == len(expected.statuses):
        return ""
    if not got:
        return {End.OPEN: "no answer", End.CLOSED: "closed", End.RESET: "RST"}[outcome.end]
    return f"{len(got)} answer{'s' * (len(got) > 1)}"


def _calls(expected: Expectation, calls: tuple[Call, ...]) -> str:
    complete = [call for call in calls if call.complete]
    if len(complete) > len(expected.calls) or (len(complete) < len(calls) and not expected.begun):
        return "called"
    if len(complete) < len(expected.calls):
        return "not called"
    for wanted, call in zip(expected.calls, complete, strict=True):
        for what in ("method", "target", "host", "body"):
            if getattr(wanted, what) != getattr(call, what):
                return f"other {what}"
        if expected.absent & (call.names or frozenset()):
            return "merged"
    return ""
