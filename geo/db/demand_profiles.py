"""Demand profiles in the store: which share of the people is there in each hour of a week, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.db.planner_tables import DemandProfile
from geo.db.tables import District
from geo.db.versioned import StaleError
from geo.errors import InputError

N_HOUR = 168
MAX_ORIGIN = 300


@dataclass(frozen=True)
class ProfileDraft:
    """Least and largest share in each hour of a week (Monday 0:00 first), 0 to 1, and where the figures come from."""

    low: tuple[float, ...]
    high: tuple[float, ...]
    origin: str
    is_sample: bool = False

    @property
    def middle(self) -> tuple[float, ...]:
        """The share halfway between."""
        return tuple((low + high) / 2.0 for low, high in zip(self.low, self.high, strict=True))


@dataclass(frozen=True)
class ProfileFacts(ProfileDraft):
    """A profile as it is stored; `version` is to be named by who changes it."""

    changed_by: str = ""
    changed_at: datetime | None = None
    version: int = 0


def read_profile(session: Session, district: str) -> ProfileFacts | None:
    """Return the profile of a district, None where nobody has entered one."""
    row = session.get(DemandProfile, district, populate_existing=True)
    if row is None:
        return None
    return ProfileFacts(
        tuple(row.low), tuple(row.high), row.origin, row.is_sample, row.changed_by, row.changed_at, row.row_version
    )


def save_profile(session: Session, district: str, draft: ProfileDraft | None, *, version: int, by: str) -> None:
    """Store the profile of a district in place of the one of `version` (0: there was none); None removes it.

    Raises
    ------
    InputError
        If there are not 168 hours, a share is not from 0 to 1, or nothing says where the figures come from.
    StaleError
        If somebody has changed it since.
    """
    # One at a time, also where there is no row to be locked yet.
    session.execute(select(District.code).where(District.code == district).with_for_update(key_share=True))
    row = session.get(DemandProfile, district, populate_existing=True)
    if (0 if row is None else row.row_version) != version:
        raise StaleError("the demand profile has been changed since you opened it; nothing was saved")
    if draft is None:
        if row is not None:
            session.delete(row)
            session.flush()
        return
    _check(draft)
    if row is None:
        row = DemandProfile(district_code=district)
        session.add(row)
    row.low, row.high, row.origin = list(draft.low), list(draft.high), draft.origin.strip()
    row.is_sample, row.changed_by = draft.is_sample, by
    session.flush()


def _check(draft: ProfileDraft) -> None:
    low, high = np.array(draft.low), np.array(draft.high)
    if low.shape != (N_HOUR,) or high.shape != (N_HOUR,):
        raise InputError("a demand profile has {hours} hours, not {count}", hours=N_HOUR, count=low.size)
    if not ((low >= 0.0) & (low <= high) & (high <= 1.0)).all():
        raise InputError("a share of the demand profile is not from 0 to 100 percent")
    if not draft.origin.strip() or len(draft.origin) > MAX_ORIGIN:
        raise InputError(
            "say where the figures of the demand profile come from, in up to {most} signs", most=MAX_ORIGIN
        )


def spread_hours(values: Sequence[float], *, margin: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the least and the largest share of 168 hours from shares and a margin, both as parts of 1.

    24 values are every day alike, 48 a workday and a day of the weekend, 168 a week from Monday 0:00 on.

    Examples
    --------
    >>> low, high = spread_hours([0.5] * 24, margin=0.2)
    >>> low[0], high[167]
    (0.4, 0.6)
    """
    if len(values) not in (24, 48, N_HOUR):
        raise InputError(
            "{count} figures: 24 (every day), 48 (workday, then weekend) or 168 (a week) are needed", count=len(values)
        )
    week = np.array(values, np.float64)
    if week.size == 24:
        week = np.tile(week, 7)
    elif week.size == 48:
        week = np.concatenate([np.tile(week[:24], 5), np.tile(week[24:], 2)])
    return tuple(np.round(week * (1.0 - margin), 6).tolist()), tuple(
        np.round(np.minimum(week * (1.0 + margin), 1.0), 6).tolist()
    )
