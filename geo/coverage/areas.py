"""Groups of demand points to sum over: towns, of which a point has one, and key areas, which may overlap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geo.errors import InputError

ELSEWHERE = ""
"""Code of the points that lie in no town; they are counted all the same."""


@dataclass(frozen=True, eq=False)
class Areas:
    """Named groups of demand points: ``index[ptr[a] : ptr[a + 1]]`` are the points of area ``a``.

    Attributes
    ----------
    code, name : tuple of str (n_area)
    ptr : int64 (n_area + 1,)
    index : int64 (n_member,)
    """

    code: tuple[str, ...]
    name: tuple[str, ...]
    ptr: NDArray[np.int64]
    index: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.code)

    def __add__(self, other: "Areas") -> "Areas":
        return Areas(
            self.code + other.code,
            self.name + other.name,
            np.concatenate([self.ptr, self.ptr[-1] + other.ptr[1:]]),
            np.concatenate([self.index, other.index]),
        )

    @classmethod
    def of_codes(cls, point_code: ArrayLike, names: Mapping[str, str]) -> "Areas":
        """Group points by the code that each bears.

        Parameters
        ----------
        point_code : array_like of str or None (n_demand,)
        names : mapping of str to str
            Code to name of every area that shall appear, in this order, also those without a point. Codes that are not
            in it come after, without a name; points without a code are under `ELSEWHERE`.
        """
        series = pd.Series(np.asarray(point_code, dtype=object))
        filled = series.where(series.notna(), ELSEWHERE)
        codes = [*names, *sorted(set(filled) - set(names))]
        number = pd.Index(codes).get_indexer(pd.Index(filled)) if codes else np.empty(0, np.int64)
        order = np.argsort(number, kind="stable")
        return cls(
            tuple(codes),
            tuple(names.get(code, "") for code in codes),
            _ptr(np.bincount(number, minlength=len(codes))),
            order.astype(np.int64),
        )

    @classmethod
    def of_masks(cls, masks: Mapping[str, ArrayLike], *, names: Mapping[str, str]) -> "Areas":
        """Group points by masks, bool (n_demand,) each, by code; areas may overlap."""
        members = [np.flatnonzero(np.asarray(mask, bool)) for mask in masks.values()]
        return cls(
            tuple(masks),
            tuple(names.get(code, "") for code in masks),
            _ptr([member.size for member in members]),
            np.concatenate(members).astype(np.int64) if members else np.empty(0, np.int64),
        )

    @property
    def owner(self) -> NDArray[np.int64]:
        """The area of each entry of `index`, int64 (n_member,)."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.ptr))

    def mask(self, code: str, n_demand: int) -> NDArray[np.bool_]:
        """Return which points lie in an area, bool (n_demand,).

        Raises
        ------
        InputError
            If there is no such area.
        """
        if code not in self.code:
            raise InputError("there is no area {code}; there are: {known}", code=code, known=", ".join(self.code))
        at = self.code.index(code)
        inside = np.zeros(n_demand, bool)
        inside[self.index[self.ptr[at] : self.ptr[at + 1]]] = True
        return inside

    def total(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum over each area of values per point, float64 (n_area,)."""
        return np.bincount(self.owner, weights=values[self.index], minlength=len(self)).astype(np.float64)


def _ptr(counts: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
