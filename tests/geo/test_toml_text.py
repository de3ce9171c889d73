"""A text that is not TOML is refused with its line, in words that are translated whole."""

import pytest

from geo.errors import InputError
from geo.toml_text import read_toml


@pytest.mark.parametrize(("text", "line"), [("a = 1\nb =\n", 2), ("a = [\n1,\n", 3), ('a = 1\na = "\n"', 2)])
def test_the_line_is_named_and_no_words_of_python_are_in_the_sentence(text, line):
    with pytest.raises(InputError) as raised:
        read_toml(text, file="rules.toml")
    assert str(raised.value) == f"rules.toml, line {line}: is not TOML"
