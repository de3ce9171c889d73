"""The valley served to a browser for who plans: fixtures of a module, with an account and, if wanted, workers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from geo.db.session import writing
from tests.browser.serving import serving
from tests.conftest import DatabaseMaker
from tests.webmap.job_workers import workers
from tests.webmap.valley import CODE, valley_app
from webmap.accounts.setup import create_account
from webmap.logic.snapshot_building import ensure_snapshot


def valley_fixtures(
    account: str,
    *,
    role: str = "planner",
    has_workers: bool = False,
    prepare: Callable[[Session], object] | None = None,
    **options: Any,
) -> tuple[Any, Any, Any]:
    """Return the fixtures ``valley``, ``site`` (its address) and ``password`` of an account, for a module to name.

    `prepare` stores what the district has beside the valley's own; `options` are those of `valley_app`.
    """

    @pytest.fixture(scope="module", name="valley")
    def valley(
        make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
    ) -> Iterator[Flask]:
        folder = tmp_path_factory.mktemp(account)
        with ExitStack() as stack:
            app = stack.enter_context(valley_app(make_database, folder, **options))
            engine, state_dir = app.extensions["fuchun_engine"], app.extensions["fuchun_config"].state_dir
            if prepare is not None:
                with writing(engine) as session:
                    prepare(session)
                ensure_snapshot(engine, state_dir, CODE)
                app.extensions["fuchun_live"].refresh()
            if has_workers:
                stack.enter_context(workers(engine, state_dir))()
            yield app

    @pytest.fixture(scope="module", name="site")
    def site(valley: Flask) -> Iterator[str]:
        with serving(valley) as address:
            yield address

    @pytest.fixture(scope="module", name="password")
    def password(valley: Flask) -> str:
        with writing(valley.extensions["fuchun_engine"]) as session:
            return create_account(session, account, role=role)

    return valley, site, password
