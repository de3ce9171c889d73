"""Errors of libraries on damaged files, as one sentence for the person who sent the file."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import ParseError

from geo.disk import is_disk_full, no_space
from geo.errors import GeoError, InputError, TooLargeError


def sentence(error: BaseException, *, file: str) -> GeoError:
    """Return the error that tells a person what is wrong with a file, and what to do.

    Parameters
    ----------
    error : BaseException
        What a library raised; a `GeoError` comes back as it is.
    file : str
        Name of the file, without folders.
    """
    if isinstance(error, GeoError):
        return error
    for classes, make in _TABLE:
        if isinstance(error, classes):
            return make(error, file)
    return damaged(error, file)


def damaged(error: BaseException, file: str) -> GeoError:
    """Return the sentence of a file that a library stumbled over."""
    return InputError(
        "{file}: the file is damaged ({reason}); open it in the program it comes from, save it again and send that",
        file=file,
        reason=_reason(error),
    )


def _memory(error: BaseException, file: str) -> GeoError:
    from loaders.isolated.limits import allowed_memory_mb

    return TooLargeError(
        "{file}: reading it takes more memory than the {limit} MB that are allowed; keep only the district and the "
        "columns that are needed, and send it again",
        file=file,
        limit=allowed_memory_mb(),
    )


def _no_text(error: BaseException, file: str) -> GeoError:
    return InputError("{file}: the text is neither UTF-8 nor GBK; save it as UTF-8 and send it again", file=file)


def _zip(error: BaseException, file: str) -> GeoError:
    return InputError(
        "{file}: is not a complete archive or workbook ({reason}); was it cut off on its way? Save it again and send "
        "that",
        file=file,
        reason=_reason(error),
    )


def _system(error: BaseException, file: str) -> GeoError:
    number = getattr(error, "errno", None)
    if is_disk_full(error):
        return no_space()
    if number == 27:
        return TooLargeError("{file}: is too large once unpacked; keep only the district and send it again", file=file)
    if number == 24:
        return InputError("{file}: holds too many files; pack only what is needed", file=file)
    if number in (2, 13, 1):
        return InputError("{file}: refers to another file, which is not read; put everything into one file", file=file)
    return damaged(error, file)


def _nested(error: BaseException, file: str) -> GeoError:
    return InputError("{file}: is nested too deeply to be what its name says; save it again and send that", file=file)


_Make = Callable[[BaseException, str], GeoError]
_TABLE: tuple[tuple[tuple[type[BaseException], ...], _Make], ...] = (
    ((MemoryError,), _memory),
    ((RecursionError,), _nested),
    ((UnicodeError,), _no_text),
    ((zipfile.BadZipFile, zipfile.LargeZipFile, EOFError), _zip),
    ((ParseError,), damaged),
    ((OSError,), _system),
)
"""Classes of errors, the first that fits counts; whatever is not here is a damaged file."""


def _reason(error: BaseException) -> str:
    """Return what a library says, short, on one line and without the folders of the server."""
    words = " ".join(str(error).split()) or type(error).__name__
    return " ".join(word.rpartition("/")[2] if word.count("/") > 1 else word for word in words.split(" "))[:160]


@contextmanager
def guarded(file: str, *errors: type[Exception]) -> Iterator[None]:
    """Turn what a library raises over a damaged file into the one sentence for it; a `GeoError` passes through."""
    try:
        yield
    except GeoError:
        raise
    except errors as error:
        raise sentence(error, file=file) from error
