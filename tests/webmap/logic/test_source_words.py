"""Remarks that the program itself writes about sources."""

import re

from tests.webmap.conftest import ROOT
from webmap.logic.source_words import WRITTEN


def test_what_the_loaders_remark_of_a_source_is_known_in_both_languages() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "loaders").rglob("*.py"))
    remarks = set(re.findall(r'(?:accuracy|note)="([^"©{]+)"', texts))
    assert len(remarks) >= 5
    assert remarks <= set(WRITTEN)
