"""Public addresses of the site and its stations, for posters, QR codes and files."""

from urllib.parse import quote, urlencode

from flask import request

from webmap.logic.district_state import DistrictState
from webmap.web.context import config, shown_districts


def site_address() -> str:
    """Return where everybody reaches the site: as configured, else as this request did."""
    return config().public_url or request.url_root.rstrip("/")


def station_address(state: DistrictState, code: str) -> str:
    """Return the public address of a station's page; it names the district where there is a choice."""
    query = f"?{urlencode({'district': state.district.code})}" if len(shown_districts()) > 1 else ""
    return f"{site_address()}/s/{quote(code, safe='')}{query}"
