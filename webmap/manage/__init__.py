"""``/manage``: where staff look after places and see where the data comes from."""

from webmap.manage import drawing, jobs, new_gap, photos  # noqa: F401 - their views are of the same blueprint
from webmap.manage.views import manage

__all__ = ["manage"]
