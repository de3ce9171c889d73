"""Numbers as people read them: counts, shares, times of day, durations, distances."""

from flask import Flask
from flask_babel import gettext

from webmap.web.i18n import lang

_DAY_MIN = 24 * 60
_TEN_THOUSAND = 10_000


def init_app(app: Flask) -> None:
    """Give templates these functions as filters."""
    for function in (
        clock,
        count,
        counted,
        distance,
        duration,
        exact_count,
        percent,
        percent_whole,
        plain,
        unit_name,
        whole,
    ):
        app.add_template_filter(function)


def count(value: float, unit: str = "people") -> str:
    """Return about how many there are of `unit`, no more exact than such counts are: in Chinese by the ten thousand."""
    if lang() == "zh" and value >= _TEN_THOUSAND:
        number = f"{value / _TEN_THOUSAND:.1f}"
        if unit == "people":
            return str(gettext("%(number)s0,000 people", number=number))
        if unit == "buildings":
            return str(gettext("%(number)s0,000 buildings", number=number))
        return str(gettext("%(number)s0,000 weighted units", number=number))
    return exact_count(round(value, -2) if value >= _TEN_THOUSAND else value, unit)


def exact_count(value: float, unit: str = "people") -> str:
    """Return how many there are of `unit`, to the last one."""
    return counted(whole(value), unit)


def counted(number: str, unit: str = "people") -> str:
    """Return a written number, or what stands for one, with what is counted."""
    if unit == "people":
        return str(gettext("%(number)s people", number=number))
    if unit == "buildings":
        return str(gettext("%(number)s buildings", number=number))
    return str(gettext("%(number)s weighted units", number=number))


def unit_name(unit: str) -> str:
    """Return what is counted, as the head of a column."""
    if unit == "people":
        return str(gettext("People"))
    return str(gettext("Buildings") if unit == "buildings" else gettext("Weighted units"))


def whole(value: float) -> str:
    """Return a number without decimals, its thousands set apart."""
    return f"{value:,.0f}"


def plain(value: float) -> str:
    """Return a number with as many decimals as it has."""
    return f"{value:g}"


def percent(share: float) -> str:
    """Return a share in percent, to the tenth."""
    return f"{share * 100.0:.1f}%"


def percent_whole(share: float) -> str:
    """Return a share in percent, without decimals."""
    return f"{share * 100.0:.0f}%"


def clock(minutes: int | None) -> str:
    """Return minutes after midnight as a time of day; a dash where it is not known."""
    if minutes is None:
        return "—"
    time = f"{minutes % _DAY_MIN // 60:02d}:{minutes % 60:02d}"
    return str(gettext("%(time)s the next day", time=time)) if minutes >= _DAY_MIN else time


def duration(minutes: int) -> str:
    """Return a duration in hours and minutes."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return str(gettext("%(minutes)s min", minutes=rest))
    if not rest:
        return str(gettext("%(hours)s h", hours=hours))
    return str(gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=rest))


def distance(metres: float) -> str:
    """Return a distance: metres below a kilometre, else kilometres to the tenth."""
    if metres < 1000.0:
        return str(gettext("%(metres)s m", metres=f"{round(metres, -1):.0f}"))
    return str(gettext("%(kilometres)s km", kilometres=f"{metres / 1000.0:.1f}"))


def whole_minutes(seconds: float) -> int:
    """Return minutes as a list says them: whole, at least one."""
    return max(1, round(seconds / 60.0))


def travel_words(mode: str, minutes: int) -> str:
    """Return minutes with their mode."""
    if mode == "walk":
        return str(gettext("%(minutes)s min on foot", minutes=minutes))
    return str(gettext("%(minutes)s min by e-bike", minutes=minutes))
