"""The command ``fuchun``: its groups and commands."""

import click

from webmap.cli.backup import backup, restore, verify
from webmap.cli.console import FuchunGroup
from webmap.cli.coverage import coverage
from webmap.cli.districts import districts
from webmap.cli.export import export
from webmap.cli.init import init
from webmap.cli.load import load
from webmap.cli.nearest import nearest, route
from webmap.cli.report import report
from webmap.cli.serve import serve, worker
from webmap.cli.site import site


@click.group(cls=FuchunGroup)
@click.version_option(package_name="fuchun-map")
def main() -> None:
    """富春驿图: rest stations, coverage gaps and tours of a district on one map."""


main.add_command(load)
main.add_command(report)
main.add_command(coverage)
main.add_command(export)
main.add_command(site)
main.add_command(init)
main.add_command(serve)
main.add_command(worker)
main.add_command(nearest)
main.add_command(route)
main.add_command(districts)
main.add_command(backup)
main.add_command(verify)
main.add_command(restore)
