"""Presses of whoever leads a day of a tour: what was said when, put into one order however it was delivered."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, get_args

PressKind = Literal["arrived", "departed", "delay", "set_time", "skip", "shorten", "replan", "undo"]
PRESS_KINDS: tuple[PressKind, ...] = get_args(PressKind)


@dataclass(frozen=True)
class NewStop:
    """A stop of a day that is planned again, minutes after midnight of the day."""

    key: str
    arrive: int
    depart: int


@dataclass(frozen=True)
class Press:
    """One press on the leader's page.

    Attributes
    ----------
    device : str
        Which browser it was made in: random, the name of nobody.
    number : int
        Counts the presses of the device from 1; with `device` the press's own name.
    at_ms : int
        When it was made, milliseconds since the epoch by the clock of the server.
    minute : int
        The same moment in minutes after midnight of the day of the tour.
    kind : str
        ``arrived``, ``departed`` (at `stop`), ``delay`` (what comes next, by `minutes`), ``set_time`` (what comes next,
        to the minute `minutes` of the day), ``skip`` and ``shorten`` (`stop`, by `minutes`), ``replan`` (the stops to
        come become `rest`), ``undo`` (of the press `target`).
    """

    device: str
    number: int
    at_ms: int
    minute: int
    kind: PressKind
    stop: str | None = None
    minutes: int | None = None
    target: str | None = None
    rest: tuple[NewStop, ...] = ()

    @property
    def name(self) -> str:
        """What the press is called; two deliveries of one press have the same name."""
        return f"{self.device}.{self.number}"


def in_order(presses: Iterable[Press]) -> tuple[Press, ...]:
    """Return each press once, in the order in which they were made.

    The presses of a device keep the order of their numbers, whatever its clock said; those of several devices are
    merged by the moment. The result depends on the set of presses alone: not on how often or in which order they came.

    Examples
    --------
    >>> late = Press("a", 2, 5_000, 600, "departed", stop="S1")
    >>> early = Press("a", 1, 6_000, 600, "arrived", stop="S1")
    >>> [press.number for press in in_order([late, early, late])]
    [1, 2]
    """
    # Equal names should be equal presses; where they are not, the same one is taken in every order of delivery.
    once: dict[str, Press] = {}
    for press in presses:
        known = once.get(press.name)
        if known is None or repr(press) < repr(known):
            once[press.name] = press
    latest: dict[str, int] = {}
    ordered: list[Press] = []
    for press in sorted(once.values(), key=lambda each: (each.device, each.number)):
        at_ms = max(press.at_ms, latest.get(press.device, press.at_ms))
        latest[press.device] = at_ms
        ordered.append(replace(press, at_ms=at_ms))
    return tuple(sorted(ordered, key=lambda each: (each.at_ms, each.device, each.number)))


def without_undone(presses: Iterable[Press]) -> tuple[Press, ...]:
    """Return the presses that hold, in order: those that were taken back are left out, and so is the taking back."""
    ordered = in_order(presses)
    undone = {press.target for press in ordered if press.kind == "undo"}
    return tuple(press for press in ordered if press.kind != "undo" and press.name not in undone)
