"""Dump a small store with something of everything: python -m tests.geo.db.released.make VERSION, at its tag."""

import gzip
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import make_url

from geo.db.cluster import database_url
from geo.db.offers import ActivityDraft, BenefitDraft, MembershipDraft, add_activity, add_benefit, save_membership
from geo.db.session import writing
from tests.conftest import databases
from tests.geo.db.released import FOLDER
from tests.webmap.busy_valley import busy_valley
from tests.webmap.valley import CODE
from webmap.accounts import create_account


def main(version: str) -> None:
    """Write ``VERSION.sql.gz`` beside this program."""
    now = datetime.now(UTC).replace(microsecond=0)
    benefit = BenefitDraft(
        position=1, title="医疗互助", text=None, source="notice of 2026-01-05", link=None, valid_until=None
    )
    activity = ActivityDraft(
        title="急救课", place_code=None, place_text="二号厅", starts_at=now + timedelta(days=30),
        ends_at=now + timedelta(days=30, hours=2), seats=30, link=None, text=None,
    )  # fmt: skip
    with (
        tempfile.TemporaryDirectory() as state_dir,
        database_url(Path(__file__).parents[3]) as server,
        databases(server) as make,
        busy_valley(make, Path(state_dir)) as app,
    ):
        engine = app.extensions["fuchun_engine"]
        with writing(engine) as session:
            add_benefit(session, CODE, benefit, by="admin")
            add_activity(session, CODE, activity, by="admin")
            save_membership(session, CODE, MembershipDraft(link=None, note="到社区工会登记。"), by="admin", version=0)
            create_account(session, "clerk", role="editor")
        address = (
            make_url(server)
            .set(drivername="postgresql", database=engine.url.database)
            .render_as_string(hide_password=False)
        )
        options = ["--inserts", "--no-owner", "--no-privileges", f"--dbname={address}"]
        dump = subprocess.run(["pg_dump", *options], check=True, capture_output=True, text=True).stdout
    # Lines of psql's own (\restrict) are not SQL, and releases of PostgreSQL know different settings.
    others = ("\\", "SET ", "--", "SELECT pg_catalog.set_config('search_path'")
    lines = [line for line in dump.splitlines() if not line.startswith(others)]
    lines.insert(0, "SET check_function_bodies = false;")
    with gzip.GzipFile(FOLDER / f"{version}.sql.gz", "wb", mtime=0) as file:
        file.write("\n".join(filter(None, lines)).encode())


if __name__ == "__main__":
    main(sys.argv[1])
