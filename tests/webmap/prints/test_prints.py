"""Pictures and posters: what stands on them, that their codes can be read, and that a sample's say so."""

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import unquote

import pytest
from PIL import Image, ImageFont
from sqlalchemy import text

from geo.db.session import writing
from geo.errors import NotReadyError
from tests.webmap.valley import CODE, valley_app
from webmap.logic.cache import Cache
from webmap.logic.fonts import KNOWN
from webmap.prints import picture as pictures
from webmap.prints import poster as posters
from webmap.prints.line_breaking import break_lines, fit_lines
from webmap.prints.poster import icon_svg
from webmap.prints.poster_text import neighbours, posted_words, sign_of
from webmap.prints.qr import BORDER, make_code
from webmap.prints.views import print_font

pytestmark = pytest.mark.skipif(
    not any(font.path.is_file() for font in KNOWN), reason="no font for print is installed; make test installs it"
)
URL = "http://localhost/s/S1"
CODE_URL = f"{URL}?qr=1"


@pytest.fixture(scope="module")
def valley(make_database, tmp_path_factory, translations):
    with valley_app(make_database, tmp_path_factory.mktemp("valley")) as app:
        app.testing = True
        yield app


@pytest.fixture(scope="module")
def real_valley(make_database, tmp_path_factory, translations):
    with valley_app(make_database, tmp_path_factory.mktemp("real"), status="real") as app:
        app.testing = True
        yield app


def get(app, path, language="zh-CN"):
    return app.test_client().get(path, headers={"Accept-Language": language})


def tool(name):
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} (poppler-utils) is not installed")
    return path


def text_of(pdf: bytes) -> str:
    return subprocess.run(
        [tool("pdftotext"), "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


def page_of(pdf: bytes, *, page: int = 1, dpi: int = 150) -> Image.Image:
    command = [tool("pdftoppm"), "-r", str(dpi), "-f", str(page), "-l", str(page), "-png", "-"]
    return Image.open(BytesIO(subprocess.run(command, input=pdf, capture_output=True, check=True).stdout)).convert("L")


def modules_in(image: Image.Image, left: float, top: float, side: float, url: str) -> list[list[bool]]:
    """Return the modules of the code in a square of a picture, each read at its middle, as a camera would."""
    size = len(make_code(url).matrix) + 2 * BORDER
    step = side / size
    grey = image.convert("L")
    inside = range(BORDER, size - BORDER)
    return [
        [grey.getpixel((int(left + (column + 0.5) * step), int(top + (row + 0.5) * step))) < 128 for column in inside]
        for row in inside
    ]


def expected_modules(url: str) -> list[list[bool]]:
    return [[bool(module) for module in line] for line in make_code(url).matrix]


# ---- The picture ----


def test_the_picture_carries_a_code_that_leads_to_the_station(valley):
    answer = get(valley, "/s/S1/picture.png")
    assert answer.mimetype == "image/png"
    image = Image.open(BytesIO(answer.data))
    assert image.size == (pictures.WIDTH, pictures.HEIGHT)
    size = len(make_code(URL).matrix) + 2 * BORDER
    side = pictures.CODE_SIDE // size * size
    assert modules_in(image, *pictures.CODE_AT, side, URL) == expected_modules(URL)


def amber_in(app):
    image = Image.open(BytesIO(get(app, "/s/S1/picture.png").data)).convert("RGB")
    return sum(1 for r, g, b in image.get_flattened_data() if r > 240 and 235 < g < 250 and 210 < b < 235)


def test_a_sample_is_called_so_inside_the_picture_and_in_its_name(valley, real_valley):
    assert amber_in(valley) > 50_000
    assert amber_in(real_valley) == 0
    named = [unquote(get(app, "/s/S1/picture.png").headers["Content-Disposition"]) for app in (valley, real_valley)]
    assert "示意_West station.png" in named[0]
    assert "示意" not in named[1]


@pytest.mark.parametrize(
    "words", ["手机充电、饮水、卫生间、24 小时、Wi-Fi、电动车充电", "Mon–Fri 08:30–17:30; weekends closed", "x" * 90]
)
def test_lines_are_no_wider_than_their_room_and_lose_no_sign(words):
    font = ImageFont.truetype(str(next(f for f in KNOWN if f.path.is_file()).path), 36)
    lines = list(break_lines(words, font.getlength, 300))
    assert len(lines) > 1
    # A full stop may hang over the edge rather than begin a line.
    assert all(font.getlength(line) <= 300 + font.getlength("、") for line in lines)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert not any(line[0] in "、，；;" for line in lines)
    [*_, last] = fit_lines(words, font.getlength, 300, lines=1)
    assert last.endswith("…")
    assert font.getlength(last) <= 300


# ---- What signs say ----


def test_the_nearest_others_of_a_sign_do_not_depend_on_the_hour(valley):
    state = valley.extensions["fuchun_live"].state(CODE)
    with valley.test_request_context("/?lang=en"):
        place = state.place_by_code["S1"]
        night = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
        noon = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
        signs = [sign_of(state, place, now=now) for now in (night, noon)]
        assert signs[0].neighbours == signs[1].neighbours
        [east] = neighbours(state, place, kind="rest_station")
        # Three pieces of road, 965 m each, at 15 km/h.
        assert (east.name, east.travel) == ("East station", f"{round(3 * 965 / (15 / 3.6) / 60)} min by e-bike")


def test_bare_times_hold_every_day_and_a_sign_says_so(valley):
    with valley.test_request_context("/?lang=zh"):
        assert posted_words("08:00-21:00", None) == "每天 08:00–21:00"
        assert posted_words("Mo-Fr 08:00-17:00", None) == "周一至周五 08:00–17:00"
        assert posted_words("24/7", None) == "24 小时"
        assert posted_words(None, "夏季另行通知") == "夏季另行通知"
        assert posted_words(None, None) == "时间不详"


# ---- Posters ----


def test_the_poster_is_a_page_of_a4_with_name_hours_services_and_code(valley):
    answer = get(valley, "/s/S1/poster.pdf")
    assert answer.mimetype == "application/pdf"
    words = text_of(answer.data)
    for expected in ("West station", "24 小时", "手机充电", "卫生间", "示意数据", URL):
        assert expected in words
    image = page_of(answer.data)
    assert image.size == pytest.approx((210 / 25.4 * 150, 297 / 25.4 * 150), abs=2)
    left, top, side = (value / 25.4 * 150 for value in (*posters.CODE_AT, posters.CODE_SIDE))
    assert modules_in(image, left, top, side, CODE_URL) == expected_modules(CODE_URL)


def test_a_poster_embeds_its_font_and_a_real_one_is_no_sample(real_valley):
    answer = get(real_valley, "/s/S1/poster.pdf")
    assert b"/FontFile" in answer.data
    assert "示意" not in text_of(answer.data)


def test_a_towns_posters_are_its_list_and_a_page_for_each(valley):
    with writing(valley.extensions["fuchun_engine"]) as session:
        session.execute(text("UPDATE place SET region_code = 'W'"))
    valley.extensions["fuchun_live"].refresh()
    answer = get(valley, "/posters/W.pdf")
    pages = text_of(answer.data).split("\f")[:-1]
    assert len(pages) == 3
    assert "西镇的驿站" in pages[0]
    assert "West station" in pages[0]
    assert "East station" in pages[0]
    assert "East station" in pages[2]
    assert all("示意数据" in page for page in pages)
    assert get(valley, "/posters/E.pdf").status_code == 404
    assert get(valley, "/posters/none.pdf").status_code == 404


def test_a_place_out_of_service_has_neither(valley):
    live = valley.extensions["fuchun_live"]
    with writing(valley.extensions["fuchun_engine"]) as session:
        session.execute(text("UPDATE place SET status = 'closed' WHERE code = 'S2'"))
    live.refresh()
    assert get(valley, "/s/S2/poster.pdf").status_code == 404
    assert get(valley, "/s/S2/picture.png").status_code == 404
    with writing(valley.extensions["fuchun_engine"]) as session:
        session.execute(text("UPDATE place SET status = 'active' WHERE code = 'S2'"))
    live.refresh()


def test_a_long_name_and_many_functions_stay_on_their_page(valley):
    state = valley.extensions["fuchun_live"].state(CODE)
    with valley.test_request_context("/?lang=zh"):
        sign = sign_of(state, state.place_by_code["S1"], now=datetime.now(UTC))
        many = tuple((service, name) for service, name in sign.functions[0].services) * 8
        busy = replace(
            sign,
            name="某某街道某某社区户外劳动者综合服务示范站点（东门）",
            functions=(replace(sign.functions[0], services=many),) * 4,
            address="某路" * 60,
        )
        pdf = posters.print_poster(busy, valley.extensions["fuchun_font"])
        pictures.draw_picture(busy, valley.extensions["fuchun_font"])
    assert len(text_of(pdf).split("\f")) == 2
    image = page_of(pdf)
    left, top, side = (value / 25.4 * 150 for value in (*posters.CODE_AT, posters.CODE_SIDE))
    assert modules_in(image, left, top, side, CODE_URL) == expected_modules(CODE_URL), (
        "nothing is written over the code"
    )


def test_without_a_font_the_page_offers_no_print_and_an_address_says_what_to_install(valley, monkeypatch):
    monkeypatch.setitem(valley.extensions, "fuchun_font", None)
    answer = get(valley, "/s/S1/poster.pdf", language="en")
    assert answer.status_code == 503
    assert "fonts-wqy-microhei" in answer.text
    with valley.app_context(), pytest.raises(NotReadyError):
        print_font()
    assert "Poster for the door" not in get(valley, "/s/S1", language="en").text


def test_every_service_has_an_icon_to_print():
    assert "<path" in icon_svg("toilet", side=5.0)
    assert 'width="5.0mm"' in icon_svg("toilet", side=5.0)
    assert icon_svg("no such icon", side=5.0) is None


def test_a_file_is_made_once_and_the_oldest_go():
    kept, made = Cache(64), []

    def make(key):
        return kept.find(key, lambda: made.append(key) or b"x")

    for key in [*range(70), 69, 0]:
        make(key)
    assert made == [*range(70), 0]
