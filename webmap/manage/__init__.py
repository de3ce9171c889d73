"""``/manage``: where staff look after places and see where the data comes from."""

from webmap.manage import jobs  # noqa: F401 - its views are of the same blueprint
from webmap.manage.views import manage

__all__ = ["manage"]
