"""What a phone's browser is given: a position, the wish to save data; and waiting until its map is drawn."""

from playwright.sync_api import Page

POSITION = {"latitude": 60.17103, "longitude": 24.94137}

DIGITS = ("60.17103", "24.94137")

SAVES_DATA = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"
"""Who saves data has the server answer; test_device has the phone answer."""


def drawn(page):
    """Wait until the map is complete."""
    page.wait_for_selector("#map[data-drawn]")
    page.wait_for_timeout(700)  # a movement of the map takes 600 ms
    return page


def begin_to_use(page: Page) -> None:
    """Press a key once the scripts of a page listen: a phone draws the map of a text when somebody uses the page."""
    page.wait_for_load_state("load")
    page.keyboard.press("Shift")


def unfold(page):
    """Open the choices, which fold into one line from a start on."""
    page.locator(".controls:not([open]) > summary").click()
    return page


def allow_position(**options):
    return {"geolocation": POSITION, "permissions": ["geolocation"], **options}
