"""A parser that a file has taken over reaches nothing, and however its process ends the user reads one sentence."""

import os
import socket
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.errors import GeoError, InputError, TooLargeError
from loaders.isolated import run
from loaders.isolated.limits import Limits
from loaders.isolated.parcel import BadParcel, require_template
from loaders.isolated.parsers import PARSERS
from tests.loaders.isolated.rogue import RogueAnswer, RogueContext

ROOT = Path(__file__).parents[3]
SMALL = Limits(memory_mb=400, cpu_s=6, wall_s=60, written_mb=20)


@pytest.fixture(autouse=True)
def _rogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PARSERS, "rogue", "tests.loaders.isolated.rogue:parse")
    start = (
        "import sys; sys.path.insert(0, {root!r}); from loaders.isolated.parsers import PARSERS; "
        "PARSERS['rogue'] = 'tests.loaders.isolated.rogue:parse'; from loaders.isolated.child import main; main()"
    )
    monkeypatch.setattr(run, "START", start)


def parse(folder: Path, act: str, *, limits: Limits = SMALL, **more: Any) -> RogueAnswer:
    path = folder / "驿站.csv"
    path.write_text("the file")
    answer: RogueAnswer = run.parse_apart(
        "rogue", path, RogueContext(act, str(folder / "secret")), limits=limits, **more
    )
    return answer


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the folders of other tests, which run at the same time, out of what is counted."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))


def left_over() -> list[str]:
    return os.listdir(tempfile.gettempdir())


def test_it_reads_its_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("hunter2")
    monkeypatch.setenv("FUCHUN_SECRET_KEY", "hunter2")
    monkeypatch.setenv("DATABASE_URL", "postgresql://hunter2@/x")
    with socket.socket(socket.AF_UNIX) as store:
        # Where the store would listen.
        monkeypatch.chdir(tmp_path)
        store.bind("secret.socket")
        store.listen()
        before = left_over()
        said = parse(tmp_path, "look").said
    facts = dict(part.split("=", 1) for part in said.split("; "))
    assert facts["file"] == "the file"
    assert facts["mode"] == "0o700"
    assert "hunter2" not in said
    assert not {"DATABASE_URL", "FUCHUN_SECRET_KEY", "PGPASSWORD"} & set(eval(facts["environment"]))
    assert {facts[name] for name in ("secret", "passwd", "write", "inet", "unix", "program", "process")} <= {
        "PermissionError",
        "OSError",
    }, facts
    assert left_over() == before, "its folder is gone"


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        ("memory", TooLargeError, "takes more memory than the 400 MB"),
        ("cpu", TooLargeError, "takes longer than the 2 seconds"),
        ("disk", TooLargeError, "takes more than 20 MB once unpacked"),
        ("segv", InputError, "broke down over it (SIGSEGV)"),
        ("code", InputError, "broke down over it (exit code 9)"),
        ("exit", InputError, "an answer that cannot be right"),
        ("bug", InputError, "the file is damaged ('no such key')"),
        ("lie", InputError, "an answer that cannot be right"),
        ("nan", InputError, "an answer that cannot be right"),
    ],
)
def test_however_it_ends_the_user_reads_one_sentence(
    tmp_path: Path, act: str, kind: type[GeoError], words: str
) -> None:
    before = left_over()
    with pytest.raises(kind) as caught:
        parse(tmp_path, act, limits=replace(SMALL, cpu_s=2) if act == "cpu" else SMALL)
    said = str(caught.value)
    assert said.startswith("驿站.csv: ")
    assert words in said
    assert "\n" not in said
    assert "Traceback" not in said
    assert left_over() == before


def test_it_is_ended_when_its_time_is_over(tmp_path: Path) -> None:
    with pytest.raises(TooLargeError, match="takes longer than the 1 seconds"):
        parse(tmp_path, "wall", limits=Limits(memory_mb=400, wall_s=1))


def test_whoever_waits_can_call_it_off(tmp_path: Path) -> None:
    class CalledOffError(Exception):
        pass

    def stop(stage: str, **values: object) -> None:
        if stage == "reading {part}":
            raise CalledOffError

    begun = time.monotonic()
    with pytest.raises(CalledOffError):
        parse(tmp_path, "wall", progress=stop)
    assert time.monotonic() - begun < 40


def test_what_it_says_on_the_way_harms_nobody(tmp_path: Path) -> None:
    told: list[str] = []
    assert (
        parse(tmp_path, "chatter", progress=lambda stage, **values: told.append(stage.format(**values))).said == "done"
    )
    assert set(told) <= {"reading 驿站.csv", "reading all", "reading {file}"}


@pytest.mark.parametrize("template", ["{0}", "{x.__class__}", "{x!r}", "{x:>999999999}", "{y}", "{"])
def test_a_reason_that_would_do_more_than_be_filled_in_is_refused(template: str) -> None:
    with pytest.raises(BadParcel):
        require_template(template, {"x": 1})


def test_gdal_has_no_driver_but_those_of_files_that_are_taken() -> None:
    """After an update of GDAL a new driver has to be named in `loaders.isolated.gdal`."""
    import subprocess
    import sys

    from loaders.isolated.gdal import KEPT, OPTIONS

    code = (
        "import pyogrio, rasterio; names = set(pyogrio.list_drivers())\n"
        "with rasterio.Env() as environment: names |= set(environment.drivers())\nprint(*sorted(names), sep='|')"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], env=OPTIONS, capture_output=True, text=True, check=True, timeout=60
    )
    assert set(done.stdout.strip().split("|")) <= KEPT
