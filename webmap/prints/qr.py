"""QR codes of station addresses."""

from io import BytesIO

import segno

BORDER = 4
"""Modules of white around a code, as ISO/IEC 18004 asks for."""


def make_code(text: str) -> segno.QRCode:
    """Return the QR code of a text; a sixth of it may be damaged (level M), as paper at a door will be."""
    return segno.make_qr(text, error="m")


def code_svg(text: str) -> bytes:
    """Return a QR code as an SVG picture: black on white in either theme, for cameras read it so."""
    svg = BytesIO()
    make_code(text).save(svg, kind="svg", border=BORDER, dark="#000", light="#fff", scale=4, nl=False)
    return svg.getvalue()
