"""Parse restaurants, markets and malls of OpenStreetMap as a weighted proxy for riders."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import geopandas as gpd
import osmium
import shapely

from loaders.extract_order import sorted_extract
from loaders.isolated.parsers import Progress, silent
from loaders.osm import reading_extract
from loaders.proxy_demand import ProxyDemand

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


@dataclass(frozen=True, kw_only=True)
class ProxyContext:
    """What stands in for riders, and the district's outline (EPSG:4326)."""

    outline: shapely.Geometry
    weights: ProxyWeights


def parse_proxy(path: Path, context: ProxyContext, progress: Progress = silent) -> ProxyDemand:
    """Read the places that stand in for riders' demand.

    An area stands at a point within it. A place with several of the tags counts by the heaviest.

    Raises
    ------
    InputError
        If the file is not an OpenStreetMap extract.
    """
    progress("reading places")
    by_tag = context.weights.by_tag
    wanted = osmium.filter.TagFilter(*[(key, value) for key, _, value in (tag.partition("=") for tag in by_tag)])
    factory = osmium.geom.WKBFactory()
    rows: list[tuple[str, str, float]] = []
    points: list[shapely.Geometry] = []
    with reading_extract(path), sorted_extract(path) as source:
        for item in osmium.FileProcessor(str(source)).with_locations().with_areas(wanted).with_filter(wanted):
            if isinstance(item, osmium.osm.Node):
                name, point = f"node {item.id}", shapely.Point(item.location.lon, item.location.lat)
            elif isinstance(item, osmium.osm.Area):
                try:
                    area = shapely.from_wkb(factory.create_multipolygon(item))
                except (RuntimeError, shapely.errors.ShapelyError):
                    continue
                name, point = f"{'way' if item.from_way() else 'relation'} {item.orig_id()}", area.point_on_surface()
            else:
                continue
            tag = max((f"{t.k}={t.v}" for t in item.tags if f"{t.k}={t.v}" in by_tag), key=by_tag.__getitem__)
            rows.append((name, tag, by_tag[tag]))
            points.append(point)
    found = gpd.GeoDataFrame(rows, columns=["row", "tag", "weight"], geometry=points, crs=4326)
    return ProxyDemand.within(found, context.outline)
