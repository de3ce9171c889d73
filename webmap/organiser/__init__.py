"""Pages for organisers of recuperation tours."""

from webmap.organiser import (  # noqa: F401 - their views are of the same blueprint
    answers,
    batch,
    batch_set,
    batches,
    build,
    chain,
    paste,
    places,
    places_import,
    published,
    sharing,
    start_from,
)
from webmap.organiser.running import running
from webmap.organiser.views import organiser

__all__ = ["organiser", "running"]
