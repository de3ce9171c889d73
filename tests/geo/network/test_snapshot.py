"""A snapshot comes back as it was written, shared and read-only; a damaged one says so and never answers wrongly."""

import json
import mmap
import os
from dataclasses import fields

import numpy as np
import pytest

from geo.errors import NotReadyError
from geo.network import snapshot, verified
from geo.network.indices import check_indices
from geo.network.labels import Label, LabelList
from geo.network.nearest import fill_nearest_table
from geo.network.network import StreetNetwork
from geo.network.snapshot import (
    MANIFEST,
    network_arrays,
    network_from_arrays,
    open_snapshot,
    table_arrays,
    table_from_arrays,
    write_snapshot,
)
from tests.geo.network.networks import MODE, Street, Town, degrees

TOWN = Town(
    ((0, 0), (3, 0), (3, 3), (0, 3), (6, 6)),
    (
        Street(0, 1, (), 100, 100),
        Street(0, 1, ((1, 2),), 250, 250),
        Street(1, 2, (), 90, -1),
        Street(2, 3, (), 90, 90),
        Street(3, 0, (), 95, 95),
        Street(2, 2, ((5, 2), (5, 4)), 300, 300, can_snap=False),
    ),
)
HERE, THERE = degrees(1, 0.2), degrees(0.2, 2)
FACTS = {"stamps": {"streets": "7 2026-11-22"}, "district": "330111", "name": "富阳区"}


@pytest.fixture
def folder(tmp_path):
    network = TOWN.network()
    table = network.nearest_table([THERE[0]], [THERE[1]], mode=MODE)
    write_snapshot(tmp_path / "7-1", network_arrays(network) | table_arrays(table), FACTS)
    return tmp_path / "7-1"


def answers(network, table):
    """Return what a rider would be told."""
    route = network.route(HERE, THERE, mode=MODE)
    area = network.service_area(*THERE, mode=MODE, limit_s=20.0)
    texts = [step.text for lang in ("zh", "en") for step in network.describe(route, lang=lang)]
    return network.nearest(table, *HERE), texts, route.coordinates.tolist(), area.start.tolist(), area.end.tolist()


def opened(folder, *, verify=False):
    arrays, facts = open_snapshot(folder, verify=verify)
    return network_from_arrays(arrays), table_from_arrays(arrays, mode=MODE), facts


def arrays_of(value):
    """Yield (name, array) of a network or a table, however deep."""
    for field in fields(value):
        part = getattr(value, field.name)
        if isinstance(part, np.ndarray):
            yield field.name, part
        elif isinstance(part, dict):
            yield from ((f"{field.name}-{mode}", array) for mode, array in part.items())
        elif not isinstance(part, str):
            yield from ((f"{field.name}-{name}", array) for name, array in arrays_of(part))


def test_every_array_comes_back_equal_and_every_answer_the_same(folder):
    written = TOWN.network()
    table = fill_nearest_table(written, written.snap([THERE[0]], [THERE[1]], mode=MODE), mode=MODE)
    network, read_table, facts = opened(folder, verify=True)
    assert facts == FACTS
    for before, after in ((written, network), (table, read_table)):
        ours, theirs = dict(arrays_of(before)), dict(arrays_of(after))
        assert ours.keys() == theirs.keys()
        for name, array in ours.items():
            assert theirs[name].dtype == array.dtype, name
            assert theirs[name].shape == array.shape, name
            assert theirs[name].tobytes() == array.tobytes(), name
    assert list(network.labels) == list(written.labels)
    assert answers(network, read_table) == answers(written, table)


def test_no_part_of_a_network_is_forgotten():
    names = {name.split("-")[0] for name in network_arrays(TOWN.network())}
    assert names == {field.name for field in fields(StreetNetwork)}


def test_nobody_can_write_into_what_all_answer_from(folder):
    network, table, _ = opened(folder)
    for part in (network, table):
        for name, array in arrays_of(part):
            if array.size:
                with pytest.raises(ValueError, match="read-only"):
                    array[...] = 0
                assert not array.flags.writeable, name


def test_arrays_are_the_files_themselves_mapped_and_shared_by_all_who_open_them(folder):
    network, _, _ = opened(folder)
    kept = [network.points, network.cost[MODE]]
    for array in kept:
        base = array
        while isinstance(base, np.ndarray):
            base = base.base
        assert isinstance(base, mmap.mmap)
    with open("/proc/self/maps") as maps:
        of_folder = [line.split() for line in maps if str(folder) in line]
    assert any(line[-1].endswith("points.npy") for line in of_folder)
    # r: read-only; s: the same pages for every process.
    assert {line[1] for line in of_folder} == {"r--s"}


def test_an_opened_snapshot_outlives_its_folder(folder, tmp_path):
    # A worker answers from the old one while a newer one takes its place.
    network, table, _ = opened(folder)
    before = answers(network, table)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert answers(network, table) == before


DAMAGES = {
    "a file cut short": lambda folder: cut(folder / "points.npy", -1),
    "a file cut to nothing": lambda folder: cut(folder / "points.npy", 0),
    "a file with more at its end": lambda folder: (folder / "points.npy").write_bytes(
        (folder / "points.npy").read_bytes() + b"x"
    ),
    "a file that is gone": lambda folder: (folder / "edge_u.npy").unlink(),
    "a folder in place of a file": lambda folder: ((folder / "edge_u.npy").unlink(), (folder / "edge_u.npy").mkdir()),
    "another file under its name": lambda folder: (folder / "edge_u.npy").write_bytes(
        b"x" * (folder / "edge_u.npy").stat().st_size
    ),
    "no manifest": lambda folder: (folder / MANIFEST).unlink(),
    "a manifest cut short": lambda folder: cut(folder / MANIFEST, -30),
    "an empty manifest": lambda folder: cut(folder / MANIFEST, 0),
    "a manifest that is no object": lambda folder: (folder / MANIFEST).write_text("[]"),
    "a manifest of an older program": lambda folder: edit(folder, lambda m: m.pop("sha256")),
    "a manifest with another fact": lambda folder: edit(folder, lambda m: m["facts"]["stamps"].update(streets="8")),
    "a manifest that leaves a file out": lambda folder: edit(folder, lambda m: m["files"].pop("edge_u")),
    "a manifest that is not text": lambda folder: (folder / MANIFEST).write_bytes(b"\xff\xfe\x00"),
}


def cut(path, size):
    content = path.read_bytes()
    path.write_bytes(content[:size])


def edit(folder, change):
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    change(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_snapshot_gives_one_error_that_names_it(folder, damage):
    damage(folder)
    with pytest.raises(NotReadyError, match="snapshot") as caught:
        open_snapshot(folder)
    assert "7-1" in str(caught.value)


def test_a_folder_that_is_not_there_gives_the_same_error(tmp_path):
    with pytest.raises(NotReadyError, match="7-2"):
        open_snapshot(tmp_path / "7-2")


def test_one_flipped_bit_anywhere_is_found_by_the_checksums(folder):
    before, facts = open_snapshot(folder)
    before = {name: array.copy() for name, array in before.items()}
    rng = np.random.default_rng(2)
    for path in sorted([folder / MANIFEST, *folder.glob("*.npy")]):
        content = path.read_bytes()
        for at in rng.integers(0, len(content), 6).tolist():
            path.write_bytes(content[:at] + bytes([content[at] ^ (1 << int(rng.integers(8)))]) + content[at + 1 :])
            try:
                after, after_facts = open_snapshot(folder, verify=True)
            except NotReadyError:
                continue
            # A change that changes nothing (a blank, a letter's escape) may pass; then nothing is changed.
            assert after_facts == facts
            assert after.keys() == before.keys()
            assert all(np.array_equal(after[name], before[name], equal_nan=True) for name in before)
        path.write_bytes(content)
    assert opened(folder, verify=True)[2] == FACTS


@pytest.mark.parametrize("name", ["points", "cost", "labels", "adjacency_out"])
def test_a_snapshot_that_lacks_a_part_is_no_network(name):
    arrays = {key: array for key, array in network_arrays(TOWN.network()).items() if key.split("-")[0] != name}
    with pytest.raises(KeyError, match=name):
        network_from_arrays(arrays)


def test_a_snapshot_that_could_not_be_written_leaves_nothing_behind(tmp_path):
    arrays = {"good": np.arange(3), "bad": np.array([object()])}
    with pytest.raises(ValueError, match="Object arrays"):
        write_snapshot(tmp_path / "d" / "1-1", arrays, FACTS)
    assert list((tmp_path / "d").iterdir()) == []


def test_a_snapshot_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    # Whoever looks while it is being written sees no folder of that name.
    seen = []
    arrays = {f"part{i}": np.arange(i + 1) for i in range(4)}
    save = np.save
    monkeypatch.setattr(np, "save", lambda *a, **k: (seen.append((tmp_path / "1-1").exists()), save(*a, **k)))
    write_snapshot(tmp_path / "1-1", arrays, FACTS)
    assert seen == [False] * 4
    assert [path.name for path in tmp_path.iterdir()] == ["1-1"]


@pytest.mark.parametrize(
    ("pointer", "is_good"), [([], False), ([0], True), ([1], False), ([0, 1], False), ([-1, 0], False)]
)
def test_a_pointer_into_an_empty_array_is_one_nought(pointer, is_good):
    arrays = {"bar_ptr": np.array(pointer, np.int64), "bar_seg": np.empty(0, np.int32)}
    if is_good:
        check_indices(arrays)
        return
    with pytest.raises(NotReadyError, match="bar_ptr"):
        check_indices(arrays)


def test_a_folder_is_verified_once_unless_that_is_asked_for_again(folder):
    (folder / verified.MARK).unlink(missing_ok=True)
    files, calls = json.loads((folder / MANIFEST).read_text())["files"], []
    for _ in range(3):
        verified.verify_once(folder, files, lambda: calls.append(1))
    assert len(calls) == 1
    verified.verify_once(folder, files, lambda: calls.append(1), again=True)
    assert len(calls) == 2


def test_empty_arrays_come_back_empty(tmp_path):
    write_snapshot(tmp_path / "1-1", {"nothing": np.empty((0, 4)), "few": np.empty(0, np.int32)}, {})
    arrays, _ = open_snapshot(tmp_path / "1-1", verify=True)
    assert (arrays["nothing"].shape, arrays["few"].dtype) == ((0, 4), np.int32)


def test_labels_come_back_whatever_they_say():
    labels = [
        Label("迎宾路", "Yingbin Road", "primary"),
        Label(None, None, "footway"),
        Label("富春江大桥", None, "primary", is_bridge=True),
        Label("隧道", "", "trunk", is_tunnel=True, is_roundabout=True),
    ]
    packed = LabelList.pack(labels)
    assert list(packed) == [*labels[:3], Label("隧道", None, "trunk", is_tunnel=True, is_roundabout=True)]
    assert packed[-1] == packed[3]
    assert packed[1:3] == labels[1:3]
    with pytest.raises(IndexError):
        packed[4]


def test_files_are_verified_once_and_again_when_one_changes(folder, monkeypatch):
    hashed = []
    real = snapshot._sha256
    monkeypatch.setattr(snapshot, "_sha256", lambda path: hashed.append(path.name) or real(path))
    open_snapshot(folder)
    assert len(hashed) == len(list(folder.glob("*.npy")))
    open_snapshot(folder)
    assert len(hashed) == len(set(hashed)), "the mark is trusted"
    path = folder / "points.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(NotReadyError, match=r"points\.npy is damaged"):
        open_snapshot(folder)


def test_files_are_verified_again_after_the_machine_has_started_anew(folder, monkeypatch, tmp_path):
    open_snapshot(folder)
    path = folder / "points.npy"
    facts = path.stat()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    open_snapshot(folder)  # as a disk does that loses a bit: nothing tells
    monkeypatch.setattr(verified, "_BOOT", tmp_path / "boot")
    (tmp_path / "boot").write_text("another start\n")
    with pytest.raises(NotReadyError, match=r"points\.npy is damaged"):
        open_snapshot(folder)


WRONG = {
    "edge_u": lambda a: a.__setitem__(0, 10**6),
    "arc_head": lambda a: a.__setitem__(-1, -1),
    "arc_ptr": lambda a: a.__setitem__(1, a[-1] + 1),
    "point_ptr": lambda a: a.__setitem__(-1, a[-1] + 1),
    "seg_edge": lambda a: a.__setitem__(0, 10**6),
    "edge_label": lambda a: a.__setitem__(0, 10**6),
    "labels-ptr": lambda a: a.__setitem__(-1, a[-1] + 1),
    f"table-{MODE}-via": lambda a: a.__setitem__((0, 0), 10**6),
    f"table-{MODE}-edge": lambda a: a.__setitem__(0, 10**6),
}


@pytest.mark.parametrize(("name", "damage"), WRONG.items(), ids=WRONG.keys())
def test_an_index_that_leads_nowhere_is_found_though_its_checksum_is_right(tmp_path, name, damage):
    network = TOWN.network()
    table = network.nearest_table([THERE[0]], [THERE[1]], mode=MODE)
    arrays = {key: array.copy() for key, array in (network_arrays(network) | table_arrays(table)).items()}
    check_indices(arrays)
    damage(arrays[name])
    write_snapshot(tmp_path / "7-1", arrays, FACTS)
    with pytest.raises(NotReadyError, match=name):
        open_snapshot(tmp_path / "7-1")
