"""Run the targets under atheris, each for some minutes: python -m tests.fuzz [--help]"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent
FINDINGS = PROJECT / "artefacts" / "fuzz"

MAX_LENGTHS = {"head": 1024, "frames": 512, "deflate": 512}
"""Bytes of an input: enough for whatever the smallest limits of a target stop."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(MAX_LENGTHS))
    parser.add_argument("--minutes", type=float, default=30, help="of each target; 30 by default")
    options = parser.parse_args()
    if unknown := {*options.targets} - {*MAX_LENGTHS}:
        parser.error(f"no target: {', '.join(sorted(unknown))}")
    failed = [
        target for target in options.targets or MAX_LENGTHS if not fuzz(target, options.minutes)
    ]
    return 1 if failed else 0


def fuzz(target: str, minutes: float) -> bool:
    """Run a target; whether it ended without a finding."""
    findings = FINDINGS / target
    findings.mkdir(parents=True, exist_ok=True)
    log = findings / "log.txt"
    with tempfile.TemporaryDirectory() as scratch, log.open("wb") as output:
        corpus = shutil.copytree(HERE / "corpus" / target, Path(scratch, "corpus"))
        dictionary = HERE / f"{target}.dict"
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "tests.fuzz.fuzzer", target),
                f"-max_total_time={round(60 * minutes)}",
                f"-max_len={MAX_LENGTHS[target]}",
                f"-artifact_prefix={findings}/",
                *("-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"),
                *([f"-dict={dictionary}"] if dictionary.exists() else []),
                str(corpus),
            ],
            cwd=PROJECT,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    text = log.read_text(errors="replace")
    (executions,) = re.findall(r"^stat::number_of_executed_units: *(\d+)", text, re.M) or ["no"]
    print(f"{target}: {executions} executions in {minutes:g} minutes", flush=True)
    if ended.returncode:
        print(
            "\n".join(text.splitlines()[-40:]), f"A finding: see {findings}", sep="\n", flush=True
        )
    return ended.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
