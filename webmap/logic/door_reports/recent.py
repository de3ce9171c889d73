"""Recent door reports of a district, in the memory of a worker; they are not part of the state's version."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from geo.db.door_reports import read_unexpired
from webmap.logic.door_reports.rules import SILENT, Door, Report, read_door


class ReportBoard:
    """The unexpired reports of a district as last read; the poll replaces them whole, whatever state reads them.

    They change by the minute, so they are not part of the state's version: no street, tour or coverage is computed
    again because somebody found a door locked. `version` is that of the store, `revision` counts how often the reports
    were read.
    """

    def __init__(self) -> None:
        self.version = -1
        self.revision = 0
        self._reports: Mapping[str, Sequence[Report]] = {}

    def put(self, version: int, reports: Mapping[str, Sequence[Report]]) -> None:
        """Hang up other reports, by code of the place."""
        self._reports, self.version = reports, version
        self.revision += 1

    @property
    def reports(self) -> Mapping[str, Sequence[Report]]:
        """Return all of them by code of the place; another object whenever they were read again."""
        return self._reports

    def door(self, code: str, at: datetime) -> Door:
        """Return what is known of one door at a moment."""
        reports = self._reports.get(code)
        return read_door(reports, at) if reports else SILENT

    def renew(self, session: Session, district: str, version: int) -> None:
        """Read the reports of a district from the store."""
        reports: dict[str, list[Report]] = {}
        for row in read_unexpired(session, district, datetime.now(UTC)):
            reports.setdefault(row.place_code, []).append(Report(row.kind, row.service, row.at, row.person))
        self.put(version, reports)
