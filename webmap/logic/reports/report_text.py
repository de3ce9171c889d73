"""Text of a coverage report in Chinese or English: sentences, headings, names, formatted numbers."""

import gettext
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from geo.network.modes import load_modes
from webmap.logic.labels import (
    CAUSES,
    COUNTS,
    DEMAND_LAYERS,
    LAYERS,
    MODES,
    OPEN_STATES,
    PROXY_NOTE,
    SERVICES,
    VERDICT_REASONS,
    VERDICTS,
)
from webmap.logic.place_words import gap_words
from webmap.logic.reports.numbers import CoverageReport, Gap
from webmap.logic.source_words import source_words
from webmap.logic.written_hours import hours_in_words

TRANSLATIONS = Path(__file__).parents[2] / "translations"
Translate = Callable[[str], str]
NOTHING = "—"

_DAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


class ReportText:
    """The text of one report in one language.

    Parameters
    ----------
    report : CoverageReport
    lang : str
        ``zh`` or ``en``.
    """

    def __init__(self, report: CoverageReport, lang: str) -> None:
        self.report = report
        self.lang = lang
        self.translate: Translate = str
        self._english: dict[str, str] = {}
        if lang == "en":
            names = [(town.name, town.name_en) for town in report.towns]
            names += [(station.name, station.name_en) for station in report.stations]
            names += [(gap.name, gap.name_en) for gap in report.gaps]
            for each in report.dependences:
                names += [(name, english) for (name, _), english in zip(each.places, each.names_en, strict=True)]
            self._english = {name: english for name, english in names if english}
        else:
            self.translate = gettext.translation("messages", TRANSLATIONS, ["zh"], fallback=True).gettext

    # ---- Numbers ----

    def count(self, value: float) -> str:
        """Return a count with thousands set apart."""
        return f"{value:,.0f}"

    def percent(self, share: float) -> str:
        """Return a share to the tenth of a percent."""
        return f"{share:.1%}"

    def minutes(self, value: float | None) -> str:
        """Return minutes, a dash where nothing is reached."""
        return NOTHING if value is None else f"{value:g}"

    def moment(self, value: datetime) -> str:
        """Return a moment with its weekday, to the minute, in the zone it carries."""
        return f"{value:%Y-%m-%d} {self.days[value.weekday()]} {value:%H:%M}"

    @property
    def days(self) -> tuple[str, ...]:
        """Weekdays, Monday first."""
        return _DAYS[self.lang]

    def hours(self, text: str | None) -> str:
        """Return opening hours in words."""
        return hours_in_words(text, lang=self.lang, translate=self.translate) or self.translate("hours unknown")

    # ---- Names ----

    @property
    def comma(self) -> str:
        """What parts the items of a list."""
        return "、" if self.lang == "zh" else ", "

    def name(self, text: str) -> str:
        """Return a label of `webmap.logic.labels` in the report's language."""
        return self.translate(text)

    @property
    def district(self) -> str:
        """The district's name."""
        return self.report.name_en if self.lang == "en" else self.report.name

    @property
    def mode(self) -> str:
        """How people go."""
        return self.name(MODES[self.report.mode])

    @property
    def unit(self) -> str:
        """What is counted, as the head of a column."""
        return self.unit_of(self.report.unit)

    def unit_of(self, unit: str) -> str:
        """Return what a unit is called, as the head of a column."""
        translate = self.translate
        names = {
            "people": translate("People"),
            "buildings": translate("Buildings"),
            "weighted": translate("Weighted units"),
        }
        return names[unit]

    def area(self, code: str, name: str) -> str:
        """Return a town's name; people in no town are called so."""
        return self.named(name) or code or self.translate("outside of every town")

    def named(self, name: str) -> str:
        """Return the name of a town or station in the report's language, where it has one there."""
        return self._english.get(name, name)

    def state(self, state: str) -> str:
        """Return what an opening state is called; without a moment nothing is said of it."""
        return NOTHING if self.report.at is None else self.name(OPEN_STATES[state])

    def cause(self, cause: str) -> str:
        """Return what the cause of a gap is called."""
        return self.name(CAUSES[cause])

    def verdict(self, state: str) -> str:
        """Return what a verdict on a standard is called."""
        return self.name(VERDICTS[state])

    def reason(self, reason: str | None) -> str:
        """Return why a standard cannot be evaluated, empty where it can."""
        return self.name(VERDICT_REASONS[reason]) if reason else ""

    def source(self, text: str | None) -> str:
        """Return a file's name, or what is remarked of a source, in the report's language; empty for None."""
        return source_words(text, self.translate) or ""

    def layer(self, layer: str) -> str:
        """Return what a layer of data is called."""
        head, _, part = layer.partition(":")
        words = self.name(LAYERS.get(head, head))
        if not part:
            return words
        return f"{words}（{self.demand(part)}）" if self.lang == "zh" else f"{words} ({self.demand(part)})"

    def demand(self, layer: str) -> str:
        """Return what a demand layer is called."""
        return self.name(DEMAND_LAYERS.get(layer, layer))

    def services(self, codes: tuple[str, ...]) -> str:
        """Return what services are called, one after the other."""
        return self.comma.join(self.name(SERVICES.get(code, code)) for code in codes)

    # ---- What stands at the head of every form ----

    @property
    def title(self) -> str:
        """The title."""
        return self.translate("Coverage by rest stations in {district}").format(district=self.district)

    @property
    def stamp(self) -> str:
        """What marks sample data, and a demonstration; empty for real data."""
        translate = self.translate
        if self.report.is_sample:
            return translate(
                "Sample data: stations and people in this report are made up; nothing can be decided by it."
            )
        if self.report.status == "demo":
            return translate("A demonstration elsewhere; nothing in it is about your district.")
        return ""

    @property
    def mark(self) -> str:
        """The stamp in a word or two, for pictures and headers."""
        translate = self.translate
        return {"sample": translate("Sample data"), "demo": translate("Demonstration")}.get(self.report.status, "")

    @property
    def proxy(self) -> str:
        """Which layers of the demand nobody has counted; empty where all are."""
        names = [self.demand(layer.layer) for layer in self.report.layers if layer.is_proxy and layer.weight > 0]
        return self.name(PROXY_NOTE).format(layers=self.comma.join(names)) if names else ""

    @property
    def question(self) -> str:
        """What was asked."""
        translate, report = self.translate, self.report
        parts = [
            translate("{mode}, {minutes} minutes at most").format(mode=self.mode, minutes=f"{report.minutes:g}"),
            translate("stations open on {moment}").format(moment=self.moment(report.at))
            if report.at
            else translate("all stations in service, whatever their hours"),
        ]
        if report.services:
            parts.append(translate("offering {services}").format(services=self.services(report.services)))
        return ("；" if self.lang == "zh" else "; ").join(parts)

    @property
    def origin(self) -> str:
        """Version, moment and number of the report."""
        return self.translate("Data version {version} · made {moment} · report {digest}").format(
            version=self.report.data_version, moment=self.moment(self.report.made_at), digest=self.report.digest
        )

    # ---- Sentences ----

    def summary(self) -> list[str]:
        """Return three sentences: who is covered, who is missed and why, when and where it is weakest."""
        translate, report = self.translate, self.report
        whole = report.whole
        first = translate(
            "Of {people} in {district}, {covered} ({share}) reach a station that counts {mode} within {minutes} "
            "minutes, and {twice} ({share_twice}) reach two or more."
        ).format(
            people=self.counted(whole.people),
            district=self.district,
            covered=self.counted(whole.covered),
            share=self.percent(whole.share),
            mode=self.mode,
            minutes=f"{report.minutes:g}",
            twice=self.counted(whole.covered_twice),
            share_twice=self.percent(whole.share_twice),
        )
        best, worst = report.week.extremes()
        third = translate(
            "In an ordinary week coverage is highest {best} ({best_share}) and lowest {worst} ({worst_share})."
        ).format(
            best=self._hour(best), best_share=self.percent(best[2]),
            worst=self._hour(worst), worst_share=self.percent(worst[2]),
        )  # fmt: skip
        return [first, self._missed(), third]

    def _missed(self) -> str:
        translate, report = self.translate, self.report
        if not report.gaps:
            return translate("Nobody is missed.")
        cause, people = max(report.causes, key=lambda each: each[1])
        comma = "、" if self.lang == "zh" else "; "
        return translate(
            "{missed} are missed, most of them at {places}; the commonest cause is: {cause} ({share} of those missed)."
        ).format(
            missed=self.counted(report.whole.missed),
            places=comma.join(f"{self.gap_name(gap)} {self.counted(gap.people)}" for gap in report.gaps[:3]),
            cause=self.cause(cause),
            share=self.percent(people / report.whole.missed),
        )

    def gap_name(self, gap: Gap) -> str:
        """Return the name of a gap with its town, if that is another."""
        return gap_words(
            self.translate,
            self.named(gap.name) or self.area("", gap.town),
            town=self.named(gap.town),
            kind=gap.kind,
            direction=gap.direction,
            part=gap.part,
        )

    def place(self, name: str, part: int | None) -> str:
        """Return the name of a place, with the number of its part where it has several."""
        if part is None:
            return self.named(name)
        return self.translate("{name} (part {part})").format(name=self.named(name), part=part)

    def _hour(self, hour: tuple[int, int, float]) -> str:
        return self.translate("{day} at {hour}:00").format(day=self.days[hour[0]], hour=hour[1])

    def counted(self, value: float) -> str:
        """Return a count with what it counts."""
        return self.name(COUNTS[self.report.unit]).format(count=self.count(value))

    def methods(self) -> list[str]:
        """Return how the numbers came about, a paragraph each."""
        translate, report = self.translate, self.report
        speed = load_modes()[report.mode].speed_kph
        return [
            translate(
                "People are covered who reach, along the streets and {mode} at {speed} km/h, a station that counts "
                "within {minutes} minutes; the route is measured exactly from where people live to the door, never as "
                "the crow flies."
            ).format(mode=self.mode, speed=f"{speed:.4g}", minutes=f"{report.minutes:g}"),
            translate(
                "With a moment, a station counts only if its hours say surely that it is open then; one of unknown "
                "hours is never counted as open, and whom it alone would cover is a number of its own."
            ),
            translate("Who lives near no street is never covered and never left out of the total."),
            translate(
                "A gap is a cluster of missed people whom one station could serve within the standard, named by the "
                "street, settlement or town that most of them are at and the direction from it. Each point has one "
                "cause, the first that holds: no street near; hours unknown; closed then; lacks the service; not "
                "joined to the other streets; across the water; too far."
            ),
            translate(
                "The closure test counts, for each station, the people whom it covers and no other does. The week is "
                "the next one without holidays or make-up days, counted at the start of each hour."
            ),
            translate("Lines, squares and colours on maps are pictures of these numbers, not their source."),
        ]

    def unknowns(self) -> list[str]:
        """Return what the report does not know, a sentence each."""
        translate, report = self.translate, self.report
        found = [self.stamp] if self.stamp else []
        without_hours = sum(not station.hours or station.hours.startswith("unknown") for station in report.stations)
        if without_hours:
            found.append(
                translate("The hours of {count} of {all} stations are not known.").format(
                    count=without_hours, all=len(report.stations)
                )
            )
        found.append(translate("Posted hours are not always kept: whether a door is open is only known at the door."))
        if report.at is None:
            found.append(translate("Hours are not regarded here; the table of the week shows what they change."))
        if report.unit == "buildings":
            found.append(translate("What is counted is buildings, in place of people."))
        if report.unit == "weighted":
            found.append(translate("The layers are added up by their weights: the sums are weights, not people."))
        if self.proxy:
            found.append(self.proxy)
        if report.whole.unattached:
            found.append(
                translate("{count} live at points near no street; whether a path leads there is not known.").format(
                    count=self.count(report.whole.unattached)
                )
            )
        if any(each.is_schematic for each in report.inputs):
            found.append(translate("Town boundaries are schematic; numbers by town are as uncertain as they are."))
        undated = [self.source(each.file_name) for each in report.inputs if not each.data_date]
        if undated:
            found.append(
                translate("No date is stated in: {files}.").format(files=self.comma.join(dict.fromkeys(undated)))
            )
        if any(verdict.state == "unsaid" for verdict in report.standards):
            found.append(translate("Some standards cannot be evaluated; the reasons are given beside them."))
        found.append(translate("Slopes, waits at crossings and the pace of each person are not taken into account."))
        return found

    def facts(self) -> list[tuple[str, str, Any, str]]:
        """Return the key figures: key, label, value, and how it is written (``count``, ``share``, ``minutes``)."""
        translate, report = self.translate, self.report
        whole, near = report.whole, report.nearness
        rows: list[tuple[str, str, Any, str]] = [
            ("people", translate("All who are counted"), whole.people, "count"),
            ("covered", translate("Covered"), whole.covered, "count"),
            ("share", translate("Share covered"), whole.share, "share"),
            ("missed", translate("Missed"), whole.missed, "count"),
            ("covered_twice", translate("Covered by two stations or more"), whole.covered_twice, "count"),
            ("share_twice", translate("Share covered twice"), whole.share_twice, "share"),
            (
                "covered_if_open",
                translate("Covered only if stations of unknown hours are open"),
                whole.covered_if_open,
                "count",
            ),
            ("unattached", translate("Near no street"), whole.unattached, "count"),
            ("places", translate("Inhabited points"), report.places, "count"),
            ("places_covered", translate("Inhabited points covered"), report.places_covered, "count"),
            ("stations_counted", translate("Stations that count"), report.stations_counted, "count"),
            ("stations_closed", translate("Stations closed then"), report.stations_closed, "count"),
            ("stations_unknown", translate("Stations of unknown hours"), report.stations_unknown, "count"),
        ]
        rows += [
            (
                f"minutes_{percent:g}",
                translate("Minutes to the nearest station: {percent} % need no more").format(percent=f"{percent:g}"),
                minutes,
                "minutes",
            )
            for percent, minutes in near.percentiles
        ]
        rows.append(
            ("worst_mean", translate("Minutes of the worst served tenth, on average"), near.worst_mean_min, "minutes")
        )
        return rows

    def written(self, value: Any, form: str) -> str:
        """Return a value of `facts` as the document writes it."""
        return {"count": self.count, "share": self.percent, "minutes": self.minutes}[form](value)
