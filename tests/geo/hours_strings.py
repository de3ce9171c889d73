"""Opening hours in OSM syntax, generated: what the program reads, without what it leaves unknown on purpose."""

import random

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def generate_hours(seed: int, count: int) -> list[str]:
    """Return different texts of one to four rules: weekdays, nights, closures of days and hours, months, dates."""
    source = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found[_text(source)] = None
    return list(found)


def _text(source: random.Random) -> str:
    rules = [source.choice((_weekly(source), _times(source)))]
    rules += [_weekly(source) for _ in range(source.choice((0, 0, 1, 1, 2)))]
    kind = source.random()
    if kind < 0.25:
        rules.append(f"{_days(source)} off")
    elif kind < 0.45:
        rules.append(f"{_days(source)} {_span(source)} off")
    elif kind < 0.65:
        rules.append(f"{_date(source)} {source.choice((_times(source), 'off'))}")
    if source.random() < 0.1:
        first = source.randrange(12)
        rules.insert(0, f"{MONTHS[first]}-{MONTHS[(first + source.randrange(1, 11)) % 12]} {_weekly(source)}")
    return "; ".join(rules)


def _weekly(source: random.Random) -> str:
    return f"{_days(source)} {_times(source)}"


def _days(source: random.Random) -> str:
    first = source.randrange(7)
    if source.random() < 0.5:
        return f"{DAYS[first]}-{DAYS[(first + source.randrange(1, 7)) % 7]}"
    chosen = sorted(source.sample(range(7), source.randrange(1, 4)))
    return ",".join(DAYS[day] for day in chosen)


def _times(source: random.Random) -> str:
    if source.random() < 0.35:
        return f"{_clock(source, 16, 24)}-{_clock(source, 0, 9)}" if source.random() < 0.7 else "00:00-24:00"
    edges = sorted(source.sample(range(10, 48), source.choice((2, 2, 4))))
    clocks = [f"{edge // 2:02d}:{30 * (edge % 2):02d}" for edge in edges]
    return ",".join(f"{a}-{b}" for a, b in zip(clocks[::2], clocks[1::2], strict=True))


def _span(source: random.Random) -> str:
    first = source.randrange(46)
    last = source.randrange(first + 1, 48) if source.random() < 0.8 else source.randrange(0, min(first, 12) or 1)
    return f"{first // 2:02d}:{30 * (first % 2):02d}-{last // 2:02d}:{30 * (last % 2):02d}"


def _clock(source: random.Random, low: int, high: int) -> str:
    return f"{source.randrange(low, high):02d}:{source.choice((0, 30)):02d}"


def _date(source: random.Random) -> str:
    day = source.randrange(1, 25)
    last = f"-{source.randrange(day + 1, 29):02d}" if source.random() < 0.5 else ""
    return f"2026 Nov {day:02d}{last}" if source.random() < 0.7 else f"Nov {day:02d}{last}"
