"""Pages for organisers of recuperation tours."""

from webmap.organiser import build, paste, sharing  # noqa: F401 - their views are of the same blueprint
from webmap.organiser.views import organiser

__all__ = ["organiser"]
