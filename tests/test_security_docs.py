"""The page on security: every requirement of ASVS 5.0 level 1 stands there, with tests that are there."""

import ast
import contextlib
import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from webmap.accounts import throttle
from webmap.accounts.passwords import MAX_LENGTH, MIN_LENGTH, common_passwords
from webmap.accounts.sessions import LIFETIME
from webmap.accounts.setup import INITIAL
from webmap.web.access import ROLES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
_LEVEL_1 = """
1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.5.1
2.1.1 2.2.1 2.2.2 2.3.1
3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 3.5.2 3.5.3
4.1.1 4.4.1
5.2.1 5.2.2 5.3.1 5.3.2
6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2
7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2
8.1.1 8.2.1 8.2.2 8.3.1
9.1.1 9.1.2 9.1.3 9.2.1
10.4.1 10.4.2 10.4.3 10.4.4 10.4.5
11.3.1 11.3.2 11.4.1
12.1.1 12.2.1 12.2.2
13.4.1
14.2.1 14.3.1
15.1.1 15.2.1 15.3.1
"""
LEVEL_1 = _LEVEL_1.split()
"""The requirements of level 1 in version 5.0.0, by id."""


def test_every_requirement_of_level_1_stands_on_the_page_once() -> None:
    assert len(LEVEL_1) == 70
    assert re.findall(r"^\| (\d+\.\d+\.\d+) \|", PAGE, re.MULTILINE) == LEVEL_1


def test_every_test_that_the_page_names_is_there() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| \d", line)]
    for row in rows:
        named = re.findall(r"`(tests/[^`]+)::(\w+)`", row)
        assert named, row
        for file, name in named:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert name in functions, f"{file}::{name}"


def test_the_numbers_on_the_page_are_those_of_the_program() -> None:
    for number in (
        f"has {MIN_LENGTH} to {MAX_LENGTH} characters",
        f"The {len(common_passwords()):,} most common ones",
        f"may fail {throttle.MAX_PER_ACCOUNT} times for one\naccount and {throttle.MAX_PER_ADDRESS} times in all",
        f"good for {INITIAL.days} days",
        f"lasts {LIFETIME.total_seconds() / 3600:g} hours",
    ):
        assert number in PAGE, number
    assert throttle.PERIOD_MIN == 15


def test_the_roles_on_the_page_are_those_of_the_program() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == set(ROLES)


def test_the_proxies_on_the_page_speak_present_tls() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert "TLS 1.2 and 1.3" in page
    assert not re.search(r"SSLv|TLSv1(\.[01])?[ ;]", page)


def test_no_image_holds_the_repository() -> None:
    assert ".git" in (ROOT / ".dockerignore").read_text(encoding="utf-8").split()


def test_dependencies_are_checked_by_the_documented_command() -> None:
    script = ROOT / "scripts" / "audit.sh"
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    text = script.read_text(encoding="utf-8")
    assert "pip-licenses" in text
    assert "pip-audit" in text
    assert "npm audit" in text
    assert "scripts/audit.sh" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "make audit" in PAGE


def test_an_entity_of_a_workbook_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("leaked")
    plain, hostile = tmp_path / "plain.xlsx", tmp_path / "hostile.xlsx"
    book = Workbook()
    book.active.append(["value"])
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(hostile, "w") as target:
        for name in source.namelist():
            content = source.read(name).decode()
            if name.endswith("sheet1.xml"):
                content = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>' + re.sub(r"^<\?xml[^>]*>", "", content)
                content = re.sub(r"<c [^>]*>.*?</c>", '<c r="A1" t="inlineStr"><is><t>&e;</t></is></c>', content)
            target.writestr(name, content)
    found = ""
    with contextlib.suppress(Exception):  # whether it is refused or read without the entity
        found = str(list(load_workbook(hostile, read_only=True).active.iter_rows(values_only=True)))
    assert "leaked" not in found


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_its_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for block in re.split(r"\n(?=\S)", text):
        if "==" in block.splitlines()[0]:
            assert "--hash=sha256:" in block, block.splitlines()[0]
