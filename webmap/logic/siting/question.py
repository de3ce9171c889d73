"""Siting question, read from JSON and from the command line."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from geo.coverage.question import CoverageQuestion
from geo.errors import InputError
from geo.network.modes import ALL_MODES
from geo.siting.certificate import MODELS, Model
from webmap.logic.siting.sites_question import read_actions

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
    coverage : CoverageQuestion
        Whom to count (layers, a town or key area), and which stations count: services, a moment.
    actions : mapping of str to float or None
        What may be done with places of ours, as `webmap.logic.siting.sites_question.ACTIONS` names it, and the yuan of
        each.
    fixed, forbidden : tuple of str
        Codes of candidates, beside those whose status says it.
    with_existing : bool
        Whether stations in service count as chosen already.
    budget : float or None
        Yuan that the new sites may cost together, by the costs of the candidates; with ``mclp`` alone.
    week : bool
        Count the person-hours of a week by the demand profile, instead of the people at a moment; with ``mclp``.
    until : int
        Hour of the day (1 to 24) until which a station stays open by the action ``hours``; read with `week`.
    each_service : bool
        Count being served with each of the services apart, instead of with all of them at one place; with ``mclp``.
    time_limit_s : float
        Then the best that was found is answered, with its bound.
    """

    model: Model
    sites: int | None
    mode: str = "walk"
    minutes: float = 15.0
    coverage: CoverageQuestion = field(default_factory=CoverageQuestion)
    actions: Mapping[str, float | None] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    with_existing: bool = True
    budget: float | None = None
    week: bool = False
    until: int = 21
    each_service: bool = False
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
        is_week, is_apart = bool(given.get("week")), bool(given.get("each_service"))
        if (is_week or is_apart) and model != "mclp":
            raise InputError("a week and single services go with the model mclp, not with {model}", model=model)
        if is_week and given.get("at"):
            raise InputError("a whole week is asked about, and a moment too: give one of them")
        if is_apart and not (given.get("services") or given.get("service")):
            raise InputError("services are to be counted apart, and none is named: name them")
        until = int(given.get("until") or 21)
        if not 1 <= until <= 24:
            raise InputError("until {value} is not an hour from 1 to 24", value=until)
        return cls(
            model=cast(Model, model),
            sites=None if sites is None else int(sites),
            mode=mode,
            minutes=minutes,
            coverage=CoverageQuestion.read({**given, "mode": mode, "minutes": minutes}),
            actions=read_actions(given.get("actions") or {}),
            fixed=tuple(given.get("fixed") or ()),
            forbidden=tuple(given.get("forbidden") or ()),
            with_existing=bool(given.get("with_existing", True)),
            budget=budget,
            week=is_week,
            until=until,
            each_service=is_apart,
            time_limit_s=limit,
        )
