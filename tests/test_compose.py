"""The container files are sound as far as they can be without an engine to run them."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DOCKERFILE = ROOT / "Dockerfile"


def instructions() -> list[tuple[str, str]]:
    lines = re.sub(r"\\\n", " ", DOCKERFILE.read_text()).splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line.strip() and not line.startswith("#")]


def arguments(name: str) -> list[str]:
    return [rest for word, rest in instructions() if word == name]


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_the_store_is_postgis_on_a_named_volume(compose: dict):
    db = compose["services"]["db"]
    assert db["image"].startswith("postgis/postgis:")
    assert "database:/var/lib/postgresql/data" in db["volumes"]
    assert {"database", "state"} <= compose["volumes"].keys()
    assert "ports" not in db, "nobody outside needs the store"


def test_the_app_waits_for_a_healthy_store_and_is_checked_itself(compose: dict):
    db, app = compose["services"]["db"], compose["services"]["app"]
    assert db["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    assert app["depends_on"]["db"]["condition"] == "service_healthy"
    assert "/healthz" in arguments("HEALTHCHECK")[0]


def test_the_app_keeps_its_state_on_a_volume_its_account_owns(compose: dict):
    state = re.search(r"FUCHUN_STATE=(\S+)", arguments("ENV")[0])
    assert state
    assert f"state:{state[1]}" in compose["services"]["app"]["volumes"]
    assert re.search(rf"install -d -o fuchun \S+ \S+ {state[1]}$", arguments("RUN")[-1])


def test_no_secret_has_a_default(compose: dict):
    """Compose refuses to start, with a sentence, while the password is not given."""
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if re.search("PASSWORD|SECRET|KEY", name):
                assert re.fullmatch(r"\$\{\w+:\?.+\}", value), name
    assert ":" not in re.search(r"//(.*)@", compose["services"]["app"]["environment"]["DATABASE_URL"])[1]
    assert ".env" in (ROOT / ".dockerignore").read_text().split()


def test_the_program_does_not_run_as_root_and_listens_beyond_its_container():
    assert arguments("USER") == ["fuchun"]
    assert instructions().index(("USER", "fuchun")) < [word for word, _ in instructions()].index("CMD")
    assert arguments("CMD") == ['["fuchun", "serve", "--host", "0.0.0.0", "--port", "8000"]']
    assert arguments("EXPOSE") == ["8000"]


def test_what_is_copied_exists_and_is_not_ignored():
    ignored = (ROOT / ".dockerignore").read_text().split()
    copies = [shlex.split(rest) for rest in arguments("COPY") if not rest.startswith("--from")]
    assert copies
    for *sources, _target in copies:
        for source in sources:
            assert (ROOT / source).exists(), source
            assert source not in ignored


def test_the_image_installs_by_the_hashed_lock():
    assert any("make build" in rest for rest in arguments("RUN"))
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if re.match(r"\S+==", line):
            assert line.endswith("\\"), f"{line} has no hash"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "package-lock.json"])
def test_the_locks_name_no_registry(name: str):
    """Where packages come from is the machine's business: many sit behind a mirror."""
    text = (ROOT / name).read_text()
    assert not re.search(r"--index-url|--extra-index-url|--find-links|\"resolved\"|registry\.|file:", text)
