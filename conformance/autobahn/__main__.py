"""Run Autobahn from the command line; see README.md."""

from __future__ import annotations

import sys
from collections import Counter

import click

from conformance.autobahn.suite import (
    ALL,
    differences,
    expected,
    install,
    python2,
    run,
    write_expectation,
)


@click.command()
@click.option("--case", "cases", multiple=True, help="Cases such as 6.* or 9.1.1; all by default.")
@click.option("--http", "parsers", multiple=True, default=("httptools", "h11"), help="Parsers.")
@click.option("--accept", is_flag=True, help="Take the results as the new expectation.")
def main(cases: tuple[str, ...], parsers: tuple[str, ...], accept: bool) -> None:
    """Run cases of the Autobahn testsuite and compare with what is expected of each."""
    interpreter = python2()
    if interpreter is None:
        raise click.ClickException("Autobahn needs Python 2.7: install it, for example by pyenv")
    install(interpreter)
    chosen = cases or ALL
    failed = False
    for parser in parsers:
        results = run(chosen, ["--http", parser], parser)
        counts = ", ".join(f"{count} {word}" for word, count in Counter(results.values()).items())
        click.echo(f"{parser}: {len(results)} cases: {counts}")
        if accept:
            write_expectation(results)
        for line in differences(results, expected(chosen)):
            failed = True
            click.echo(f"  {line}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
