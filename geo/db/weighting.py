"""Multipliers of demand layers, as staff choose them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from geo.coverage.demand import HOTSPOTS
from geo.db.planner_tables import DEMAND_LAYERS, LayerWeight
from geo.db.tables import District
from geo.db.versioned import StaleError
from geo.errors import InputError

MAX_WEIGHT = 1000.0


@dataclass(frozen=True)
class ChosenWeight:
    """What somebody chose that a layer counts."""

    layer: str
    weight: float
    changed_by: str
    changed_at: datetime


def list_weights(session: Session, district: str) -> list[ChosenWeight]:
    """Return the chosen weights of a district; a layer that is not among them counts as by default."""
    rows = session.scalars(
        select(LayerWeight).where(LayerWeight.district_code == district).order_by(LayerWeight.layer)
    ).all()
    return [ChosenWeight(row.layer, row.weight, row.changed_by, row.changed_at) for row in rows]


def weights_version(session: Session, district: str) -> str:
    """Return a text that differs whenever the chosen weights have changed."""
    rows = session.execute(
        select(LayerWeight.layer, LayerWeight.row_version, LayerWeight.changed_at)
        .where(LayerWeight.district_code == district)
        .order_by(LayerWeight.layer)
    ).all()
    return ".".join(f"{layer}-{version}-{changed.timestamp():.6f}" for layer, version, changed in rows)


def set_weights(session: Session, district: str, weights: Mapping[str, float | None], *, version: str, by: str) -> None:
    """Set what layers count; None takes a layer back to its default.

    Raises
    ------
    StaleError
        If the weights have changed since `version`.
    InputError
        If a layer is none, or a weight is not from 0 to 1000.
    """
    # One at a time, also where there is no row to be locked yet.
    session.execute(select(District.code).where(District.code == district).with_for_update(key_share=True))
    if weights_version(session, district) != version:
        raise StaleError("the weights have been changed since you opened them; nothing was saved")
    for layer, weight in weights.items():
        if layer not in (*DEMAND_LAYERS, HOTSPOTS):
            raise InputError(
                "{value} is not a demand layer; use one of {known}",
                value=layer,
                known=", ".join((*DEMAND_LAYERS, HOTSPOTS)),
            )
        if weight is not None and not (math.isfinite(weight) and 0 <= weight <= MAX_WEIGHT):
            raise InputError("layer {layer}: the weight {value} is not from 0 to 1000", layer=layer, value=weight)
        row = session.get(LayerWeight, (district, layer))
        if weight is None:
            session.execute(
                delete(LayerWeight).where(LayerWeight.district_code == district, LayerWeight.layer == layer)
            )
        elif row is None:
            session.add(LayerWeight(district_code=district, layer=layer, weight=weight, changed_by=by))
        elif row.weight != weight:
            row.weight, row.changed_by = weight, by
    session.flush()
