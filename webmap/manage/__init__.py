"""``/manage``: the pages of staff for places, data, offers, jobs and the ledger."""

from webmap.manage import (  # noqa: F401 - their views are of the same blueprint
    accounts,
    activities,
    areas,
    benefits,
    changes,
    coverage_report,
    demand,
    districts,
    door_reports,
    hotspots,
    imports,
    jobs,
    ledger,
    load,
    map,
    membership,
    new_ledger_entry,
    photos,
    place_list,
    places,
    sources,
    usage,
    workbench,
)
from webmap.manage.blueprint import manage

__all__ = ["manage"]
