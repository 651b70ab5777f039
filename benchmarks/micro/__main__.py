"""Count from the command line; see README.md."""

from __future__ import annotations

import shutil
import subprocess
import sys

import click

from benchmarks.micro import counts
from benchmarks.micro.callgrind import OtherFormError, count
from benchmarks.micro.cases import CASES


@click.command()
@click.option("--form", type=click.Choice(["compiled", "plain"]), required=True)
@click.option("--update", is_flag=True, help="Write the counts instead of comparing.")
@click.argument("prefixes", nargs=-1)
def main(form: str, update: bool, prefixes: tuple[str, ...]) -> None:
    """Count the instructions of a message in the cases whose names begin so, in all by default.

    The form is what the modules of wsgate have to be: with others nothing is counted.
    """
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is not here: install Debian's package valgrind")
    chosen = [case for case in CASES if case.name.startswith(prefixes or "")]
    path = counts.path_for(sys.version_info[:2], form)
    committed = counts.read(path)
    if committed.build not in {"", sys.version}:
        click.echo(f"note: the committed counts are of another build: {committed.build}")
    try:
        measured = count(chosen, form)
    except OtherFormError as refusal:
        sys.exit(str(refusal))
    except subprocess.CalledProcessError:
        sys.exit("a case failed under valgrind: its traceback stands above")
    changes = counts.compare(committed, measured)
    for change in changes:
        click.echo(change)
    if update:
        merged = {**committed.cases, **measured}
        kept = {case.name: merged[case.name] for case in CASES if case.name in merged}
        counts.write(path, counts.Counts(sys.version, kept))
    elif any(change.grown for change in changes):
        sys.exit(f"grown by more than {counts.ALLOWED:.0%}: mend it, or UPDATE=1 and say why")


if __name__ == "__main__":
    main()
