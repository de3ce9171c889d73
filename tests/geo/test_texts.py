"""Texts and codes as they may be kept."""

import pytest

from geo.errors import InputError
from geo.texts import is_clean, require_code, require_name, without_invisible


@pytest.mark.parametrize("code", ["", ".", "..", "x" * 101, "a\x07b", "a\u200bb"])
def test_a_code_that_cannot_stand_in_an_address_is_refused(code: str) -> None:
    with pytest.raises(InputError, match="cannot be used"):
        require_code(code)


@pytest.mark.parametrize("code", ["S1", "驿站-1", "...", ".x", "330111001"])
def test_other_codes_are_kept_as_they_are(code: str) -> None:
    assert require_code(code) == code


def test_a_name_of_a_hundred_thousand_characters_is_refused() -> None:
    with pytest.raises(InputError, match="100000 characters") as caught:
        require_name("名" * 100_000)
    assert len(str(caught.value)) < 200
    assert require_name("名" * 200)


def test_what_nobody_sees_is_taken_out_and_what_is_read_stays() -> None:
    odd = "\x00\x07\x1b\x7f\x85\u00ad\u200b\u200e\u202e\u2066\ufeff\ufffe\ud800"
    assert without_invisible(f"东洲{odd}驿站").replace(" ", "") == "东洲驿站"
    assert not is_clean(odd)
    for text in ("东洲 驿站\t1\n2", "Café №5 — “a”", "👨\u200d👩\u200d👧", "𠮷野家"):
        assert without_invisible(text) == text
