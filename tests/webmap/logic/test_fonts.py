"""The font for print: found or named, and both libraries that print embed the very file with mainland forms."""

import re
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from fpdf import FPDF
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from geo.errors import InputError, NotReadyError
from webmap.logic import fonts
from webmap.logic.fonts import KNOWN, Font, find_font, plot_font

WORDS = "富春驿图：渌渚镇（示意数据）2,345 人，78%"
INSTALLED = [font for font in KNOWN if font.path.is_file()]


@pytest.mark.parametrize("font", INSTALLED, ids=lambda font: font.path.stem)
def test_a_known_font_has_every_sign_and_is_embedded_in_pages(font: Font) -> None:
    signs = TTFont(font.path, fontNumber=font.face).getBestCmap()
    assert {ord(sign) for sign in WORDS} <= set(signs)
    pages = FPDF()
    pages.add_font("print", fname=font.path, collection_font_number=font.face)
    pages.set_font("print")
    pages.add_page()
    pages.cell(text=WORDS)
    written = bytes(pages.output())
    assert re.search(rb"/FontFile[23] ", written), "the outlines stand in the file"
    family = TTFont(font.path, fontNumber=font.face)["name"].getDebugName(1).replace(" ", "")
    assert re.search(rb"/FontName /[A-Z]+\+" + family.encode(), written), "of this very face"


@pytest.mark.parametrize("font", INSTALLED, ids=lambda font: font.path.stem)
def test_a_known_font_draws_every_sign_on_a_map(font: Font) -> None:
    # A sign that the font lacks is a warning of matplotlib, and warnings are errors here.
    figure = Figure(figsize=(4, 1), dpi=50)
    canvas = FigureCanvasAgg(figure)
    figure.text(0, 0.5, WORDS, fontproperties=plot_font(font, size=14))
    canvas.draw()
    assert np.asarray(canvas.buffer_rgba())[..., :3].min() < 128, "something is drawn"


def test_a_collection_whose_first_face_is_japanese_is_read_at_its_chinese_face() -> None:
    noto = next((font for font in INSTALLED if font.path.name.startswith("NotoSansCJK")), None)
    if noto is None:
        pytest.skip("Noto Sans CJK is not installed")
    assert TTFont(noto.path, fontNumber=noto.face)["name"].getDebugName(1) == "Noto Sans CJK SC"


def test_a_named_font_wins_with_its_face(tmp_path: Path) -> None:
    file = tmp_path / "own.ttc"
    file.touch()
    assert find_font({"FUCHUN_FONT": str(file)}) == Font(file, 0)
    assert find_font({"FUCHUN_FONT": f"{file}#3"}) == Font(file, 3)


@pytest.mark.parametrize("value", ["/no/such/font.ttf", "#2", "{file}#x"])
def test_a_font_that_is_not_there_is_named(tmp_path: Path, value: str) -> None:
    file = tmp_path / "own.ttc"
    file.touch()
    with pytest.raises(InputError, match="FUCHUN_FONT="):
        find_font({"FUCHUN_FONT": value.replace("{file}", str(file))})


def test_a_machine_without_fonts_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "KNOWN", ())
    with pytest.raises(NotReadyError, match="fonts-wqy-microhei"):
        find_font({})
