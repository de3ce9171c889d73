"""axe-core finds nothing on any page, in any theme and size: names, roles, contrast, order of headings, targets."""

import pytest

from tests.browser.axe_core import RUN, THEMES, show_whole
from tests.browser.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser

PAGES = {
    "list": "/",
    "landmark": "/?landmark={landmark}",
    "route": "/?landmark={landmark}&to={station}",
    "no match": "/?service=shower",
    "plan": "/plan",
    "tours": "/tours",
    "benefits": "/benefits",
    "activities": "/activities",
    "login": "/login",
    "not found": "/nothing-here",
}


@pytest.mark.parametrize("look", ["", "text=large", pytest.param("lang=en", marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_in_either_theme(open_page, axe, some_codes, name, look):
    path = PAGES[name].format(**some_codes)
    path += ("&" if "?" in path else "?") + look if look else ""
    size = DESKTOP if name in ("plan", "tours") else PHONE
    page = open_page(path, size=size, expect_error="404")
    page.wait_for_load_state("load")
    if size == PHONE:
        show_whole(page)
    page.evaluate(axe)
    for theme, rules in THEMES:
        page.emulate_media(color_scheme=theme)
        assert page.evaluate(RUN, rules) == [], theme
