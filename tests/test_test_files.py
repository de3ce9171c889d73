"""Test files import nothing of each other: what several of them need is in a module named for what it holds."""

import ast
from pathlib import Path

TESTS = Path(__file__).parent


def imports_of_test_files(source: str) -> list[str]:
    """Return the test modules that a module imports or imports from."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return [name for name in found if any(part.startswith("test_") for part in name.split("."))]


def test_no_module_imports_a_test_file() -> None:
    found = {str(path): imports_of_test_files(path.read_text()) for path in sorted(TESTS.rglob("*.py"))}
    assert {path: names for path, names in found.items() if names} == {}, "move it to a helper module or a conftest"


def test_every_form_of_import_is_found() -> None:
    for line in (
        "from tests.geo.test_crs import A",
        "import tests.geo.test_crs as t",
        "from tests.geo import test_crs",
    ):
        assert imports_of_test_files(line), line
