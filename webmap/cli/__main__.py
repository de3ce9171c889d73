"""Run the command: ``python -m webmap.cli``."""

from webmap.cli import main

main(prog_name="cli")
