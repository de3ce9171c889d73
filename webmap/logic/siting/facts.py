"""What an answer about sites says, and what its certificate is written from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray

from geo.siting.certificate import Certified, write_certificate
from webmap.logic.district_state import DataMark


@dataclass(frozen=True)
class ChosenSite:
    """A candidate that was chosen; `cost` in yuan (None: not known), `gain` what it covers that nothing did before.

    `supposed` are the hours that it counts with where nobody has entered any, in OSM syntax.
    """

    code: str
    name: str
    lon: float
    lat: float
    cost: float | None
    gain: float
    supposed: str | None = None


@dataclass(frozen=True, kw_only=True)
class SitingFacts:
    """What an answer says, as its JSON names it.

    Attributes
    ----------
    mark : DataMark
    model, mode : str
    minutes : float
    existing : int
        Stations that count as chosen.
    sites : tuple of ChosenSite
        The new ones.
    objective, bound, gap : float
    status : {"optimal", "feasible"}
    budget, spent : float or None
        Yuan; None without a budget.
    counts : {"people", "person-hours"}
        What the figures count: with ``person-hours`` those of a week, and where services are counted apart the mean
        over them.
    people, covered_before, covered_after, unattached : float
        Demand that takes part; of it covered within `minutes` before and after; people near no street.
    candidates_unattached : tuple of str
        Codes of candidates near no street.
    certified_bound : float
        The bound that the certificate proves.
    """

    mark: DataMark
    model: str
    mode: str
    minutes: float
    existing: int
    sites: tuple[ChosenSite, ...]
    objective: float
    bound: float
    gap: float
    status: str
    budget: float | None
    spent: float | None
    people: float
    covered_before: float
    covered_after: float
    unattached: float
    candidates_unattached: tuple[str, ...]
    certified_bound: float
    counts: Literal["people", "person-hours"] = "people"


@dataclass(frozen=True, eq=False)
class SitingAnswer:
    """The answer, and what its certificate is written from; `kind` as in `write_certificate`."""

    facts: SitingFacts
    certified: Certified
    arrays: dict[str, NDArray[Any]]
    parameters: dict[str, Any]
    kind: Literal["streets", "sets"] = "streets"

    def write(self, path: Path) -> list[Path]:
        """Write the certificate and its inputs; return both paths."""
        write_certificate(path, self.certified, kind=self.kind, arrays=self.arrays, parameters=self.parameters)
        return [path, path.with_name(path.stem + ".inputs.npz")]
