"""Queries for door reports: add, list, clear, expire; and the salt of the day that hashes their senders."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geo.db.rider_tables import DoorReport, ReportSalt

KEPT = timedelta(days=30)
"""How long the planners can look back; what is older goes with the next report."""

MAX_LISTED = 500


def day_salt(session: Session, day: date) -> bytes:
    """Return the secret of a day, made at its first report; those of other days are deleted with it."""
    found = session.scalar(select(ReportSalt.salt).where(ReportSalt.day == day))
    if found is not None:
        return found
    session.execute(insert(ReportSalt).values(day=day, salt=secrets.token_bytes(32)).on_conflict_do_nothing())
    session.execute(delete(ReportSalt).where(ReportSalt.day != day))
    return session.scalars(select(ReportSalt.salt).where(ReportSalt.day == day)).one()


def add_report(session: Session, report: DoorReport) -> bool:
    """Store a report unless the same person has sent the same one and it still stands; return whether it was stored."""
    same = and_(
        DoorReport.district_code == report.district_code,
        DoorReport.place_code == report.place_code,
        DoorReport.kind == report.kind,
        DoorReport.service.is_not_distinct_from(report.service),
        DoorReport.person == report.person,
        DoorReport.expires_at > report.at,
        DoorReport.cleared_at.is_(None),
    )
    # Two taps at once: the second waits for the first and then finds it.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{report.place_code} {report.person}"))))
    if session.scalar(select(DoorReport.id).where(same).limit(1)) is not None:
        return False
    session.execute(delete(DoorReport).where(DoorReport.at < report.at - KEPT))
    session.add(report)
    session.flush()
    return True


def read_unexpired(session: Session, district: str, now: datetime) -> Sequence[DoorReport]:
    """Return the reports of a district that have not expired and that nobody has cleared, the oldest first."""
    unexpired = _open_in(district) & (DoorReport.expires_at > now)
    return session.scalars(select(DoorReport).where(unexpired).order_by(DoorReport.at, DoorReport.id)).all()


def list_reports(session: Session, district: str) -> Sequence[DoorReport]:
    """Return the last reports of a district, cleared or not, the newest first, at most `MAX_LISTED`."""
    found = select(DoorReport).where(DoorReport.district_code == district).order_by(DoorReport.at.desc())
    return session.scalars(found.limit(MAX_LISTED)).all()


def places_to_settle(session: Session, district: str) -> list[str]:
    """Return the codes of the places at which something was found amiss that nobody has settled, the latest first."""
    found = (
        select(DoorReport.place_code)
        .where(_open_in(district), DoorReport.kind != "open")
        .group_by(DoorReport.place_code)
        .order_by(func.max(DoorReport.at).desc())
        .limit(MAX_LISTED)
    )
    return list(session.scalars(found))


def clear_reports(session: Session, district: str, code: str, *, by: str, now: datetime) -> int:
    """Mark the open reports of a place as dealt with; return how many there were."""
    cleared = (
        update(DoorReport)
        .where(_open_in(district), DoorReport.place_code == code)
        .values(cleared_at=now, cleared_by=by)
        .returning(DoorReport.id)
    )
    return len(session.scalars(cleared).all())


def forget_senders(session: Session, today: date, now: datetime) -> None:
    """Delete the salts of other days, what they made of senders, and reports that are too old to look back on."""
    session.execute(delete(ReportSalt).where(ReportSalt.day != today))
    expired = and_(DoorReport.expires_at <= now, DoorReport.person.is_not(None))
    session.execute(update(DoorReport).where(expired).values(person=None))
    session.execute(delete(DoorReport).where(DoorReport.at < now - KEPT))


def _open_in(district: str) -> ColumnElement[bool]:
    return and_(DoorReport.district_code == district, DoorReport.cleared_at.is_(None))
