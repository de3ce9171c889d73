"""The solvers are compiled once: a note beside the compiled code tells later processes that nothing is to be done."""

import pytest

from webmap.logic import compiling


@pytest.fixture
def started(monkeypatch, tmp_path):
    (tmp_path / "pycache").mkdir()
    monkeypatch.setattr(compiling, "mark_of_compiled", lambda what: tmp_path / "pycache" / f"compiled-{what}-1")
    calls = []
    monkeypatch.setattr(compiling.subprocess, "Popen", lambda command, **options: calls.append(command[-1]))
    monkeypatch.setattr(compiling, "_running", [])
    return calls


@pytest.fixture
def done(monkeypatch):
    calls = []
    monkeypatch.setattr("geo.siting.warming.compile_solvers", lambda: calls.append("sites"))
    monkeypatch.setattr("geo.tours.warming.compile_planner", lambda: calls.append("tours"))
    return calls


def test_what_has_been_compiled_is_not_started_again(started, done, tmp_path):
    compiling.start_compiling()
    assert started == ["sites", "tours"]
    for what in ("sites", "tours"):
        (tmp_path / "pycache" / f"compiled-{what}-0").touch()
    compiling.compile_now("tours")
    assert done == ["tours"]
    assert compiling.is_compiled("tours")
    assert not compiling.is_compiled("sites")
    compiling.start_compiling()
    assert started == ["sites", "tours", "sites"]
    compiling.compile_now("sites")
    assert done == ["tours", "sites"]
    compiling.start_compiling()
    assert len(started) == 3
    left = sorted(each.name for each in (tmp_path / "pycache").glob("compiled-*"))
    assert left == ["compiled-sites-1", "compiled-tours-1"], "those of older code are removed"


def test_only_one_process_compiles(started, monkeypatch):
    seen = []
    monkeypatch.setattr("geo.siting.warming.compile_solvers", lambda: (seen.append(1), compiling.compile_now("sites")))
    compiling.compile_now("sites")
    assert seen == [1]
