"""The ledger from gap to opening: the baseline, what became of it, and who noted what and when."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from geo.coverage.question import CoverageQuestion
from geo.db.ledger_states import GAP_STATES
from geo.db.planner_tables import GapEntry, GapNote
from geo.db.versioned import lock_row
from geo.drawing import checked_name, checked_note
from geo.errors import InputError, NotFoundError

MAX_LISTED = 1000
OPEN, DECLINED = "open", "declined"


class QuestionedError(InputError):
    """A change that is probably a mistake and that is made once somebody says that they are sure."""


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """A gap that becomes an entry: where, by which question, how many are missed there and why.

    `outline` (EPSG:4326) is the gap's: whatever is counted for the entry later is counted inside it. `place_key` tells
    the gap it was made of; `is_sample` says that its people do not exist.
    """

    name: str
    lon: float
    lat: float
    outline: shapely.MultiPolygon
    question: CoverageQuestion
    promised: float
    unit: str
    cause: str | None
    place_key: str | None
    region_code: str | None
    is_sample: bool
    office: str | None = None
    owner: str | None = None
    due_on: date | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a station changes by the question of an entry, to be compared with its baseline.

    Attributes
    ----------
    station, station_name : str
    counts : bool
        Whether the station is open and offers what was asked for.
    gain : float
        People whom this station covers and no other.
    people, covered, covered_without : float
        All, and those covered with the station and without it.
    missed_here : float or None
        People inside the entry's outline who are missed now; None where an earlier version could not say.
    reached_here, gain_here : float or None
        People inside it whom this station reaches within the standard, and those whom no other covers; None where an
        earlier version measured.
    unit : str
    measured_at : datetime
    data_version : int
    is_sample : bool
    """

    station: str
    station_name: str
    counts: bool
    gain: float
    people: float
    covered: float
    covered_without: float
    missed_here: float | None
    unit: str
    measured_at: datetime
    data_version: int
    is_sample: bool
    reached_here: float | None = None
    gain_here: float | None = None

    @property
    def misses_gap(self) -> bool:
        """Whether the station reaches nobody of the gap it was opened for."""
        return self.reached_here == 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as it is stored and answered; `read` takes it."""
        found = asdict(self)
        return found | {"measured_at": self.measured_at.isoformat(), "sample": found.pop("is_sample")}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Outcome":
        """Return the outcome that was stored."""
        found = dict(stored)
        moment = datetime.fromisoformat(found.pop("measured_at"))
        return cls(**found | {"measured_at": moment, "is_sample": found.pop("sample")})


@dataclass(frozen=True, kw_only=True)
class EntryChange:
    """What somebody makes of an entry; `version` is that of the entry it is based on, `note` a line for its log.

    `measured` is needed where `state` becomes ``open``: what the station has changed, by the entry's own question.
    `is_sure` says that a station is meant though it reaches nobody of the gap.
    """

    version: int
    name: str
    state: str
    reason: str | None
    owner: str | None
    station_code: str | None
    note: str | None
    office: str | None = None
    due_on: date | None = None
    progress: str | None = None
    next_step: str | None = None
    is_sure: bool = False
    measured: Outcome | None = None


@dataclass(frozen=True)
class NoteFacts:
    """One line of an entry's log; `state` where the entry was set to it."""

    state: str | None
    text: str | None
    written_by: str
    written_at: datetime


@dataclass(frozen=True, kw_only=True)
class EntryFacts:
    """An entry as it is stored; `version` is to be named by who changes it."""

    id: int
    name: str
    lon: float
    lat: float
    outline: shapely.MultiPolygon
    region_code: str | None
    question: CoverageQuestion
    promised: float
    unit: str
    cause: str | None
    place_key: str | None
    is_sample: bool
    state: str
    reason: str | None
    office: str | None
    owner: str | None
    due_on: date | None
    progress: str | None
    next_step: str | None
    station_code: str | None
    measured: Outcome | None
    created_by: str
    created_at: datetime
    changed_at: datetime
    version: int
    notes: tuple[NoteFacts, ...]

    def days_overdue(self, today: date) -> int:
        """Return the days since the entry should have been done; 0 while there is time, and where it is decided."""
        if self.due_on is None or self.state in (OPEN, DECLINED):
            return 0
        return max((today - self.due_on).days, 0)


def list_entries(session: Session, district: str, *, state: str | None = None) -> list[EntryFacts]:
    """Return the entries of a district by the people promised, most first, at most `MAX_LISTED`."""
    found = _select().where(GapEntry.district_code == district)
    if state is not None:
        found = found.where(GapEntry.state == state)
    rows = session.execute(found.order_by(GapEntry.promised.desc(), GapEntry.id).limit(MAX_LISTED)).all()
    return [_facts(*row) for row in rows]


def find_entries(session: Session, district: str, outline: shapely.Geometry) -> list[EntryFacts]:
    """Return the entries that share ground with an outline (EPSG:4326), the latest first, whatever they ask."""
    overlaps = func.ST_Relate(GapEntry.outline, _geometry(outline), "2********")
    found = _select().where(GapEntry.district_code == district, GapEntry.outline.op("&&")(_geometry(outline)), overlaps)
    return [_facts(*row) for row in session.execute(found.order_by(GapEntry.id.desc()).limit(MAX_LISTED)).all()]


def count_states(session: Session, district: str) -> dict[str, int]:
    """Return how many entries of a district are in each state, all of `GAP_STATES` named."""
    rows = session.execute(
        select(GapEntry.state, func.count()).where(GapEntry.district_code == district).group_by(GapEntry.state)
    ).all()
    counts = {row[0]: int(row[1]) for row in rows}
    return {state: counts.get(state, 0) for state in GAP_STATES}


def get_entry(session: Session, district: str, number: int) -> EntryFacts:
    """Return one entry with its log, or raise `NotFoundError`."""
    row = session.execute(_select().where(GapEntry.district_code == district, GapEntry.id == number)).one_or_none()
    if row is None:
        raise _missing(district, number)
    return _facts(*row)


def add_entry(session: Session, district: str, new: NewEntry, *, by: str) -> EntryFacts:
    """Store an entry, to do, with its first line of the log.

    Raises
    ------
    InputError
        If nobody is missed there, or a text is too long.
    """
    if not new.promised > 0:
        raise InputError("nobody is missed at {name} by this question", name=new.name)
    row = GapEntry(
        district_code=district,
        name=checked_name(new.name),
        region_code=new.region_code,
        **new.question.as_json() | {"at": new.question.at},
        promised=new.promised,
        unit=new.unit,
        cause=new.cause,
        place_key=new.place_key,
        is_sample=new.is_sample,
        office=_owner(new.office),
        owner=_owner(new.owner),
        due_on=new.due_on,
        created_by=by,
        geom=f"SRID=4326;POINT({new.lon!r} {new.lat!r})",
        outline=_geometry(new.outline),
        notes=[GapNote(district_code=district, state="todo", text=checked_note(new.note), written_by=by)],
    )
    session.add(row)
    session.flush()
    return get_entry(session, district, row.id)


def change_entry(session: Session, district: str, number: int, change: EntryChange, *, by: str) -> EntryFacts:
    """Make `change` to an entry and write it into the log, as done by the account `by`.

    Raises
    ------
    NotFoundError
        If there is none of this number.
    StaleError
        If it has changed since the version that the change names.
    InputError
        If a state lacks what it needs: ``declined`` a reason, ``open`` a station and what it has changed.
    QuestionedError
        If a station opens that reaches nobody of the gap, and the change does not say that this is meant.
    """
    one = select(GapEntry).where(GapEntry.district_code == district, GapEntry.id == number)
    row = lock_row(session, one, version=change.version, missing=_missing(district, number))
    check_change(change)
    reason, note = checked_note(change.reason), checked_note(change.note)
    is_moved = change.state != row.state
    measured = None if change.measured is None else change.measured.as_json()
    if change.state == OPEN and not is_moved and change.station_code == row.station_code:
        # What was measured at the opening is compared with the baseline.
        measured = row.measured
    if change.state == OPEN and measured is None:
        raise InputError("the entry cannot be opened before its station has been measured")
    if change.measured is not None and change.measured.misses_gap and not change.is_sure:
        raise QuestionedError(
            "{name} reaches nobody of this gap within the standard; is it the right station? Say that you are sure to "
            "open the entry with it",
            name=change.measured.station_name,
        )
    row.name = checked_name(change.name)
    row.state = change.state
    row.reason = reason
    row.office, row.owner, row.due_on = _owner(change.office), _owner(change.owner), change.due_on
    row.progress, row.next_step = checked_note(change.progress), checked_note(change.next_step)
    row.station_code = change.station_code if change.state == OPEN else None
    row.measured = measured if change.state == OPEN else None
    # A line in the log is a change as well: who has not seen it is to see it first.
    row.changed_at = datetime.now(UTC)
    if is_moved or note:
        said = note or (reason if change.state == DECLINED else None)
        state = change.state if is_moved else None
        session.add(GapNote(district_code=district, entry_id=number, state=state, text=said, written_by=by))
    session.flush()
    session.expire(row)
    return get_entry(session, district, number)


def check_change(change: EntryChange) -> None:
    """Raise `InputError` if the state of a change is none, or lacks the reason or the station that it needs."""
    if change.state not in GAP_STATES:
        raise InputError("{value} is not a state of an entry", value=change.state)
    if change.state == DECLINED and checked_note(change.reason) is None:
        raise InputError("say why it is not to be built")
    if change.state == OPEN and not change.station_code:
        raise InputError("say which station has opened: give its code")


def _select() -> Any:
    return (
        select(GapEntry, func.ST_X(GapEntry.geom), func.ST_Y(GapEntry.geom), func.ST_AsBinary(GapEntry.outline))
        .options(selectinload(GapEntry.notes))
        .execution_options(populate_existing=True)
    )


def _missing(district: str, number: int) -> NotFoundError:
    return NotFoundError("There is no entry {number} in district {district}", number=number, district=district)


def _owner(text: str | None) -> str | None:
    return checked_name(text) if text and text.strip() else None


def _geometry(shape: shapely.Geometry) -> Any:
    return func.ST_GeomFromWKB(shapely.to_wkb(shape), 4326)


def _facts(row: GapEntry, lon: float, lat: float, outline: bytes) -> EntryFacts:
    notes: Sequence[GapNote] = row.notes
    return EntryFacts(
        id=row.id,
        name=row.name,
        lon=lon,
        lat=lat,
        outline=shapely.MultiPolygon(shapely.get_parts(shapely.from_wkb(bytes(outline))).tolist()),
        region_code=row.region_code,
        question=CoverageQuestion(
            mode=row.mode,
            minutes=row.minutes,
            services=tuple(row.services),
            at=row.at,
            layers=dict(row.layers),
            area=row.area,
            kind=row.kind,
        ),
        promised=row.promised,
        unit=row.unit,
        cause=row.cause,
        place_key=row.place_key,
        is_sample=row.is_sample,
        state=row.state,
        reason=row.reason,
        office=row.office,
        owner=row.owner,
        due_on=row.due_on,
        progress=row.progress,
        next_step=row.next_step,
        station_code=row.station_code,
        measured=None if row.measured is None else Outcome.read(row.measured),
        created_by=row.created_by,
        created_at=row.created_at,
        changed_at=row.changed_at,
        version=row.row_version,
        notes=tuple(NoteFacts(note.state, note.text, note.written_by, note.written_at) for note in notes),
    )
