"""Options shared by several commands, and the helper that runs a query against a district."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from geo.network.modes import ALL_MODES, MODES
from webmap.cli.console import end_progress, open_store, progress, read_moment

if TYPE_CHECKING:
    from webmap.logic.district_state import DistrictState

Answer = TypeVar("Answer")

district_option = click.option(
    "--district",
    metavar="CODE",
    help="District; default: the administrator's choice, else the only real one, else the sample.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the JSON object of the HTTP twin.")
mode_option = click.option("--mode", type=click.Choice(MODES), default="walk", show_default=True)
any_mode_option = click.option(
    "--mode",
    type=click.Choice(ALL_MODES),
    default="walk",
    show_default=True,
    help="ebike_25 is a what-if: e-bikes at 25 km/h instead of the 15 km/h of cycle lanes.",
)
service_option = click.option(
    "--service", "services", metavar="CODE", multiple=True, help="Must be offered; repeatable."
)
minutes_option = click.option("--minutes", default=15.0, show_default=True, type=click.FloatRange(1, 120))
layers_option = click.option(
    "--layer",
    "layers",
    metavar="NAME=WEIGHT",
    multiple=True,
    help="What one of a demand layer weighs, such as riders=0.5; repeatable; layers not named then count nothing.",
)
at_option = click.option("--at", metavar="ISO-TIME", callback=read_moment, help="Moment, with its time zone.")


def ask_district(district: str | None, ask: Callable[["DistrictState"], Answer]) -> Answer:
    """Open the store, bring the district's snapshot up to date, and ask its state."""
    from webmap.logic.live_districts import LiveDistricts

    with open_store() as store:
        state = LiveDistricts(store.engine, store.state_dir).build(district, progress=progress)
        end_progress()
        return ask(state)
