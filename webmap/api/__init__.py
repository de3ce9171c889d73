"""``/api/v1``: the questions of riders and planners as JSON, each an operation of ``openapi.yaml``."""

from webmap.api import drawing, jobs, ledger, siting  # noqa: F401 - their views are of the same blueprint
from webmap.api.views import api

__all__ = ["api"]
