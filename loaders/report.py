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
class LoadReport:
    """Counts of one load; `notes` are templates with values that a person should read (what was assumed)."""

    layer: str
    source: str
    read: int
    stored: int
    rejected: Sequence[Rejection] = ()
    notes: Sequence[Rejection] = ()

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
