"""``fuchun serve`` and ``fuchun worker``: run the web server, and the workers of jobs."""

import os
from typing import Any

import click

from webmap.cli.console import ROOT, open_store, say
from webmap.cli.init import build_snapshots, load_sample_once


@click.command()
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
        _pass_on(store)
        from geo.db.session import writing

        with writing(store.engine) as session:
            password = ensure_admin(session)
        if password:
            say("Administrator: admin, password: {password} (shown once; change it at /account)", password=password)
        store.engine.dispose()
        say("Serving http://{host}:{port}/ (Ctrl-C stops it)", host=host, port=port)
        run_site(listener, workers=workers, jobs=jobs, cluster=ROOT if is_private else None)


@click.command()
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="Jobs done at a time.")
def worker(jobs: int) -> None:
    """Do the jobs that staff ask for, on this machine, until Ctrl-C; 'fuchun serve' has one of its own."""
    from webmap.logic.config import Config
    from webmap.logic.jobs import worker as process

    with open_store() as store:
        _pass_on(store)
        store.engine.dispose()
        say("Waiting for jobs (Ctrl-C stops it)")
        process.main(jobs, Config.from_env(os.environ).job_days)


def _pass_on(store: Any) -> None:
    """Tell the processes started from here where the store is; they need not know its owner."""
    os.environ["DATABASE_URL"] = store.url
    os.environ["DATABASE_READER_URL"] = store.reader_url
    os.environ.pop("DATABASE_OWNER_URL", None)
    os.environ["FUCHUN_STATE"] = str(store.state_dir)
