"""Draw the icons of the installed page from ``webmap/static/icons/mark.svg``; run it after a change of the mark."""

import xml.etree.ElementTree as ET
from pathlib import Path

from PIL import Image, ImageDraw

ICONS = Path(__file__).parent.parent / "webmap" / "static" / "icons"
FINE = 8
"""Drawn this many times larger and then made small, for smooth edges."""

DRAWN = {
    # name: side in pixels, ground, part of the side that the mark takes
    "icon-192.png": (192, None, 1.0),
    "icon-512.png": (512, None, 1.0),
    # A system cuts a maskable icon to its own shape, but never into the middle four fifths.
    "icon-maskable-512.png": (512, "#FFFFFF", 0.66),
    "apple-touch-icon.png": (180, "#FFFFFF", 0.8),
}


def draw_mark(side: int, ground: str | None, part: float) -> Image.Image:
    """Return the mark as a picture; `ground` None: transparent."""
    circle = ET.parse(ICONS / "mark.svg").getroot()[0].attrib
    radius, stroke = float(circle["r"]), float(circle["stroke-width"])
    large = side * FINE
    picture = Image.new("RGBA", (large, large), ground or (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    for length, colour in ((radius + stroke / 2, circle["stroke"]), (radius - stroke / 2, circle["fill"])):
        half = length / 32 * large * part
        middle = large / 2
        pen.ellipse([middle - half, middle - half, middle + half, middle + half], fill=colour)
    return picture.resize((side, side), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    for name, (side, ground, part) in DRAWN.items():
        draw_mark(side, ground, part).quantize(64, method=Image.Quantize.FASTOCTREE).save(ICONS / name, optimize=True)
