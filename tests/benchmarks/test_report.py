"""The page of figures: what was measured is renewed, all else stays."""

import pytest

from benchmarks.report import PAGE, PARTS, part_text, update_report
from benchmarks.rows import Part, Row, read_part, write_part

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


@pytest.mark.parametrize("name", PARTS)
def test_every_part_has_its_place_on_the_page_and_a_module(name):
    assert f"<!-- figures: {name} -->" in PAGE.read_text()
    assert PAGE.parents[1].joinpath("benchmarks", f"{name}.py").exists()
