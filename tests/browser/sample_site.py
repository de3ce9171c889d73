"""The sample served to a browser for who plans: fixtures of a module, with an account and, if wanted, workers."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask

from geo.db.session import writing
from loaders.sample.store import SAMPLE, load_sample
from tests.browser.serving import serving
from tests.conftest import DatabaseMaker
from tests.webmap.conftest import config_of, dispose
from tests.webmap.job_workers import workers
from webmap import create_app
from webmap.accounts.setup import create_account
from webmap.logic.live_districts import LiveDistricts
from webmap.logic.siting.sample_plan import save_sample_plan


def sample_fixtures(account: str, *, has_workers: bool = False) -> tuple[Any, Any, Any]:
    """Return the fixtures ``sample``, ``site`` (its address) and ``password`` of a planner, for a module to name."""

    @pytest.fixture(scope="module", name="sample")
    def sample(
        make_database: DatabaseMaker, tmp_path_factory: pytest.TempPathFactory, translations: None
    ) -> Iterator[Flask]:
        state_dir = tmp_path_factory.mktemp("sample")
        with make_database() as engine, ExitStack() as stack:
            with writing(engine) as session:
                list(load_sample(session))
            save_sample_plan(engine, LiveDistricts(engine, state_dir).build(SAMPLE))
            app = create_app(config_of(engine, state_dir))
            stack.callback(dispose, app)
            stack.callback(app.extensions["fuchun_live"].stop)
            if has_workers:
                stack.enter_context(workers(engine, state_dir))()
            yield app

    @pytest.fixture(scope="module", name="site")
    def site(sample: Flask) -> Iterator[str]:
        with serving(sample) as address:
            yield address

    @pytest.fixture(scope="module", name="password")
    def password(sample: Flask) -> str:
        with writing(sample.extensions["fuchun_engine"]) as session:
            return create_account(session, account, role="planner")

    return sample, site, password
