"""The first page's script and styles in one piece: what the modules do, fetched at once."""

import base64
import hashlib
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.node import run_node
from webmap.offline.install import shell_names
from webmap.web.bundles import FIRST_MODULES, FIRST_SCRIPT, FOLDER, first_styles, join_modules, join_styles


def joined(files: dict[str, str], entry: str = "a/main.js", **options: object) -> str:
    return join_modules(files.__getitem__, [entry], "a/all.js", **options)


def test_joined_modules_do_what_they_do_apart() -> None:
    files = {
        "a/main.js": (
            '// A note.\nimport { twice, Box } from "../b/two.js";\nimport { one } from "./one.js";\n'
            "const hidden = 1;\nglobalThis.said = [twice(one) + hidden, new Box().size];\n"
        ),
        "a/one.js": "/** One. */\nexport const one = 20;\nconst hidden = 300;\n",
        "b/two.js": (
            'import { one } from "../a/one.js";\nconst hidden = 2;\n'
            "export class Box {\n  size = one;\n}\nexport function twice(n) {\n  return hidden * n;\n}\n"
        ),
    }
    text = joined(files)
    assert run_node("module_text.mjs", text) == [41, 20]
    assert "import " not in text
    assert "A note" not in text


def test_what_is_fetched_later_is_found_from_where_the_script_lies() -> None:
    files = {
        "a/main.js": 'import { later } from "../b/deep/two.js";\nlater();\n',
        "b/deep/two.js": (
            'const AT = new URL("./", import.meta.url);\n'
            'export const later = () => import("../three.js").then(() => AT);\n'
        ),
    }
    text = joined(files)
    assert 'import("../b/three.js")' in text
    assert 'new URL("../b/deep/", import.meta.url)' in text


def test_a_module_that_others_share_is_imported_from_where_it_is() -> None:
    files = {
        "a/main.js": 'import { kept } from "../web/shared.js";\nimport "./x.js";\nkept();\n',
        "a/x.js": 'import { OLD } from "../web/shared.js";\nOLD;\n',
    }
    text = joined(files, apart=["web/shared.js"])
    assert text.startswith('import { OLD, kept } from "../web/shared.js";\n')
    assert text.count("import ") == 1


@pytest.mark.parametrize(
    "body", ['import * as all from "./b.js";\n', "export default 1;\n", "export let n = 1;\n", "export { n };\n"]
)
def test_what_it_does_not_understand_it_refuses(body: str) -> None:
    with pytest.raises(ValueError, match=r"a/main\.js"):
        joined({"a/main.js": body})


def test_a_name_that_two_modules_export_is_refused() -> None:
    files = {"a/main.js": 'import { n } from "./b.js";\nexport const n = 1;\n', "a/b.js": "export const n = 2;\n"}
    with pytest.raises(ValueError, match="both export n"):
        joined(files)


def test_styles_are_joined_without_notes() -> None:
    files = {
        "a.css": "/* x */\na > b {\n  margin: calc(1px + 2px) 0;\n}\n",
        "b.css": "@media (a) {\n  c {\n    d: e;\n  }\n}\n",
    }
    assert join_styles(files.__getitem__, ["a.css", "b.css"]) == "a > b{margin: calc(1px + 2px) 0}@media (a){c{d: e}}"


def test_every_later_module_of_the_first_page_is_there(app: Flask) -> None:
    files = app.extensions["fuchun_assets"]
    names = shell_names(files)
    assert FIRST_SCRIPT in names
    assert {"js/offline/keep.js", "js/rider/route.js", "js/rider/startsearch.js", "js/map/map.js"} <= set(names)
    assert all(files.find(name) for name in names)


@pytest.mark.usefixtures("sample_place")
def test_the_first_page_asks_for_no_styles_and_for_two_scripts(client: FlaskClient) -> None:
    answer = client.get("/")
    page = answer.text
    styles = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert styles
    digest = base64.b64encode(hashlib.sha256(styles[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert styles[1] == first_styles()
    assert 'rel="stylesheet"' not in page
    scripts = re.findall(r'(?:src|href)="[^"]*/(js/[^"]+)"', page)
    assert set(scripts) == {FIRST_SCRIPT, "js/web/install.js"}
    assert all((FOLDER / name).is_file() for name in FIRST_MODULES)
