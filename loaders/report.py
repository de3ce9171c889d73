"""What a load did: rows read, stored, and rejected with a reason. Read is always stored plus rejected."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from geo.errors import InputError


@dataclass(frozen=True)
class Rejection:
    """A row that was not stored: where it stands and why. `reason` is a template with `values`, like `GeoError`."""

    row: int | str | None
    reason: str
    values: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the reason in English."""
        return self.reason.format(**self.values)

    def localized(self, translate: Callable[[str], str]) -> str:
        """Return the reason with its template passed through `translate` before the values are filled in."""
        return translate(self.reason).format(**self.values)


@dataclass(frozen=True)
class Question:
    """What a person is asked about a row before it is loaded.

    Attributes
    ----------
    row : int or str
        Where it stands.
    kind : {"state", "position", "double"}
        A word for a state that is not known; a position with a slip, of which `lon` and `lat` are the likely meaning;
        a place that may be the one of `other`.
    name, said : str
        Of the place; what its row says.
    lon, lat : float or None
        EPSG:4326.
    other : str
        The name of the other place, with its row.
    """

    row: int | str
    kind: str
    name: str
    said: str
    lon: float | None = None
    lat: float | None = None
    other: str = ""


@dataclass(frozen=True)
class ReadPlace:
    """A place that a register has and that would be stored; EPSG:4326."""

    row: int | str
    code: str
    name: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Detail:
    """What a page shows of a checked register beside its report.

    Attributes
    ----------
    header : list of str
    rejected_cells : list of list of str
        The cells of each rejected row, in the order of the report, without personal numbers.
    questions : list of Question
    places : list of ReadPlace
    """

    header: list[str]
    rejected_cells: list[list[str]]
    questions: list[Question]
    places: list[ReadPlace]


@dataclass(frozen=True)
class LoadReport:
    """Counts of one load; `notes` are templates with values that a person should read (what was assumed)."""

    layer: str
    source: str
    read: int
    stored: int
    rejected: Sequence[Rejection] = ()
    notes: Sequence[Rejection] = ()
    detail: Detail | None = None

    def __post_init__(self) -> None:
        """Hold the invariant of every loader."""
        if self.read != self.stored + len(self.rejected):
            raise InputError(
                "{source}: {read} rows read but {stored} stored and {rejected} rejected",
                source=self.source,
                read=self.read,
                stored=self.stored,
                rejected=len(self.rejected),
            )

    def reasons(self) -> list[tuple[str, int]]:
        """Return each distinct English reason with its count, most frequent first."""
        return Counter(str(rejection) for rejection in self.rejected).most_common()


def require_file(path: Path, *, suffixes: Sequence[str]) -> Path:
    """Return `path` if it is a readable file with one of `suffixes`, else raise `InputError`."""
    if not path.is_file():
        raise InputError("{file}: no such file", file=str(path))
    if not any(path.name.lower().endswith(suffix) for suffix in suffixes):
        raise InputError("{file}: expected a file ending in {suffixes}", file=path.name, suffixes=", ".join(suffixes))
    return path


def sha256(path: Path) -> str:
    """Return the hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
