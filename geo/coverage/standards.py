"""Standards as dated, cited configuration: met, not met, or not to be said, and by how much.

``standards.toml`` holds those that come with the program; a district may name a file of its own. Nothing is evaluated
that cannot be known: a station whose class nobody has recorded may be of any class.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from geo.coverage.sums import Sums
from geo.errors import InputError
from geo.toml_text import read_toml

RULES = ("class_in_each_town", "share_of_class", "coverage", "stations")
STATES = ("met", "not_met", "unsaid")
REASONS = ("class_unknown", "town_kind_unknown", "no_target", "no_stations", "no_towns")
"""Why a verdict cannot be said."""

_REQUIRED = {
    "class_in_each_town": ("classes", "town_kinds", "at_least"),
    "share_of_class": ("classes", "percent"),
    "coverage": ("mode", "minutes"),
    "stations": ("at_least",),
}
_TOWN_KINDS = ("街道", "镇", "乡")


@dataclass(frozen=True, kw_only=True)
class Standard:
    """One standard; what its rule does not need is None or empty.

    Attributes
    ----------
    id : str
    rule : str
        One of `RULES`.
    title, title_en : str
    citation, citation_en : str
        Where it stands.
    trust, trust_en : str
        How it was read, and what its source leaves open.
    valid_from, valid_until : date or None
        First and last day on which it holds; None: not known.
    district : str
        Beginning of the codes of the districts that it binds; empty: all.
    classes : tuple of str
        Classes of station that count.
    town_kinds : tuple of str
        Kinds of town that it speaks of.
    at_least : int or None
        Stations.
    percent : Decimal or None
        Of all stations, or of the people. None: the source names none, so that nothing can be said to be met.
    mode : str or None
    minutes : float or None
        Of a coverage standard.
    twice : bool
        Counts people covered by two stations or more.
    """

    id: str
    rule: str
    title: str
    title_en: str
    citation: str
    citation_en: str
    trust: str
    trust_en: str
    valid_from: date | None = None
    valid_until: date | None = None
    district: str = ""
    classes: tuple[str, ...] = ()
    town_kinds: tuple[str, ...] = ()
    at_least: int | None = None
    percent: Decimal | None = None
    mode: str | None = None
    minutes: float | None = None
    twice: bool = False

    def is_in_force(self, on: date) -> bool:
        """Tell whether the standard holds on a day."""
        has_begun = self.valid_from is None or self.valid_from <= on
        return has_begun and (self.valid_until is None or on <= self.valid_until)

    def binds(self, district: str) -> bool:
        """Tell whether the standard speaks of a district, by its code."""
        return district.startswith(self.district)


@dataclass(frozen=True)
class Station:
    """A station in service: its class (None: nobody has recorded it) and the code of its town."""

    tier: str | None
    town: str | None


@dataclass(frozen=True)
class Town:
    """A town: its kind as the data says (街道, 镇, 乡) or None; then the end of its name tells."""

    code: str
    name: str
    kind: str | None

    @property
    def said_kind(self) -> str | None:
        """What kind of town it is, None where neither the data nor its name says."""
        return self.kind or next((kind for kind in _TOWN_KINDS if self.name.endswith(kind)), None)


@dataclass(frozen=True)
class Verdict:
    """What can be said of one standard.

    Attributes
    ----------
    standard : Standard
    state : str
        ``met``, ``not_met`` or ``unsaid``.
    reason : str or None
        Why it cannot be said, one of `REASONS`.
    unit : str
        What the numbers count: ``towns``, ``stations`` or ``people``.
    total, actual : float
        Of so many so many fulfil it, as far as is known.
    required : float or None
        So many should.
    missing : float
        So many more are needed at least, as far as is known; 0 where met.
    unknown : int
        Stations whose class nobody has recorded.
    failing, unsure : tuple of str
        Codes of towns that surely fail, and of those that cannot be evaluated.
    """

    standard: Standard
    state: str
    reason: str | None
    unit: str
    total: float
    actual: float
    required: float | None
    missing: float
    unknown: int = 0
    failing: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


def load_standards(own: Path | None = None) -> tuple[Standard, ...]:
    """Return the standards that come with the program, and after them those of a file of one's own.

    Raises
    ------
    InputError
        If the file is missing or an entry in it cannot be used.
    """
    return _built_in() + (read_standards(own) if own else ())


def read_standards(path: Path) -> tuple[Standard, ...]:
    """Return the standards of a file written like ``standards.toml``."""
    try:
        return _parse(path.read_text(encoding="utf-8"), file=path.name)
    except OSError as error:
        raise InputError("{file}: the file of standards cannot be read", file=str(path)) from error


def evaluate(
    standard: Standard,
    *,
    stations: Sequence[Station],
    towns: Sequence[Town],
    measure: Callable[[str, float], Sums],
) -> Verdict:
    """Judge one standard.

    Parameters
    ----------
    standard : Standard
    stations : sequence of Station
        Every rest station in service.
    towns : sequence of Town
        Every town of the district.
    measure : callable
        ``measure(mode, minutes)`` counts the people within so many minutes of any station in service, whatever its
        hours; called for coverage standards only.

    Examples
    --------
    >>> flagships = load_standards()[1]
    >>> ten = [Station("标杆型", "a"), *[Station("基本型", "a")] * 9]
    >>> verdict = evaluate(flagships, stations=ten, towns=(), measure=lambda mode, minutes: None)
    >>> verdict.state, verdict.actual, verdict.required
    ('met', 1, 1)
    >>> verdict = evaluate(flagships, stations=[*ten, Station(None, "a")], towns=(), measure=lambda mode, minutes: None)
    >>> verdict.state, verdict.reason, verdict.missing, verdict.unknown
    ('unsaid', 'class_unknown', 1, 1)
    """
    if standard.rule == "class_in_each_town":
        return _evaluate_towns(standard, stations, towns)
    if standard.rule == "share_of_class":
        return _evaluate_share(standard, stations)
    if standard.rule == "stations":
        required, n = standard.at_least or 0, len(stations)
        state = "met" if n >= required else "not_met"
        return Verdict(standard, state, None, "stations", n, n, required, max(required - n, 0))
    return _evaluate_coverage(standard, measure)


def _evaluate_towns(standard: Standard, stations: Sequence[Station], towns: Sequence[Town]) -> Verdict:
    meant, doubtful = [], []
    for town in towns:
        if town.said_kind is None:
            doubtful.append(town)
        elif town.said_kind in standard.town_kinds:
            meant.append(town)
    needed = standard.at_least or 0
    unknown = sum(station.tier is None for station in stations)
    good, failing, unsure = 0, [], []
    for town in (*meant, *doubtful):
        here = [station for station in stations if station.town == town.code]
        n_good = sum(station.tier in standard.classes for station in here)
        n_maybe = sum(station.tier is None for station in here)
        if n_good >= needed:
            good += town in meant
        elif town in meant and n_good + n_maybe < needed:
            failing.append(town.code)
        else:
            unsure.append(town.code)
    reason = None
    if not meant and not doubtful:
        reason = "no_towns"
    elif unsure and not failing:
        is_kind = all(code in {town.code for town in doubtful} for code in unsure)
        reason = "town_kind_unknown" if is_kind else "class_unknown"
    state = "unsaid" if reason else "not_met" if failing else "met"
    total = len(meant)
    return Verdict(
        standard, state, reason, "towns", total, good, total, total - good, unknown, tuple(failing), tuple(unsure)
    )


def _evaluate_share(standard: Standard, stations: Sequence[Station]) -> Verdict:
    n = len(stations)
    good = sum(station.tier in standard.classes for station in stations)
    unknown = sum(station.tier is None for station in stations)
    required = int((Decimal(n) * (standard.percent or 0) / 100).to_integral_value(ROUND_CEILING))
    reason = None
    if n == 0:
        state, reason = "unsaid", "no_stations"
    elif good >= required:
        state = "met"
    elif good + unknown < required:
        state = "not_met"
    else:
        state, reason = "unsaid", "class_unknown"
    return Verdict(standard, state, reason, "stations", n, good, required, max(required - good, 0), unknown)


def _evaluate_coverage(standard: Standard, measure: Callable[[str, float], Sums]) -> Verdict:
    sums = measure(standard.mode or "", standard.minutes or 0.0)
    actual = sums.covered_twice if standard.twice else sums.covered
    if standard.percent is None:
        return Verdict(standard, "unsaid", "no_target", "people", sums.people, actual, None, 0.0)
    required = sums.people * float(standard.percent) / 100.0
    state = "met" if actual >= required else "not_met"
    return Verdict(standard, state, None, "people", sums.people, actual, required, max(required - actual, 0.0))


@cache
def _built_in() -> tuple[Standard, ...]:
    text = resources.files("geo").joinpath("coverage/standards.toml").read_text(encoding="utf-8")
    return _parse(text, file="standards.toml")


def _parse(text: str, *, file: str) -> tuple[Standard, ...]:
    entries = read_toml(text, file=file, parse_float=Decimal).get("standard", [])
    return tuple(_standard(entry, file=file, number=number) for number, entry in enumerate(entries, 1))


def _standard(entry: dict[str, Any], *, file: str, number: int) -> Standard:
    rule = entry.get("rule")
    if rule not in _REQUIRED:
        raise InputError(
            "{file}, standard {number}: rule {value} is not one of {known}",
            file=file, number=number, value=rule, known=", ".join(RULES),
        )  # fmt: skip
    for name in ("id", "title", "citation", *_REQUIRED[rule]):
        if name not in entry:
            raise InputError("{file}, standard {number}: {name} is missing", file=file, number=number, name=name)
    facts = dict(entry)
    for name in ("title_en", "citation_en"):
        facts.setdefault(name, facts[name.removesuffix("_en")])
    facts.setdefault("trust", "")
    facts.setdefault("trust_en", facts["trust"])
    try:
        for name in ("classes", "town_kinds"):
            facts[name] = tuple(map(str, facts.get(name, ())))
        if "percent" in facts:
            facts["percent"] = Decimal(facts["percent"])
        if "minutes" in facts:
            facts["minutes"] = float(facts["minutes"])
        made = Standard(**facts)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise InputError(
            "{file}, standard {number}: cannot be used ({reason})", file=file, number=number, reason=str(error)
        ) from error
    _check(made, file=file, number=number)
    return made


def _check(standard: Standard, *, file: str, number: int) -> None:
    """Refuse values of another type, which would fail only when somebody asks."""
    checks = {
        "at_least": standard.at_least is None or (type(standard.at_least) is int and standard.at_least >= 0),
        "percent": standard.percent is None or 0 <= standard.percent <= 100,
        "minutes": standard.minutes is None or 1 <= standard.minutes <= 120,
        "mode": standard.mode in (None, "walk", "ebike"),
        "valid_from": standard.valid_from is None or type(standard.valid_from) is date,
        "valid_until": standard.valid_until is None or type(standard.valid_until) is date,
        "twice": type(standard.twice) is bool,
    }
    for name, is_good in checks.items():
        if not is_good:
            raise InputError(
                "{file}, standard {number}: {name} = {value} cannot be used",
                file=file, number=number, name=name, value=getattr(standard, name),
            )  # fmt: skip
