"""Siting question, read from JSON and from the command line."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from geo.errors import InputError
from geo.network.modes import ALL_MODES
from geo.siting.certificate import MODELS, Model

MAX_SITES = 2_000
LIMIT_S = 600.0


@dataclass(frozen=True, kw_only=True)
class SitingQuestion:
    """What is asked.

    Attributes
    ----------
    model : {"mclp", "lscp", "p-median", "p-center"}
    sites : int or None
        New sites, beside the existing stations; not read by ``lscp``, at most so many with a budget.
    mode : str
    minutes : float
        The service standard of ``mclp`` and ``lscp``.
    layers : mapping of str to float
        What one of a demand layer weighs; empty: as the district has chosen.
    fixed, forbidden : tuple of str
        Codes of candidates, beside those whose status says it.
    with_existing : bool
        Whether stations in service count as chosen already.
    budget : float or None
        Yuan that the new sites may cost together, by the costs of the candidates; with ``mclp`` alone.
    time_limit_s : float
        Then the best that was found is answered, with its bound.
    """

    model: Model
    sites: int | None
    mode: str = "walk"
    minutes: float = 15.0
    layers: Mapping[str, float] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    with_existing: bool = True
    budget: float | None = None
    time_limit_s: float = 60.0

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "SitingQuestion":
        """Return the question that some arguments are.

        Raises
        ------
        InputError
        """
        model = given.get("model", "mclp")
        if model not in MODELS:
            raise InputError("{model} is not a model; there are {known}", model=model, known=", ".join(MODELS))
        mode = given.get("mode", "walk")
        if mode not in ALL_MODES:
            raise InputError("{mode} is not a mode; there are {known}", mode=mode, known=", ".join(ALL_MODES))
        sites = given.get("sites")
        budget = given.get("budget")
        if budget is not None:
            budget = float(budget)
            if model != "mclp":
                raise InputError("a budget goes with the model mclp, not with {model}", model=model)
            if not 0.0 <= budget < math.inf:
                raise InputError("budget {value} is not a number from 0", value=budget)
        elif model != "lscp" and sites is None:
            raise InputError("sites is missing: how many are to be chosen")
        if sites is not None and not 1 <= int(sites) <= MAX_SITES:
            raise InputError("sites {value} is not a number from 1 to {most}", value=sites, most=MAX_SITES)
        minutes = float(given.get("minutes", 15.0))
        if not 0.0 < minutes <= 120.0:
            raise InputError("minutes {value} is not a number up to 120", value=minutes)
        limit = float(given.get("time_limit_s", 60.0))
        if not 0.0 < limit <= LIMIT_S:
            raise InputError("time limit {value} s is not a number of seconds up to {most}", value=limit, most=LIMIT_S)
        return cls(
            model=cast(Model, model),
            sites=None if sites is None else int(sites),
            mode=mode,
            minutes=minutes,
            layers=dict(given.get("layers") or {}),
            fixed=tuple(given.get("fixed") or ()),
            forbidden=tuple(given.get("forbidden") or ()),
            with_existing=bool(given.get("with_existing", True)),
            budget=budget,
            time_limit_s=limit,
        )
