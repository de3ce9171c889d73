"""Detect the encoding of texts in the .dbf of a Shapefile, which often does not declare it or declares it wrongly."""

import codecs
from collections.abc import Iterable

import geopandas as gpd

from geo.errors import InputError
from loaders.notes import some
from loaders.report import Rejection

NAME_BYTES = 10
"""A name of a field has no more; one that is longer is cut, in UTF-8 mostly within a character."""


def decode_texts(
    frame: gpd.GeoDataFrame, *, declared: bytes | None, file: str
) -> tuple[gpd.GeoDataFrame, list[Rejection]]:
    """Return a frame with its texts and names decoded, and what a person should know of that.

    Parameters
    ----------
    frame : GeoDataFrame
        Texts and names read as ISO 8859-1: each character is a byte.
    declared : bytes, optional
        What the .cpg holds.
    file : str
        For the message.

    Raises
    ------
    InputError
        If the texts are in no encoding that is known here.
    """
    texts = [name for name in frame.columns if name != frame.geometry.name and frame[name].dtype.kind in "OUT"]
    values = {value for name in texts for value in frame[name] if isinstance(value, str) and not value.isascii()}
    names = [name for name in frame.columns if isinstance(name, str) and not name.isascii()]
    raw = [each.encode("latin-1", "replace") for each in (*values, *names)]
    encoding = _encoding(raw, declared)
    if encoding is None:
        raise InputError("{file}: the text is neither UTF-8 nor GBK; save it as GeoPackage or GeoJSON", file=file)
    cut: list[str] = []

    def decode(value: object) -> object:
        if not isinstance(value, str) or value.isascii():
            return value
        found, is_cut = _decode(value.encode("latin-1", "replace"), encoding)
        if is_cut:
            cut.append(found)
        return found

    decoded = frame.rename(columns={name: _decode(name.encode("latin-1", "replace"), encoding)[0] for name in names})
    for name, shown in zip(frame.columns, decoded.columns, strict=True):
        if name in texts:
            decoded[shown] = frame[name].map(decode)
    notes = []
    if cut:
        notes.append(
            Rejection(
                None,
                "{count} texts are cut off in the .dbf, whose fields are too narrow: {examples}; save it as GeoPackage",
                {"count": len(cut), "examples": some(cut)},
            )
        )
    return decoded, notes


def _encoding(raw: Iterable[bytes], declared: bytes | None) -> str | None:
    """Return the encoding in which all texts can be read.

    Chinese text in GBK is practically never valid UTF-8, so UTF-8 goes first. GB 2312, which has both bytes of a
    character above 160, is practically never valid where single letters have accents; so it goes before what the .cpg
    says, and GB 18030, which takes almost anything, goes last.
    """
    texts = list(raw)
    said = _known(declared)
    for encoding in ("utf-8", "gb2312", *([said] if said else []), "gb18030"):
        try:
            for each in texts:
                _decode(each, encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return None


def _known(declared: bytes | None) -> str | None:
    """Return the encoding that a .cpg names, None where Python knows no such."""
    name = (declared or b"").decode("ascii", "ignore").strip().casefold().removeprefix("ansi").strip(" _-")
    for candidate in (name, f"cp{name}", f"iso{name.removeprefix('iso')}"):
        try:
            return codecs.lookup(candidate).name if candidate else None
        except LookupError:
            continue
    return None


def _decode(raw: bytes, encoding: str) -> tuple[str, bool]:
    """Return a text, and whether its last character was cut off."""
    decoder = codecs.getincrementaldecoder("gb18030" if encoding == "gb2312" else encoding)()
    if encoding == "gb2312":
        codecs.getincrementaldecoder(encoding)().decode(raw)
    found = decoder.decode(raw)
    return found, bool(decoder.getstate()[0])
