"""Everything that people read is there in Chinese, and nothing else is."""

import re
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from flask import Flask
from flask_babel import get_locale

from geo.coverage.demand import HOTSPOTS
from geo.coverage.gaps import CAUSES
from geo.db.ledger_states import GAP_STATES
from geo.db.planner_tables import DEMAND_LAYERS, TOTAL_KINDS
from geo.db.tables import FUNCTION_KINDS, PLACE_STATES, SERVICES
from tests.webmap.conftest import ROOT
from webmap import catalogue
from webmap.web.i18n import LOCALES
from webmap.words import labels


@pytest.fixture(scope="module")
def asked() -> Catalog:
    return catalogue.extract()


@pytest.fixture(scope="module")
def held() -> Catalog:
    return catalogue.read()


def messages(found: Catalog) -> list[Message]:
    return [message for message in found if message.id]


def texts(of: str | tuple[str, ...]) -> list[str]:
    """Return the forms of a message: one, or one for each number."""
    return [of] if isinstance(of, str) else list(of)


def fields(text: str) -> list[str]:
    """Return the fields of a text, ``{name}`` and ``%(name)s``, in order of name."""
    braces = [name for _, name, _, _ in string.Formatter().parse(text) if name] if "{" in text else []
    return sorted(braces + re.findall(r"%\(\w+\)[a-z]", text))


def test_every_message_has_its_chinese(asked: Catalog, held: Catalog) -> None:
    lacking = [m.id for m in messages(asked) if not ((found := held.get(m.id)) and all(texts(found.string)))]
    assert lacking == [], "run python -m webmap.catalogue and translate what is empty"


def test_nothing_is_fuzzy_or_left_over(asked: Catalog, held: Catalog) -> None:
    assert [m.id for m in messages(held) if m.fuzzy] == []
    assert [m.id for m in messages(held) if asked.get(m.id) is None] == []
    assert dict(held.obsolete) == {}


def test_the_chinese_fills_in_the_same_fields(held: Catalog) -> None:
    assert [m.id for m in messages(held) for text in texts(m.string) if fields(texts(m.id)[-1]) != fields(text)] == []


def test_the_catalogue_compiles(held: Catalog) -> None:
    """Babel takes ``{share}% of`` for a %-format and refuses any translation: write the sign into the value."""
    assert [(m.id, [str(e) for e in errors]) for m, errors in held.check()] == []


def test_the_chinese_is_chinese(held: Catalog) -> None:
    """A forgotten English word would stand there as its own translation."""
    latin = [m.id for m in messages(held) if not all(re.search(r"[一-鿿、]", text) for text in texts(m.string))]
    assert set(latin) <= {"Wi-Fi", "on_arrival"}


def test_renewing_twice_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "messages.po"
    copy.write_bytes(catalogue.CATALOGUE.read_bytes())
    monkeypatch.setattr(catalogue, "CATALOGUE", copy)
    catalogue.renew()
    once = copy.read_bytes()
    catalogue.renew()
    assert copy.read_bytes() == once
    assert once == (ROOT / "webmap/translations/zh/LC_MESSAGES/messages.po").read_bytes()


def test_every_code_of_the_store_has_a_word() -> None:
    assert set(labels.KINDS) == set(FUNCTION_KINDS)
    assert set(labels.SERVICES) == set(SERVICES)
    assert set(labels.PLACE_STATES) == set(PLACE_STATES)
    assert set(labels.DEMAND_LAYERS) == {*DEMAND_LAYERS, HOTSPOTS}
    assert set(labels.GAP_STATES) == set(GAP_STATES)
    assert set(labels.CAUSES) == set(CAUSES)
    assert set(labels.TOTAL_KINDS) == set(TOTAL_KINDS)


@pytest.mark.parametrize(
    ("query", "header", "locale"),
    [
        ("", "", "zh"),
        ("", "zh-TW,zh;q=0.8,en;q=0.5", "zh"),
        ("", "en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("", "de,fr", "zh"),
        ("", "*", "zh"),
        ("?lang=en", "zh-CN", "en"),
        ("?lang=zh", "en", "zh"),
        ("?lang=xx", "en", "en"),
    ],
)
def test_the_address_decides_the_language_then_the_browser_then_chinese(
    app: Flask, query: str, header: str, locale: str
) -> None:
    with app.test_request_context(f"/{query}", headers={"Accept-Language": header}):
        assert str(get_locale()) == LOCALES[locale]
