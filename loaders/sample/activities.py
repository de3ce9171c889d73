"""Sample activities: they show how the page looks, say that they do not exist, and are over within a month."""

from datetime import datetime, time, timedelta

from geo.db.offers import ActivityDraft
from loaders.sample.places import PALACE_CODE

NOTE = "示意数据，并非真实活动：时间、地点、名额均为虚构。"


def make_activities(now: datetime) -> list[ActivityDraft]:
    """Return an activity at the 示意文化宫, a training elsewhere, and one that is cancelled; `now` in their zone."""
    return [
        _activity(now, days=6, hour=14, title="示意活动01", place_code=PALACE_CODE, seats=30),
        _activity(now, days=13, hour=19, title="示意培训02", place_text="示意教室（并不存在）", seats=20),
        _activity(now, days=20, hour=9, title="示意活动03", place_code=PALACE_CODE, is_cancelled=True),
    ]


def _activity(
    now: datetime,
    *,
    days: int,
    hour: int,
    title: str,
    place_code: str | None = None,
    place_text: str | None = None,
    seats: int | None = None,
    is_cancelled: bool = False,
) -> ActivityDraft:
    starts_at = datetime.combine(now.date() + timedelta(days=days), time(hour), now.tzinfo)
    return ActivityDraft(
        title=title,
        place_code=place_code,
        place_text=place_text,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        seats=seats,
        link=None,
        text=NOTE,
        is_cancelled=is_cancelled,
    )
