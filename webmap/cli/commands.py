"""The command ``fuchun``."""

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from webmap.cli.console import (
    ROOT,
    FuchunGroup,
    end_progress,
    language,
    mode_name,
    open_store,
    print_answer,
    progress,
    say,
    state_name,
    translate,
)
from webmap.cli.coverage import coverage
from webmap.cli.export import export
from webmap.cli.load import load
from webmap.cli.options import (
    any_mode_option,
    ask_district,
    at_option,
    district_option,
    json_option,
    mode_option,
    service_option,
)
from webmap.cli.report import report
from webmap.cli.site import site

if TYPE_CHECKING:
    from webmap.logic.district_state import DistrictState

# "-8.61" is a longitude, not an option.
POINTS = {"ignore_unknown_options": True}


@click.group(cls=FuchunGroup)
@click.version_option(package_name="fuchun-map")
def main() -> None:
    """富春驿图: rest stations, coverage gaps and tours of a district on one map."""


main.add_command(load)
main.add_command(report)
main.add_command(coverage)
main.add_command(export)
main.add_command(site)


@main.command()
@click.option(
    "--sample", is_flag=True, help="Load the sample of 富阳区 (made by a generator; no station in it exists)."
)
@click.option(
    "--demo", type=click.Choice(["helsinki"]), help="Load a real case: Helsinki, banks standing in for stations."
)
def init(sample: bool, demo: str | None) -> None:
    """Make the database ready, and load the sample or a demonstration."""
    from geo.db.session import writing
    from webmap.logic.live import Live

    with open_store() as store:
        if sample:
            load_sample_once(store, again=True)
        if demo:
            from loaders.demo import HELSINKI, load_helsinki

            with writing(store.engine) as session:
                load_helsinki(session, progress=progress)
            Live(store.engine, store.state_dir).build(HELSINKI, progress=progress)
            end_progress()
            say("Demonstration {code} is loaded.", code=HELSINKI)
        if not sample and not demo:
            say("The database is ready.")


def load_sample_once(store: Any, *, again: bool = False) -> None:
    """Load the sample if the store holds no district, or anew when asked."""
    from geo.db.layers import list_districts
    from geo.db.session import reading, writing
    from loaders.sample.store import SAMPLE, load_sample
    from webmap.logic.live import Live

    with reading(store.engine) as session:
        if list_districts(session) and not again:
            return
    with writing(store.engine) as session:
        for line in load_sample(session, progress=progress):
            end_progress()
            click.echo(line, err=True)
    Live(store.engine, store.state_dir).build(SAMPLE, progress=progress)
    end_progress()
    say("The sample district is loaded: 富阳区, 示意数据.")


def build_snapshots(store: Any) -> None:
    """Bring every district's snapshot up to date, so that the first page finds it."""
    from webmap.logic.live import Live

    live = Live(store.engine, store.state_dir)
    for district in live.districts():
        live.build(district.code, progress=progress)
    end_progress()
    live.stop()


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1), help="Processes of the site.")
@click.option(
    "--jobs", default=2, show_default=True, help="Jobs done at a time beside the site; 0 leaves them to others."
)
def serve(host: str, port: int, workers: int, jobs: int) -> None:
    """Serve the map until Ctrl-C."""
    from webmap.accounts.setup import ensure_admin
    from webmap.server.run import run_site
    from webmap.server.supervisor import listen

    is_private = not os.environ.get("DATABASE_URL")
    with listen(host, port) as listener, open_store() as store:
        load_sample_once(store)
        build_snapshots(store)
        os.environ["DATABASE_URL"] = store.url
        os.environ["DATABASE_READER_URL"] = store.reader_url
        # Who serves and who does jobs need not know the owner.
        os.environ.pop("DATABASE_OWNER_URL", None)
        os.environ["FUCHUN_STATE"] = str(store.state_dir)
        from geo.db.session import writing

        with writing(store.engine) as session:
            password = ensure_admin(session)
        if password:
            say("Administrator: admin, password: {password} (shown once; change it at /account)", password=password)
        store.engine.dispose()
        say("Serving http://{host}:{port}/ (Ctrl-C stops it)", host=host, port=port)
        run_site(listener, workers=workers, jobs=jobs, cluster=ROOT if is_private else None)


@main.command()
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="Jobs done at a time.")
def worker(jobs: int) -> None:
    """Do the jobs that staff ask for, on this machine, until Ctrl-C; 'fuchun serve' has one of its own."""
    from webmap.logic.config import Config
    from webmap.logic.jobs import worker as process

    with open_store() as store:
        os.environ["DATABASE_URL"] = store.url
        os.environ["DATABASE_READER_URL"] = store.reader_url
        # Who serves and who does jobs need not know the owner.
        os.environ.pop("DATABASE_OWNER_URL", None)
        os.environ["FUCHUN_STATE"] = str(store.state_dir)
        store.engine.dispose()
        say("Waiting for jobs (Ctrl-C stops it)")
        process.main(jobs, Config.from_env(os.environ).job_days)


@main.command(context_settings=POINTS)
@click.argument("lon", type=float)
@click.argument("lat", type=float)
@mode_option
@click.option("--count", default=3, show_default=True, type=click.IntRange(1, 50))
@service_option
@at_option
@district_option
@json_option
def nearest(
    lon: float,
    lat: float,
    mode: str,
    count: int,
    services: tuple[str, ...],
    at: datetime | None,
    district: str | None,
    as_json: bool,
) -> None:
    """Find the stations reached soonest from LON LAT (WGS84)."""
    from webmap.logic.nearest import nearest as find_nearest
    from webmap.web.json_answers import nearest_json

    def ask(state: "DistrictState") -> dict[str, Any]:
        found = find_nearest(state, lon=lon, lat=lat, mode=mode, services=services, at=at, count=count)
        return nearest_json(state, found)

    answer = ask_district(district, ask)

    def lines() -> list[str]:
        return [
            translate("{name}: {mode} {minutes} min, {distance} m, {state}").format(
                name=s["name"],
                mode=mode_name(mode),
                minutes=max(1, round(s["duration_s"] / 60)),
                distance=round(s["distance_m"]),
                state=state_name(s["on_arrival"]),
            )
            for s in answer["stations"]
        ] or [translate("No station is reached from there.")]

    print_answer(answer, as_json=as_json, lines=lines)


@main.command(context_settings=POINTS)
@click.argument("from_lon", type=float)
@click.argument("from_lat", type=float)
@click.argument("to_lon", type=float)
@click.argument("to_lat", type=float)
@any_mode_option
@district_option
@json_option
def route(
    from_lon: float, from_lat: float, to_lon: float, to_lat: float, mode: str, district: str | None, as_json: bool
) -> None:
    """Find the quickest way between two points (WGS84)."""
    from webmap.logic.routes import route as find_route
    from webmap.web.json_answers import route_json

    def ask(state: "DistrictState") -> dict[str, Any]:
        start, end = (from_lon, from_lat), (to_lon, to_lat)
        return route_json(state, find_route(state, origin=start, to_point=end, mode=mode, lang=language()))

    answer = ask_district(district, ask)

    def lines() -> list[str]:
        head = translate("{mode} {minutes} min, {distance} m").format(
            mode=mode_name(mode),
            minutes=max(1, round(answer["duration_s"] / 60)),
            distance=round(answer["distance_m"]),
        )
        return [head, *(f"  {step['text']}" for step in answer["steps"])]

    print_answer(answer, as_json=as_json, lines=lines)
