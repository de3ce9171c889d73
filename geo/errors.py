"""The errors a caller can cause, each a sentence with its argument, value and remedy.

A message is an English template plus its values, so that the layer that talks to people can translate the template
and fill in the same values. ``str(error)`` is the English sentence.
"""

from collections.abc import Callable, Sequence


class GeoError(Exception):
    """Base of every error that a caller's input or the state of the data can cause.

    Parameters
    ----------
    template : str
        English sentence with ``{name}`` fields; it is also the gettext message id.
    **values : object
        What stands in the fields.

    Examples
    --------
    >>> error = InputError("{file}, row {row}: longitude {value} is out of range", file="a.csv", row=37, value=1120.36)
    >>> str(error)
    'a.csv, row 37: longitude 1120.36 is out of range'
    >>> error.localized(lambda s: s.replace(", row ", ", line "))
    'a.csv, line 37: longitude 1120.36 is out of range'

    A text of a file that runs over several lines stays within the sentence:

    >>> str(InputError("there is no column {name}", name="编号\\n站点"))
    'there is no column 编号 站点'
    """

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = {
            name: " ".join(value.splitlines()) if isinstance(value, str) else value for name, value in values.items()
        }
        super().__init__(template.format(**self.values))

    def localized(self, translate: Callable[[str], str]) -> str:
        """Return the message with its template passed through `translate` before the values are filled in."""
        return translate(self.template).format(**self.values)


class InputError(GeoError, ValueError):
    """A file, row or argument that cannot be used as it is."""


class TooLargeError(InputError):
    """A file that is larger than what is taken."""


class NotFoundError(GeoError, LookupError):
    """A district, place or tour that does not exist."""


class SeveralDistrictsError(NotFoundError):
    """Several districts could be meant and none was named.

    Parameters
    ----------
    template, **values
        As for every `GeoError`.
    codes : sequence of str
        The districts to choose from.
    """

    def __init__(self, template: str, *, codes: Sequence[str] = (), **values: object) -> None:
        self.codes = tuple(codes)
        super().__init__(template, **values)


class NotReadyError(GeoError, RuntimeError):
    """The data that an answer needs has not been loaded yet."""


class MissingDataError(NotReadyError):
    """Data that somebody has to load is not there.

    Parameters
    ----------
    template, **values
        As for every `GeoError`; it names no command: pages lead to where it is loaded.
    what : str
        What ``fuchun load`` and the page of first data call it.
    """

    def __init__(self, template: str, *, what: str, **values: object) -> None:
        self.what = what
        super().__init__(template, **values)


class ConflictError(GeoError):
    """A write based on a row that somebody has changed in between."""


class NotSnappedError(InputError):
    """A point with no usable street within reach."""


class UnreachableError(GeoError):
    """No way leads from here to there in this mode."""


class StoreError(GeoError, RuntimeError):
    """PostgreSQL or PostGIS is missing, unreachable or too old."""


class NoSpaceError(GeoError, RuntimeError):
    """The disk of the server is full."""


class InfeasibleError(InputError):
    """A siting problem without a solution.

    Parameters
    ----------
    template, **values
        As for every `GeoError`.
    rows : sequence of int
        The demand points that no allowed choice of sites can serve, or that cannot be served together.
    """

    def __init__(self, template: str, *, rows: Sequence[int] = (), **values: object) -> None:
        self.rows = tuple(int(row) for row in rows)
        super().__init__(template, **values)
