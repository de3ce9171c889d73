"""``/manage``: where staff look after places and see where the data comes from."""

from webmap.manage.views import manage

__all__ = ["manage"]
