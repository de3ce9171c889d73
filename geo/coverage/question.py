"""A question about coverage, read alike from an address, a JSON object and the options of a command."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from types import MappingProxyType
from typing import Any

from geo.errors import InputError
from geo.records import FUNCTION_KINDS, REST_STATION


@dataclass(frozen=True, kw_only=True)
class CoverageQuestion:
    """A question about coverage.

    Attributes
    ----------
    mode : str
        ``walk`` or ``ebike``.
    minutes : float
        The service standard by the streets; a way of exactly so long is within it.
    services : tuple of str
        All of these a station must offer.
    at : datetime or None
        With its zone. A station counts if it is surely open then; None: hours are not regarded.
    layers : mapping of str to float
        Demand layer to what one of its people weighs; empty: as chosen for the district.
    area : str or None
        Code of a town or key area: only the people there count. None: the whole district.
    kind : str
        Function that a place must have to count: one of `FUNCTION_KINDS`.
    """

    mode: str = "walk"
    minutes: float = 15
    services: tuple[str, ...] = ()
    at: datetime | None = None
    layers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    area: str | None = None
    kind: str = REST_STATION

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "CoverageQuestion":
        """Return the question of a mapping.

        Parameters
        ----------
        values : mapping
            ``mode``, ``minutes``, ``services`` (or ``service``), ``at`` (a moment or its ISO text), ``layers`` (or
            ``layer``: a mapping, or texts as `read_layers` takes them), ``area`` and ``kind``; what is missing is as by
            default.

        Raises
        ------
        InputError
            If a moment or a layer cannot be read, or the kind is not known.

        Examples
        --------
        >>> CoverageQuestion.read({"minutes": 10, "service": ["toilet"], "layer": ["riders=0.5"]}).layers
        {'riders': 0.5}
        """
        layers = values.get("layers", values.get("layer")) or {}
        kind = values.get("kind") or REST_STATION
        if kind not in FUNCTION_KINDS:
            raise InputError("kind {kind} is not one of {kinds}", kind=kind, kinds=", ".join(FUNCTION_KINDS))
        return cls(
            mode=values.get("mode", "walk"),
            minutes=values.get("minutes", 15),
            services=tuple(values.get("services", values.get("service")) or ()),
            at=read_moment(values.get("at")),
            layers=dict(layers) if isinstance(layers, Mapping) else read_layers(layers),
            area=values.get("area") or None,
            kind=kind,
        )

    def as_json(self) -> dict[str, Any]:
        """Return the question as a JSON object that `read` takes; of rest stations it names no kind."""
        found = {
            "mode": self.mode,
            "minutes": self.minutes,
            "services": list(self.services),
            "at": self.at.isoformat() if self.at else None,
            "layers": dict(self.layers),
            "area": self.area,
        }
        return found if self.kind == REST_STATION else {**found, "kind": self.kind}


def read_layers(texts: Sequence[str]) -> dict[str, float]:
    """Read ``residents=1``-like texts, as the command line and the query of an address write layers.

    Raises
    ------
    InputError
        If one is written otherwise, or a layer is named twice.

    Examples
    --------
    >>> read_layers(["residents=1", "riders=0.5"])
    {'residents': 1.0, 'riders': 0.5}
    """
    layers: dict[str, float] = {}
    for text in texts:
        name, _, number = text.partition("=")
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if not name or not isfinite(value) or name in layers:
            raise InputError("layer {value}: write each layer once, with its weight, such as residents=1", value=text)
        layers[name] = value
    return layers


def read_moment(value: datetime | str | None) -> datetime | None:
    """Return a moment with its time zone; None where none is named.

    Raises
    ------
    InputError
        If a text is not such a moment. RFC 3339 knows the leap second, `datetime` does not.
    """
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise _not_a_moment(value) from error
    if moment.tzinfo is None:
        raise _not_a_moment(value)
    return moment


def _not_a_moment(value: object) -> InputError:
    return InputError(
        "at: {value} is not a moment with its time zone, such as 2026-11-23T12:10:00+08:00", value=str(value)
    )
