"""Riders' demand by proxy: restaurants, markets and malls of OpenStreetMap, weighted and always called a proxy."""

import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import geopandas as gpd
import osmium
import shapely
from sqlalchemy.orm import Session

from geo.coverage.demand import WEIGHTED
from geo.db.layers import require_outline
from geo.errors import InputError
from loaders.report import LoadReport, Rejection, require_file
from loaders.standins import load_stand_ins

CONFIGURATION = Path(__file__).with_name("proxy.toml")


@dataclass(frozen=True)
class ProxyKind:
    """Places that have one of `tags` (``key=value``) count `weight` each, for the reason given in both languages."""

    tags: tuple[str, ...]
    weight: float
    why: str
    why_zh: str


@dataclass(frozen=True)
class ProxyWeights:
    """The kinds of places that stand in for riders' demand, and the version of that choice."""

    version: str
    kinds: tuple[ProxyKind, ...]

    @property
    def by_tag(self) -> dict[str, float]:
        """Return the weight of each tag."""
        return {tag: kind.weight for kind in self.kinds for tag in kind.tags}

    def describe(self) -> str:
        """Return the weights in one line, for the record of a load."""
        pairs = "; ".join(f"{tag} {weight:g}" for tag, weight in self.by_tag.items())
        return f"proxy, weights {self.version}: {pairs}"


@cache
def proxy_weights() -> ProxyWeights:
    """Return the weights in ``loaders/proxy.toml``."""
    with CONFIGURATION.open("rb") as file:
        facts = tomllib.load(file)
    kinds = tuple(ProxyKind(tuple(k["tags"]), float(k["weight"]), k["why"], k["why_zh"]) for k in facts["kind"])
    return ProxyWeights(facts["version"], kinds)


def parse_proxy(path: Path, *, weights: ProxyWeights) -> gpd.GeoDataFrame:
    """Read the places that stand in for riders' demand: ``row`` (OSM id), ``tag``, ``weight``, geometry (Points, 4326).

    An area stands at a point within it. A place with several of the tags counts by the heaviest.

    Raises
    ------
    InputError
        If the file is not an OpenStreetMap extract.
    """
    require_file(path, suffixes=(".osm.pbf", ".pbf", ".osm", ".osm.bz2"))
    by_tag = weights.by_tag
    wanted = osmium.filter.TagFilter(*[(key, value) for key, _, value in (tag.partition("=") for tag in by_tag)])
    factory = osmium.geom.WKBFactory()
    rows: list[tuple[str, str, float]] = []
    points: list[shapely.Geometry] = []
    try:
        for item in osmium.FileProcessor(str(path)).with_locations().with_areas(wanted).with_filter(wanted):
            if isinstance(item, osmium.osm.Node):
                name, point = f"node {item.id}", shapely.Point(item.location.lon, item.location.lat)
            elif isinstance(item, osmium.osm.Area):
                area = shapely.from_wkb(factory.create_multipolygon(item))
                name, point = f"{'way' if item.from_way() else 'relation'} {item.orig_id()}", area.point_on_surface()
            else:
                continue
            tag = max((f"{t.k}={t.v}" for t in item.tags if f"{t.k}={t.v}" in by_tag), key=by_tag.__getitem__)
            rows.append((name, tag, by_tag[tag]))
            points.append(point)
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise InputError(
            "{file}: not a readable OpenStreetMap extract ({reason})", file=path.name, reason=str(error)
        ) from error
    return gpd.GeoDataFrame(rows, columns=["row", "tag", "weight"], geometry=points, crs=4326)


def load_proxy(
    session: Session, path: Path, *, district: str, layer: str = "riders", is_dry_run: bool = False
) -> LoadReport:
    """Replace a demand layer (riders or workers) by weighted places of an extract, marked as a proxy.

    Raises
    ------
    NotReadyError
        If the district has no outline yet.
    InputError
        If the file cannot be used or holds no such place in the district; or for residents, whom no restaurant counts.
    """
    if layer == "residents":
        raise InputError(
            "restaurants and markets do not stand in for residents; say --layer riders, or leave out --proxy to let "
            "buildings stand in for them"
        )
    require_outline(session, district)
    weights = proxy_weights()
    return load_stand_ins(
        session,
        path,
        parse_proxy(path, weights=weights),
        district=district,
        layer=layer,
        unit=WEIGHTED,
        note=weights.describe(),
        nothing=InputError("{file}: no restaurant, market or mall lies within the district", file=path.name),
        tell=_tell,
        is_dry_run=is_dry_run,
    )


def _tell(kept: gpd.GeoDataFrame) -> list[Rejection]:
    counts = ", ".join(f"{tag} {count}" for tag, count in Counter(kept["tag"]).most_common())
    return [
        Rejection(
            None,
            "a proxy: weighted places stand in for riders, {counts}; their sum is a weight, not a number of riders",
            {"counts": counts},
        )
    ]
