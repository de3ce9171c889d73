"""``/manage``: where staff look after places and see where the data comes from."""

from webmap.manage import (  # noqa: F401 - their views are of the same blueprint
    areas,
    demand,
    doors,
    drawing,
    gaps,
    hotspots,
    jobs,
    new_gap,
    photos,
    reports,
)
from webmap.manage.views import manage

__all__ = ["manage"]
