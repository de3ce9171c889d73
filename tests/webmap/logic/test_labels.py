"""Every code has one label, and the command line says what the page says."""

import pytest

from geo.coverage.gaps import CAUSES
from geo.hours import OpenState
from geo.network.modes import ALL_MODES
from webmap.cli.console import count_text, label
from webmap.logic import labels


def test_every_code_has_a_label():
    assert set(labels.MODES) == set(ALL_MODES)
    assert set(labels.CAUSES) == set(CAUSES)
    assert set(labels.OPEN_STATES) == {state.value for state in OpenState}


@pytest.mark.parametrize(("lang", "said"), [("en", "closed at that hour"), ("zh", "那时关门")])
def test_the_command_line_uses_the_labels_of_the_page(monkeypatch: pytest.MonkeyPatch, translations, lang, said):
    monkeypatch.setenv("FUCHUN_LANG", lang)
    assert label(labels.CAUSES, "closed") == said


def test_a_count_is_named_by_its_unit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FUCHUN_LANG", "en")
    assert count_text(1234.4, "buildings") == "1,234 buildings"
