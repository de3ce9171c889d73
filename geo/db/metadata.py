"""The metadata with every table of the store: importing this module makes all of them known."""

import geo.db.candidates
import geo.db.departure_tables
import geo.db.import_tables
import geo.db.planner_tables
import geo.db.tour_tables  # noqa: F401 - its tables are in the metadata
from geo.db.tables import Base

METADATA = Base.metadata
