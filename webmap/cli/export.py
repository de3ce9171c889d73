"""The command ``fuchun export``: files for use elsewhere."""

import os
from pathlib import Path

import click

from webmap.cli.console import end_progress, open_store, progress, say


@click.group()
def export() -> None:
    """Write files for use elsewhere."""


@export.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--district", metavar="CODE", help="District; default: the only real one, else the sample.")
def site(out: Path, district: str | None) -> None:
    """Write the public pages into the folder OUT, for any web server or page host."""
    from webmap.app import create_app
    from webmap.static_site.export import export_site

    with open_store() as store:
        os.environ["DATABASE_URL"] = store.url
        os.environ["FUCHUN_STATE"] = str(store.state_dir)
        app = create_app()
        state = app.extensions["fuchun_live"].build(district, progress=progress)
        report = export_site(app, state, out, progress=progress)
        for name in ("fuchun_engine", "fuchun_public_engine"):
            app.extensions[name].dispose()
        end_progress()
        say(
            "{pages} pages, {size} MB in all, {tiles} map tiles among them with {tile_size} MB: {folder}",
            pages=report.pages,
            size=f"{report.n_bytes / 1e6:.1f}",
            tiles=report.tiles,
            tile_size=f"{report.tile_bytes / 1e6:.1f}",
            folder=str(out),
        )
        if state.is_sample:
            say("Sample data: the stations do not exist.")
