"""The address that a station is known by outside this site, and its QR code."""

from io import BytesIO
from urllib.parse import quote, urlencode

import segno
from flask import current_app, request

from webmap.logic.config import Config
from webmap.logic.live import DistrictState
from webmap.web.pages import live

BORDER = 4
"""Modules of white around a code, as ISO/IEC 18004 asks for."""


def site_address() -> str:
    """Return where everybody reaches the site: as configured, else as this request did."""
    config: Config = current_app.extensions["fuchun_config"]
    return config.public_url or request.url_root.rstrip("/")


def station_address(state: DistrictState, code: str) -> str:
    """Return the public address of a station's page; it names the district where there is a choice."""
    query = f"?{urlencode({'district': state.district.code})}" if len(live().districts()) > 1 else ""
    return f"{site_address()}/s/{quote(code, safe='')}{query}"


def make_code(text: str) -> segno.QRCode:
    """Return the QR code of a text; a sixth of it may be damaged (level M), as paper at a door will be."""
    return segno.make_qr(text, error="m")


def code_svg(text: str) -> bytes:
    """Return a QR code as an SVG picture: black on white in either theme, for cameras read it so."""
    svg = BytesIO()
    make_code(text).save(svg, kind="svg", border=BORDER, dark="#000", light="#fff", scale=4, nl=False)
    return svg.getvalue()
