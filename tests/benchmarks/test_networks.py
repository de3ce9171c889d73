"""The streets that are measured on: copies keep what is real, and hang together."""

import os
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.memory import added_at_peak, shares
from benchmarks.networks import HELSINKI, arcs, at_nodes, main_nodes, read_extract, tile
from benchmarks.record import DifferenceError, Recorder
from benchmarks.timing import Timing, measure
from geo.network.costs import find_nodes_within


@pytest.fixture(scope="module")
def one():
    return read_extract(HELSINKI)


@pytest.fixture(scope="module")
def four(one):
    return tile(one, 4)


def test_copies_keep_every_street_and_its_length_and_hang_together(one, four):
    assert len(four.nodes) == 4 * len(one.nodes)
    assert four.nodes["node_id"].is_unique
    assert four.edges["edge_id"].is_unique
    n = len(one.edges)
    np.testing.assert_array_equal(four.edges["length_m"][: 4 * n].to_numpy(), np.tile(one.edges["length_m"], 4))
    # Every copy's main part is in the main part of the whole: one can get from any to any.
    single, whole = one.build(), four.build()
    for mode in ("walk", "ebike"):
        assert main_nodes(whole, mode=mode).size >= 4 * main_nodes(single, mode=mode).size


def test_nodes_handed_to_others_are_the_points_we_search_from(one):
    network = one.build()
    node = main_nodes(network, mode="walk")[::400]
    reach = find_nodes_within(network, at_nodes(network, node, mode="walk"), mode="walk", limit_s=0.0)
    assert reach.index.tolist() == node.tolist()
    assert (reach.cost == 0).all()


def test_arcs_for_others_hold_the_quickest_of_parallel_streets_and_no_loop(one):
    network = one.build()
    given = arcs(network, mode="walk")
    pairs = list(zip(given["tail"].tolist(), given["head"].tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert all(a != b for a, b in pairs)
    quickest = dict(zip(pairs, given["cost"].tolist(), strict=True))
    for edge, (u, v) in enumerate(zip(network.edge_u.tolist(), network.edge_v.tolist(), strict=True)):
        for pair, cost in (((u, v), network.cost["walk"][2 * edge]), ((v, u), network.cost["walk"][2 * edge + 1])):
            if cost >= 0 and u != v and not network.restricted["walk"][edge]:
                assert quickest[pair] <= cost


def test_a_time_is_the_best_and_the_median_of_the_runs_after_the_warm_up():
    ran = []
    timing, result = measure(lambda: ran.append(1) or len(ran), n_run=3)
    assert (timing.n_run, result) == (3, 4)
    assert 0 < timing.best_s <= timing.median_s


def test_a_different_answer_ends_the_part_before_its_time_is_kept(capsys):
    record = Recorder()
    with pytest.raises(DifferenceError, match="SciPy answers differently"):
        record.theirs("2 + 2", Timing(1.0, 1.0, 1), Timing(0.5, 0.5, 1), program="SciPy", is_same=False)
    assert record.rows == []
    record.theirs("2 + 2", Timing(1.0, 1.0, 1), Timing(0.5, 0.5, 1), program="SciPy", is_same=True)
    assert record.rows[0].ratio == 2.0
    assert "× 2.0" in capsys.readouterr().out


def test_memory_that_work_takes_is_counted_and_memory_it_finds_is_not():
    kept = np.ones(4_000_000)
    added, result = added_at_peak(lambda: np.ones(2_000_000).sum() + kept[0])
    assert result == 2_000_001
    assert 14e6 < added < 30e6


def test_processes_are_seen_to_share_mapped_arrays(tmp_path):
    path = tmp_path / "array.npy"
    np.save(path, np.arange(1_000_000))
    alone = np.load(path, mmap_mode="r")
    assert alone.sum() > 0
    before = shares(os.getpid())
    other = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import numpy; a = numpy.load({str(path)!r}, mmap_mode='r'); a.sum(); print(1); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout.readline() == "1\n"
        together = shares(os.getpid())
        other.stdin.write("\n")
        other.stdin.close()
    assert before["file_rss"] == together["file_rss"] >= 8_000_000
    assert before["file_pss"] == pytest.approx(8e6, rel=0.01)
    # Half of it is now the other's.
    assert together["file_pss"] == pytest.approx(before["file_pss"] / 2, rel=0.05)
