"""Re-encode photos that staff upload: turned upright, made small, without metadata.

A camera writes where and when it was, and by whom, into the file; a file that is no picture may do harm in a browser.
Neither survives being drawn again.
"""

import hashlib
import warnings
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from geo.db.photos import PhotoFacts
from geo.errors import InputError

MAX_BYTES = 12 * 1024 * 1024
"""Of the sent file; phones make up to 10 MB."""
MAX_PIXELS = 60_000_000
"""A small file may hold a picture that fills the memory."""
LONG_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 82


def redraw(data: bytes, *, caption: str | None = None, long_side: int = LONG_SIDE) -> tuple[bytes, PhotoFacts]:
    """Return a picture as a JPEG of ours, at most `long_side` pixels long, and its facts.

    Raises
    ------
    InputError
        If the file is too large, no picture, or of another format.
    """
    if len(data) > MAX_BYTES:
        raise InputError("The picture is larger than {limit} MB", limit=MAX_BYTES // 1024**2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=FORMATS) as sent:
                if sent.width * sent.height > MAX_PIXELS:
                    raise InputError("The picture has more than {limit} million pixels", limit=MAX_PIXELS // 1_000_000)
                sent.draft("RGB", (long_side, long_side))
                upright = ImageOps.exif_transpose(sent)
                drawn = _on_white(upright)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, OSError) as error:
        raise InputError("The file is not a picture that can be read; send a JPEG, PNG or WebP") from error
    except (SyntaxError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("The file is not a picture that can be read; send a JPEG, PNG or WebP") from error
    drawn.thumbnail((long_side, long_side))
    # Drawn onto a picture of our own, which has no notes to take along.
    clean = Image.new("RGB", drawn.size)
    clean.paste(drawn)
    written = BytesIO()
    clean.save(written, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    image = written.getvalue()
    return image, PhotoFacts(clean.width, clean.height, hashlib.sha256(image).hexdigest(), caption)


def _on_white(picture: Image.Image) -> Image.Image:
    """Return a picture in RGB, what is transparent in it on white."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return picture.convert("RGB")
