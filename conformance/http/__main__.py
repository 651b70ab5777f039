"""Run the vectors from the command line; see README.md."""

from __future__ import annotations

import sys

import click

from conformance.http.page import PAGE, read, render
from conformance.http.servers import BY_NAME, install
from conformance.http.suite import run
from conformance.http.vectors import VECTORS
from conformance.http.verdict import PASS, deviates


@click.command()
@click.option(
    "--server",
    "names",
    multiple=True,
    type=click.Choice(list(BY_NAME)),
    default=tuple(BY_NAME),
    help="A server, may be repeated; all by default.",
)
@click.option("--vector", "prefixes", multiple=True, help="Vectors such as H24 or U30-proxy.")
@click.option("--write-docs", is_flag=True, help=f"Put the verdicts into docs/{PAGE.name}.")
def main(names: tuple[str, ...], prefixes: tuple[str, ...], write_docs: bool) -> None:
    """Send all vectors to servers and tell what deviates; fails where wsgate does."""
    vectors = [vector for vector in VECTORS if vector.id.startswith(prefixes or "")]
    columns = read(PAGE)
    failed = False
    for name in names:
        server = BY_NAME[name]
        if not server.ours:
            install()
        verdicts = run(server, vectors)
        columns[name] = {**columns.get(name, {}), **verdicts}
        deviations = {id_: each for id_, each in verdicts.items() if deviates(each)}
        click.echo(f"{name}: {len(verdicts)} vectors, {len(deviations)} deviations")
        for id_, verdict in deviations.items():
            click.echo(f"  {id_}: {verdict}")
        failed |= server.ours and {*verdicts.values()} != {PASS}
    if write_docs:
        PAGE.write_text(render(columns), encoding="utf-8")
    sys.exit(failed)


if __name__ == "__main__":
    main()
