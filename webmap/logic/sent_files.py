"""Sort the files that somebody drops at once: the parts of a Shapefile belong together, an archive holds several."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO

from geo.errors import GeoError, InputError, TooLargeError
from webmap.logic.jobs.files import uploaded_name

MAX_FILES = 30
"""Files that are taken at once, those of archives counted."""
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_LEFT_OUT = (".sbn", ".sbx", ".qmd", ".qpj", ".xml", ".aux", ".ovr", ".db", ".ds_store")
"""What programs put beside a layer and nothing here reads."""
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class SentFile:
    """A file by its name, with a stream that stands at its begin."""

    name: str
    content: IO[bytes]


def sort_files(sent: Sequence[SentFile], *, limit_mb: int) -> list[SentFile]:
    """Return the files to be checked, each by itself: Shapefiles packed into archives of their own.

    Parameters
    ----------
    sent : sequence of SentFile
    limit_mb : int
        The most that all of them may hold, unpacked.

    Raises
    ------
    InputError
        An archive is damaged, or nothing is there that could be read.
    TooLargeError
        There are more than `MAX_FILES` of them, or they are larger than `limit_mb`.
    """
    loose: list[SentFile] = []
    for each in sent:
        loose += _unpacked(each, limit_mb=limit_mb) if each.name.lower().endswith(".zip") else [each]
        if len(loose) > MAX_FILES:
            raise TooLargeError("more than {limit} files at once; send them in parts", limit=MAX_FILES)
    layers: dict[str, list[SentFile]] = {}
    found: list[SentFile] = []
    for each in loose:
        path = PurePosixPath(each.name)
        if path.suffix.lower() in PARTS:
            layers.setdefault(str(path.with_suffix("")), []).append(each)
        elif not each.name.lower().endswith(_LEFT_OUT):
            found.append(each)
    found += [_packed(stem, parts) for stem, parts in layers.items()]
    if not found:
        raise InputError("Choose a file first")
    return [SentFile(uploaded_name(each.name), each.content) for each in found]


def _packed(stem: str, parts: Sequence[SentFile]) -> SentFile:
    suffixes = {PurePosixPath(part.name).suffix.lower() for part in parts}
    name = PurePosixPath(stem).name
    if ".shp" not in suffixes:
        raise InputError(
            "{file}: the .shp of it is missing; a Shapefile is .shp, .shx, .dbf and .prj together",
            file=PurePosixPath(parts[0].name).name,
        )
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.writestr(f"{name}{PurePosixPath(part.name).suffix.lower()}", part.content.read())
    packed.seek(0)
    return SentFile(f"{name}.zip", packed)


def _unpacked(sent: SentFile, *, limit_mb: int) -> list[SentFile]:
    """Return what an archive holds; one that holds a single Shapefile and nothing else stays as it is."""
    try:
        with zipfile.ZipFile(sent.content) as archive:
            return list(_members(archive, sent.name, limit_mb=limit_mb))
    except GeoError:
        raise
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise InputError(
            "{file}: the archive is damaged or has a password; pack it again and send that", file=sent.name
        ) from error


def _members(archive: zipfile.ZipFile, name: str, *, limit_mb: int) -> Iterator[SentFile]:
    left = limit_mb * MEGABYTE
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > 10 * MAX_FILES:
        raise TooLargeError("more than {limit} files at once; send them in parts", limit=MAX_FILES)
    for member in members:
        path = _readable(member)
        if "__MACOSX" in path or PurePosixPath(path).name.startswith((".", "~$")):
            continue
        with archive.open(member) as opened:
            content = opened.read(left + 1)
        left -= len(content)
        if left < 0:
            raise TooLargeError(
                "{file}: too large once unpacked, at most {limit} MB are read; keep only the district",
                file=name,
                limit=limit_mb,
            )
        # An archive within an archive is not opened: it is checked as it is.
        yield SentFile(path, BytesIO(content))


def _readable(member: zipfile.ZipInfo) -> str:
    """Return the name of a member; Windows writes Chinese ones in GBK without saying so."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError):
        try:
            return member.filename.encode("cp437").decode("gb18030")
        except (UnicodeDecodeError, UnicodeEncodeError):
            return member.filename
