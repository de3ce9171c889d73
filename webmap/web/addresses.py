"""Public addresses of the site and its stations, for posters, QR codes and files."""

from urllib.parse import quote, urlencode

from flask import request

from webmap.logic.district_state import DistrictState
from webmap.web.context import config, shown_districts
from webmap.web.pages import COUNTED


def site_address() -> str:
    """Return where everybody reaches the site: as configured, else as this request did."""
    return config().public_url or request.url_root.rstrip("/")


def station_address(state: DistrictState, code: str, *, is_scanned: bool = False) -> str:
    """Return the public address of a station's page; it names the district where there is a choice.

    `is_scanned`: it stands in a QR code, and whoever opens the page by it is counted (`webmap.web.usage`).
    """
    asked = {"district": state.district.code} if len(shown_districts()) > 1 else {}
    if is_scanned:
        asked[COUNTED] = "1"
    query = f"?{urlencode(asked)}" if asked else ""
    return f"{site_address()}/s/{quote(code, safe='')}{query}"


def candidate_photo_address(state: DistrictState, code: str) -> str:
    """Return where staff see the photo of a candidate site."""
    return (
        f"{site_address()}/plan/sites/candidates/{quote(code, safe='')}/photo.jpg?district={quote(state.district.code)}"
    )
