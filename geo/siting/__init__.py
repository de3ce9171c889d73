"""Where the next stations should be: location models with proofs, over arrays."""

from geo.errors import InfeasibleError
from geo.siting.covers import CoverSets
from geo.siting.lscp import solve_lscp
from geo.siting.mclp import solve_mclp
from geo.siting.p_center import solve_p_center
from geo.siting.p_median import solve_p_median
from geo.siting.problem import SitingResult, Stop

__all__ = [
    "CoverSets",
    "InfeasibleError",
    "SitingResult",
    "Stop",
    "solve_lscp",
    "solve_mclp",
    "solve_p_center",
    "solve_p_median",
]
