"""Scripts of browsers keep their state in objects: no module has a variable of its own that changes."""

import re
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[3] / "webmap" / "static" / "js"
CHANGING = re.compile(
    r"^(?:export )?(?:let |var |const \w+ = new (?:Map|Set|WeakMap|WeakSet)\b|const \w+ = \[\];)", re.MULTILINE
)


@pytest.mark.parametrize("path", sorted(SCRIPTS.rglob("*.js")), ids=lambda path: str(path.relative_to(SCRIPTS)))
def test_a_module_has_no_state_of_its_own(path: Path) -> None:
    assert not CHANGING.findall(path.read_text()), "put it into a class with load() and unload()"


def test_the_check_finds_state() -> None:
    for line in ("let view = null;", "const kept = new WeakMap(); // by point", "export let now;", "const found = [];"):
        assert CHANGING.search(f"import a from b;\n{line}\n"), line
