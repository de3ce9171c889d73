"""A photo that staff send is drawn again: upright, small, and without what the camera wrote into it."""

import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageDraw
from sqlalchemy import text

from geo.db.session import reading
from geo.errors import InputError
from tests.webmap.conftest import DISTRICT, LogIn, csrf_token
from webmap.logic.photos import LONG_SIDE, MAX_BYTES, redraw

ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


def picture(size=(400, 300), *, format="JPEG", orientation=1, mode="RGB") -> bytes:
    """Return a picture whose upper left quarter is red, with notes as a phone writes them."""
    image = Image.new(mode, size, "white" if mode == "RGB" else (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1] // 2), fill="red")
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = orientation, "Some phone"
    exif.get_ifd(GPS).update({1: "N", 2: (30.0, 2.0, 56.4), 3: "E", 4: (119.0, 57.0, 18.0)})
    out = BytesIO()
    image.save(out, format, **({"exif": exif} if format != "PNG" else {}))
    return out.getvalue()


def read(image: bytes) -> Image.Image:
    return Image.open(BytesIO(image)).convert("RGB")


def test_nothing_that_the_camera_wrote_is_left() -> None:
    sent = picture()
    assert b"Some phone" in sent
    image, facts = redraw(sent)
    assert b"Some phone" not in image
    assert b"Exif" not in image
    assert dict(Image.open(BytesIO(image)).getexif()) == {}
    assert (facts.width, facts.height) == (400, 300)


def test_a_picture_taken_on_its_side_stands_upright() -> None:
    image, facts = redraw(picture(orientation=6))
    assert (facts.width, facts.height) == (300, 400)
    red, _, blue = read(image).getpixel((250, 100))
    assert red > 200 > 100 > blue, "the red quarter is now at the upper right"


def test_a_large_picture_is_made_small() -> None:
    _, facts = redraw(picture(size=(4000, 3000)))
    assert (facts.width, facts.height) == (LONG_SIDE, LONG_SIDE * 3 // 4)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_what_is_transparent_becomes_white(format: str) -> None:
    image, _ = redraw(picture(format=format, mode="RGBA"))
    assert min(read(image).getpixel((390, 290))) > 240


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (b"GIF89a" + b"\0" * 40, "not a picture"),
        (picture()[:600], "not a picture"),
        (b"\xff" * (MAX_BYTES + 1), "larger than"),
    ],
)
def test_a_file_that_is_no_such_picture_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        redraw(data)


def test_a_small_file_that_holds_a_huge_picture_is_refused() -> None:
    out = BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    with pytest.raises(InputError, match=r"not a picture|pixels"):
        redraw(out.getvalue())


@pytest.fixture
def editor(log_in: LogIn, sample_place: str) -> FlaskClient:
    return log_in("editor")


def send(client: FlaskClient, data: bytes, **more: str):
    page = "/manage/places/S01"
    form = {"csrf_token": csrf_token(client, page), "photo": (BytesIO(data), "door.jpg"), **more}
    return client.post(f"{page}/photo", data=form, content_type="multipart/form-data")


def test_a_sent_photo_stands_on_the_page_until_it_is_taken_away(app, client, editor, engine) -> None:
    live = app.extensions["fuchun_live"]
    assert "<figure" not in client.get("/s/S01").text
    assert send(editor, picture(), caption="东门").status_code == 302
    live.refresh()
    page = client.get("/s/S01").text
    address = re.search(r'<img src="([^"]+photo\.jpg[^"]*)"[^>]* alt="东门"', page)
    assert address
    answer = client.get(address[1].replace("&amp;", "&"))
    assert read(answer.data).size == (400, 300)
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get("/s/S01/photo.jpg").headers["Cache-Control"] == "no-cache"
    assert send(editor, b"", remove="yes").status_code == 302
    live.refresh()
    assert "<figure" not in client.get("/s/S01").text
    assert client.get("/s/S01/photo.jpg").status_code == 404


def test_an_address_never_keeps_another_photo_for_good(app, client, editor) -> None:
    send(editor, picture())
    app.extensions["fuchun_live"].refresh()
    address = re.search(r'<img src="([^"]+photo\.jpg[^"]*)"', client.get("/s/S01").text)[1].replace("&amp;", "&")
    first = client.get(address)
    send(editor, picture(size=(300, 200)))  # the state in memory has not followed yet
    answer = client.get(address)
    assert read(answer.data).size == (300, 200)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["ETag"] != first.headers["ETag"]
    send(editor, b"", remove="yes")
    assert client.get(address).status_code == 404


def test_a_photo_larger_than_other_requests_is_taken(editor, engine) -> None:
    large = BytesIO()
    Image.effect_noise((600, 600), 90).save(large, "JPEG", quality=95)
    assert 150_000 < len(large.getvalue()) < 400_000  # more than other forms, less than the client puts into a file
    assert send(editor, large.getvalue()).status_code == 302
    too_large = b"\xff" * (MAX_BYTES + 200_000)
    answer = editor.post("/manage/places/S01/photo", data=too_large, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413


def test_a_photo_survives_a_new_load_of_the_stations_and_goes_with_the_district(editor, engine) -> None:
    send(editor, picture())
    with engine.begin() as psql:
        psql.execute(text("DELETE FROM place"))
    with reading(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM place_photo")) == 1
    with engine.begin() as psql:
        psql.execute(text("DELETE FROM district WHERE code = :code"), {"code": DISTRICT})
    with reading(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM place_photo")) == 0


def test_a_photo_of_no_place_or_from_a_stranger_is_refused(app, client, editor) -> None:
    form = {"csrf_token": csrf_token(editor, "/manage/places/S01"), "photo": (BytesIO(picture()), "a.jpg")}
    assert editor.post("/manage/places/S99/photo", data=form).status_code == 404
    refused = client.post("/manage/places/S01/photo", data={"photo": (BytesIO(picture()), "a.jpg")})
    assert refused.headers["Location"].startswith("/login")
    assert send(editor, b"").status_code == 422
