"""The version that a sent form names."""

import pytest
from flask import Flask

from webmap.manage.versioned_form import sent_version


@pytest.mark.parametrize(
    ("text", "version"), [("7", 7), ("", 0), ("-1", 0), ("1.0", 0), ("七", 0), ("²", 0), ("9" * 5000, 0)]
)
def test_what_is_no_version_is_the_version_of_nothing(app: Flask, text: str, version: int) -> None:
    with app.test_request_context("/", method="POST", data={"version": text}):
        assert sent_version() == version
