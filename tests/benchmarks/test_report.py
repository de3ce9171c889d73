"""The page of figures: what was measured is renewed, all else stays."""

import pytest

from benchmarks.report import PAGE, PARTS, part_text, update_report
from benchmarks.rows import Figure, Part, Row, read_part, renew_part, write_part

FACTS = {
    "date": "2026-11-22", "commit": "abc1234", "processor": "Some CPU, 2 threads", "memory": "23 GB",
    "system": "Linux 6, Python 3.11", "versions": "numpy 2", "load": "0.1 when it began",
}  # fmt: skip


def make_part(name="searches"):
    rows = [
        Row("2 searches, a village (9 nodes)", "Fuchun, 2 threads", 0.002, 0.003, 7, values={"reached": 12_345}),
        Row("2 searches, a village (9 nodes)", "SciPy 1", 0.1, 0.2, 5, ratio=50.0, is_same=True),
        Row("2 searches, a town (99 nodes)", "Fuchun, 2 threads", 0.01, 0.01, 7),
    ]
    return Part(name, FACTS, rows, ["pandana is not here"])


def test_a_part_comes_back_from_its_file_as_it_was(tmp_path):
    part = make_part()
    write_part(part, folder=tmp_path)
    assert read_part("searches", folder=tmp_path) == part
    assert read_part("routes", folder=tmp_path) is None


def test_the_page_gets_the_measured_figures_and_keeps_its_words_and_the_parts_not_measured(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# Words\n<!-- figures: searches -->\nold\n<!-- end -->\n"
        "More words\n<!-- figures: routes -->\nkept\n<!-- end -->\n"
    )
    write_part(make_part(), folder=tmp_path)
    update_report(page=page, folder=tmp_path)
    text = page.read_text()
    assert text.startswith("# Words\n<!-- figures: searches -->\n**2 searches, a village")
    assert "old" not in text
    assert "| SciPy 1 | 100.0 ms | 200.0 ms | 50 | yes |" in text
    assert text.endswith("<!-- end -->\nMore words\n<!-- figures: routes -->\nkept\n<!-- end -->\n")
    # Renewing twice changes nothing.
    update_report(page=page, folder=tmp_path)
    assert page.read_text() == text


def test_a_part_says_what_was_left_out_and_where_and_when_it_was_measured():
    text = part_text(make_part())
    assert text.count("| best |") == 2
    assert "12,345 nodes reached" in text
    assert "- Left out: pandana is not here." in text
    for fact in FACTS.values():
        assert fact in text


def test_a_partial_run_renews_its_rows_in_place_and_says_so():
    before = make_part()
    again = Row("2 searches, a village (9 nodes)", "SciPy 1", 0.3, 0.3, 5, ratio=150.0, is_same=True)
    figure = Figure("Proofs", "a new one", {"gap": "0 %"})
    later = FACTS | {"date": "2026-12-24", "commit": "fff9999"}
    part = renew_part(before, Part("searches", later, [again], [], [figure]))
    assert [row.what for row in part.rows] == [row.what for row in before.rows]
    assert part.rows == [before.rows[0], again, before.rows[2]]
    assert (part.facts, part.figures) == (FACTS, [figure])
    text = part_text(part)
    assert "\n\n- Left out: pandana is not here." in text
    assert "- Measured again on 2026-12-24 at fff9999" in text
    assert text.count("a new one") == 2
    assert "2 searches, a village" in text.splitlines()[-3]
    assert renew_part(part, Part("searches", later, [again], [], [figure])).notes == part.notes


def test_figures_that_are_no_times_stand_in_a_table_of_their_own_columns(tmp_path):
    figures = [
        Figure("Asked at once, a village", "an empty answer", {"a second": "900"}),
        Figure("Asked at once, a village", "nearest", {"a second": "500", "target": "≥ 50 %: met"}),
        Figure("Asked in time, a village", "nearest", {"95 % wait": "3 ms"}),
    ]
    part = Part("throughput", FACTS, [], [], figures)
    write_part(part, folder=tmp_path)
    assert read_part("throughput", folder=tmp_path) == part
    text = part_text(part)
    assert "| | a second | target |\n|---|--:|--:|\n| an empty answer | 900 |  |" in text
    assert "| nearest | 500 | ≥ 50 %: met |" in text
    assert "**Asked in time, a village**\n\n| | 95 % wait |" in text


@pytest.mark.parametrize("name", PARTS)
def test_every_part_has_its_place_on_the_page_and_a_module(name):
    assert f"<!-- figures: {name} -->" in PAGE.read_text()
    assert PAGE.parents[1].joinpath("benchmarks", f"{name}.py").exists()


def test_growth_is_a_table_of_operations_by_size_and_a_picture(tmp_path):
    rows = [
        Row(f"{name} at {n}", "Fuchun", n / 1e6, n / 1e6, 1, values={"operation": name, "n_node": n, "memory": 9 * n})
        for n in (10_000, 1_000_000)
        for name in ("build", "open snapshot")
    ]
    shared = {"bytes": 5e8, "rss": 9e9, "pss": 8e8, "file_rss": 2e9, "file_pss": 5e8, "n_worker": 4}
    rows[-1].values.update(shared)
    write_part(Part("growth", FACTS, rows, []), folder=tmp_path)
    page = tmp_path / "page.md"
    page.write_text("<!-- figures: growth -->\n<!-- end -->\n")
    update_report(page=page, folder=tmp_path)
    text = page.read_text()
    assert "| | 10,000 nodes | 1,000,000 nodes |" in text
    # Less than a megabyte is not said.
    assert "| build | 10.0 ms | 1.00 s · 9 MB |" in text
    assert "4 workers" in text
    assert "see 500 MB of it each and hold 500 MB of it together" in text
    picture = (tmp_path / "benchmarks-growth.svg").read_text()
    assert picture.count("<svg") == 1
    update_report(page=page, folder=tmp_path)
    assert (tmp_path / "benchmarks-growth.svg").read_text() == picture
