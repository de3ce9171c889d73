"""Names of files that are saved: any signs, in headers that have Latin-1 only."""

import re
from urllib.parse import unquote

import pytest
from flask import Response

from webmap.web.downloads import name_download


@pytest.mark.parametrize("name", ["示意 谷区：选址建议.docx", "Čapek.xlsx", "a 100% é;b=c.pdf"])
def test_a_name_of_any_signs_goes_into_a_header_of_latin_1(name: str) -> None:
    sent = name_download(Response(b""), name).headers["Content-Disposition"]
    found = re.search(r"; filename\*=UTF-8''([^;]+)", sent.encode("latin-1").decode("ascii"))
    assert found
    assert unquote(found[1]) == name


@pytest.mark.parametrize(("name", "plain"), [("谷区.docx", "file.docx"), ("chapter.docx", "chapter.docx")])
def test_old_programs_read_a_name_of_ascii_with_its_ending(name: str, plain: str) -> None:
    assert f"; filename={plain}" in name_download(Response(b""), name).headers["Content-Disposition"]
