"""Demand layers of a district with their sums, sources and weights."""

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from geo.coverage.demand import HOTSPOTS, PEOPLE, DemandLayer, default_multipliers, unit_of
from geo.db.planner_tables import LayerWeight
from geo.db.tables import DemandPoint, Source


@dataclass(frozen=True)
class LayerFacts:
    """A layer, where it comes from (None: drawn by hand), and whether somebody has chosen its multiplier."""

    layer: DemandLayer
    source: Source | None
    is_chosen: bool


@dataclass(frozen=True)
class DemandFacts:
    """The layers of a district by code, and all together: the sum and its unit."""

    layers: tuple[LayerFacts, ...]
    total: float
    unit: str


def read_layers(session: Session, district: str) -> DemandFacts:
    """Return the demand layers of a district; the hotspots are one of their own."""
    code = case((DemandPoint.hotspot_id.is_not(None), HOTSPOTS), else_=DemandPoint.layer).label("code")
    sums = {
        row.code: (row.points, float(row.total))
        for row in session.execute(
            select(code, func.count().label("points"), func.sum(DemandPoint.weight).label("total"))
            .where(DemandPoint.district_code == district)
            .group_by(code)
        )
    }
    sources = {
        source.layer.removeprefix("demand:"): source
        for source in session.scalars(
            select(Source).where(Source.district_code == district, Source.layer.startswith("demand:"))
        )
    }
    chosen = {
        row.layer: row.weight
        for row in session.execute(
            select(LayerWeight.layer, LayerWeight.weight).where(LayerWeight.district_code == district)
        )
    }
    defaults = default_multipliers(sums)
    found = []
    for layer, (points, total) in sorted(sums.items()):
        source = sources.get(layer)
        facts = DemandLayer(
            layer,
            points,
            total,
            (source.unit if source else None) or PEOPLE,
            bool(source and source.is_proxy),
            chosen.get(layer, defaults[layer]),
        )
        found.append(LayerFacts(facts, source, layer in chosen))
    return DemandFacts(
        tuple(found),
        sum(each.layer.total * each.layer.multiplier for each in found),
        unit_of([each.layer for each in found], None),
    )
