"""Font file for maps in reports (matplotlib) and printed pages (fpdf2).

Both embed a subset of the file they are given and ask no system for a substitute, so what is printed does not depend
on where it was made. Tried with both: WenQuanYi Micro Hei is TrueType, its first face has the mainland's forms and is
embedded as it is; Noto Sans CJK is OpenType/CFF in a collection whose first face has Japanese forms (直, 骨), so the
third is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import InputError, NotReadyError

FONT_PACKAGE = "fonts-wqy-microhei"
"""Debian's name of the font to install."""


@dataclass(frozen=True)
class Font:
    """A font file with Chinese, and which face of a collection to take (0 in a file of one)."""

    path: Path
    face: int = 0


KNOWN = (
    Font(Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")),
    Font(Path("/usr/share/fonts/wqy-microhei/wqy-microhei.ttc")),
    Font(Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"), 2),
    Font(Path("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc"), 2),
)
"""Where Debian and Fedora put fonts that both libraries embed, the best first."""


def find_font(environ: Mapping[str, str]) -> Font:
    """Return the font to print with.

    Parameters
    ----------
    environ : mapping
        ``FUCHUN_FONT``: a ``.ttf``, ``.otf`` or ``.ttc`` file; ``FILE#2`` takes the third face of a collection.
        Not set: the first of `KNOWN` that this machine has.

    Raises
    ------
    InputError
        ``FUCHUN_FONT`` names no such file.
    NotReadyError
        Nothing is set and nothing known is installed.
    """
    if given := environ.get("FUCHUN_FONT"):
        name, _, face = given.partition("#")
        path = Path(name)
        if not path.is_file() or not (face or "0").isdecimal():
            raise InputError("FUCHUN_FONT={value}: there is no such font file", value=given)
        return Font(path, int(face or 0))
    for font in KNOWN:
        if font.path.is_file():
            return font
    raise NotReadyError(
        "no font with Chinese for print was found; install the package {package} or name a font file with FUCHUN_FONT",
        package=FONT_PACKAGE,
    )


def plot_font(font: Font, **options: Any) -> Any:
    """Return `font` as matplotlib takes it, a ``FontProperties``; `options` such as ``size``."""
    from matplotlib.font_manager import FontPath, FontProperties

    return FontProperties(fname=FontPath(str(font.path), font.face), **options)
