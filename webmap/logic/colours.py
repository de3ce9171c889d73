"""Colours of the light theme for reports, posters, pictures and the install manifest.

They are the colour variables of ``static/css/web/app.css``; ``tests/webmap/test_colours.py`` compares them.
"""

INK = "#1F2933"
GREY = "#616D7A"
PAPER = "#FAFAF7"
WARN_PAPER = "#FDF4E0"
LINE = "#E3E5E8"
WATER = "#D6E4EC"
RED = "#C8102E"
OPEN = "#1B7F4B"
CLOSING = "#946010"
CLOSED = "#616D7A"
UNKNOWN = "#5B6ABF"
GAPS = ("#F3DFC1", "#DDB27A", "#B0763A", "#6E4013")
"""The classes of the gap map (``--gap-0`` …), from well covered to missed."""


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue of ``#RRGGBB``.

    >>> rgb("#C8102E")
    (200, 16, 46)
    """
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue
