"""Totals of towns in the store, and how the demand layers differ from them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, record_source
from geo.db.planner_tables import TownTotal
from geo.db.tables import DemandPoint, Region, Source
from geo.records import Total

SOURCE_LAYER = "totals"


@dataclass(frozen=True)
class ComparedTotal:
    """A total beside what a demand layer holds there; `difference` is the layer less the total."""

    total: Total
    difference: float
    file_name: str | None

    @property
    def share(self) -> float | None:
        """Return the difference as a share of the total, None where nobody was counted."""
        return self.difference / self.total.people if self.total.people else None


@dataclass(frozen=True)
class TownComparison:
    """A town (``code`` empty: outside every town) with the sum of a demand layer and the totals known of it."""

    code: str
    name: str
    layer_sum: float
    totals: tuple[ComparedTotal, ...]


def replace_totals(session: Session, district: str, totals: Sequence[Total], facts: SourceFacts) -> None:
    """Store the totals of a file: those of an earlier load of a file of this name go, others of the same key too."""
    earlier = select(Source.id).where(
        Source.district_code == district, Source.layer == SOURCE_LAYER, Source.file_name == facts.file_name
    )
    session.execute(delete(TownTotal).where(TownTotal.source_id.in_(earlier)))
    session.execute(delete(Source).where(Source.id.in_(earlier)))
    source = record_source(session, district, SOURCE_LAYER, facts, keep=True)
    rows = [{"district_code": district, "source_id": source, **asdict(total)} for total in totals]
    if not rows:
        return
    upsert = insert(TownTotal)
    session.execute(
        upsert.on_conflict_do_update(
            index_elements=["district_code", "code", "kind", "counted_on"],
            set_={name: upsert.excluded[name] for name in ("source_id", "kind_text", "people")},
        ),
        rows,
    )
    is_used = select(TownTotal.source_id).where(TownTotal.district_code == district, TownTotal.source_id.is_not(None))
    session.execute(
        delete(Source).where(Source.district_code == district, Source.layer == SOURCE_LAYER, Source.id.not_in(is_used))
    )


def compare_totals(session: Session, district: str, *, layer: str = "residents") -> list[TownComparison]:
    """Return the district, then its towns by code, each with what the layer sums to and what was counted there.

    Hotspots drawn by hand are left out: a census counted none of them.
    """
    sums = {
        code or "": total
        for code, total in session.execute(
            select(DemandPoint.region_code, func.sum(DemandPoint.weight))
            .where(
                DemandPoint.district_code == district,
                DemandPoint.layer == layer,
                DemandPoint.hotspot_id.is_(None),
            )
            .group_by(DemandPoint.region_code)
        ).all()
    }
    totals: dict[str, list[tuple[Total, str | None]]] = {}
    rows = session.execute(
        select(TownTotal, Source.file_name)
        .outerjoin(Source, Source.id == TownTotal.source_id)
        .where(TownTotal.district_code == district)
        .order_by(TownTotal.code, TownTotal.kind, TownTotal.counted_on.desc())
    ).all()
    for row, file_name in rows:
        total = Total(row.code, row.kind, row.kind_text, row.counted_on, row.people)
        totals.setdefault(row.code, []).append((total, file_name))
    regions = session.execute(
        select(Region.code, Region.name).where(Region.district_code == district).order_by(Region.code)
    ).all()
    places = [(district, "", sum(sums.values())), *((code, name, sums.get(code, 0.0)) for code, name in regions)]
    if sums.get(""):
        places.append(("", "", sums[""]))
    return [
        TownComparison(
            code,
            name,
            float(held),
            tuple(ComparedTotal(total, held - total.people, file) for total, file in totals.get(code, [])),
        )
        for code, name, held in places
    ]
