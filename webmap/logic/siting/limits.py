"""What every siting question keeps to: how much is held at once, what is decided, money only where it is known."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from geo.errors import InputError
from geo.records import CandidateRecord
from webmap.logic.siting.question import SitingQuestion

MAX_ENTRIES = 400_000_000
"""Demand points times facilities that are held at once: 3.2 GB."""

_NAMED = 5


def check_prices(price: NDArray[np.float64], codes: Sequence[str], forbidden: Sequence[int]) -> None:
    """Check that every option that may be chosen has a cost; NaN: nobody has entered one.

    Raises
    ------
    InputError
        Naming some that have none.
    """
    unknown = np.setdiff1d(np.flatnonzero(np.isnan(price)), np.asarray(forbidden, np.int64))
    if unknown.size:
        raise InputError(
            "{count} candidates have no cost, among them {codes}: fill in the column, or load them as forbidden",
            count=unknown.size,
            codes=", ".join(codes[j] for j in unknown[:_NAMED].tolist()),
        )


def decided_options(
    asked: SitingQuestion, candidates: Sequence[CandidateRecord], at: Mapping[str, int]
) -> tuple[list[int], list[int]]:
    """Return the options that must, and may not, be chosen, by their status and by the question; `at` is by code.

    Raises
    ------
    InputError
        Naming a code that there is not.
    """
    for code in (*asked.fixed, *asked.forbidden):
        if code not in at:
            raise InputError("there is no candidate site {code}", code=code)
    fixed, forbidden = (
        sorted({at[each.code] for each in candidates if each.status == status} | {at[code] for code in named})
        for status, named in (("mandatory", asked.fixed), ("forbidden", asked.forbidden))
    )
    return fixed, forbidden
