"""``/api/v1``: the questions of riders and planners as JSON, each an operation of ``openapi.yaml``."""

from webmap.api import jobs  # noqa: F401 - its views are of the same blueprint
from webmap.api.views import api

__all__ = ["api"]
