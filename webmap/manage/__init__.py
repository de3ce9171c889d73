"""``/manage``: the pages of staff for places, data, offers, jobs and the ledger."""

from webmap.manage import (  # noqa: F401 - their views are of the same blueprint
    activities,
    areas,
    benefits,
    coverage_report,
    demand,
    districts,
    door_reports,
    hotspots,
    jobs,
    ledger,
    load,
    map,
    membership,
    new_ledger_entry,
    photos,
)
from webmap.manage.views import manage

__all__ = ["manage"]
