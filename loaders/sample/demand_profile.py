"""The sample demand profile (示意人流时段分布): nobody has counted these people."""

from geo.db.demand_profiles import ProfileDraft, spread_hours

ORIGIN = "示意数据：时段分布为虚构，未作实测。"
MARGIN = 0.2
"""How far the figures may be off, as part of 1."""

_WORKDAY = (5, 4, 3, 3, 4, 8, 20, 45, 60, 65, 70, 75, 80, 70, 65, 65, 70, 80, 75, 60, 45, 30, 18, 8)
_WEEKEND = (6, 5, 4, 3, 3, 5, 10, 20, 35, 45, 55, 65, 70, 60, 55, 55, 60, 65, 65, 55, 45, 32, 20, 10)


def make_profile() -> ProfileDraft:
    """Return the profile: a workday and a day of the weekend, in percent of the people by hour."""
    low, high = spread_hours([share / 100.0 for share in (*_WORKDAY, *_WEEKEND)], margin=MARGIN)
    return ProfileDraft(low, high, ORIGIN, is_sample=True)
