"""``python -m wsgate``."""

from wsgate.cli import main

main(prog_name="wsgate")
