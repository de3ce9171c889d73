"""Compare distances with Valhalla's under equal rules, on every extract at hand, and name what still differs.

``python -m benchmarks.valhalla_equal [--mode walk|ebike|coach] [--pairs 200] [--seed 1] [--json] [EXTRACT ...]``

Both engines read the same streets and go by metres. Where the two are meant to differ (`EQUAL` says where), the copy
that one of them reads is changed until they are not. Of every pair that is still more than 2 % apart, the ways that
only the shorter of the two routes uses are listed with their tags, so that somebody can say whose rule it is.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import osmium

from benchmarks.networks import HANGZHOU, HELSINKI, LIECHTENSTEIN, SkipError, extract_path
from benchmarks.valhalla import Point, ValhallaMissingError, Way, fetch_valhalla
from benchmarks.valhalla_extract import Edit
from benchmarks.valhalla_pairs import Asked, Step, is_same, sample_pairs
from geo.errors import GeoError

EXTRACTS = (
    *(HELSINKI, LIECHTENSTEIN, HANGZHOU),
    *("andorra.osm.pbf", "reisterstown-via-restriction.pbf", "paris_bss.osm.pbf", "bayfront_singapore.osm.pbf"),
)
"""The extracts that are looked for."""

_edit = partial(Edit, ends_cut_streets=True, drops_squares=True, levels_passages=True)

EQUAL = {
    "walk": Step(
        "equal rules",
        Edit(ends_cut_streets=True, drops_squares=True, opens_private=True),
        _edit(frees_walkers=True, names_platforms=True, drops_restricted_to="walk"),
        is_one_pace=True,
    ),
    **{
        mode: Step(
            "equal rules",
            Edit(ends_cut_streets=True, drops_squares=True),
            _edit(drops_closed_to=mode, drops_restricted_to=mode),
            is_one_pace=True,
        )
        for mode in ("ebike", "coach")
    },
}
"""What each engine reads by mode: squares belong to neither, and streets that the edge of the extract cuts end there.
Valhalla's copy has no tunnels through houses, which nobody joins there, no ways that our table closes to a mode on
wheels (it pushes bicycles and knows no coach), and no ways to get there and away only, which its shortest routes pass
through; no pair begins or ends on those. On foot ours reads private ways as open, as Valhalla does, and Valhalla's copy
has no one-way streets, which bind its walkers where they are pedestrian streets."""

_SHOWN = 6
"""Ways that are listed of one pair."""

_TOLD = frozenset(
    {
        *("highway", "route", "oneway", "junction", "service", "barrier", "railway", "public_transport", "footway"),
        *("access", "foot", "bicycle", "vehicle", "motor_vehicle", "motorcar", "bus", "psv", "tunnel", "maxheight"),
        *(f"{key}:{way}" for key in ("motor_vehicle", "vehicle", "access") for way in ("forward", "backward")),
    }
)
"""The tags that are told of a way."""


@dataclass(frozen=True)
class Difference:
    """A pair whose distances differ, and the ways, as ``(id, tags)``, that only the shorter route uses.

    `drawn_m` is Valhalla's route measured along its drawing: where its own length is another, the route jumps from one
    street to the next, and neither length is one of a route.
    """

    pair: list[Point]
    ours_m: float
    theirs_m: float | None
    drawn_m: float | None
    ways: list[tuple[int, dict[str, str]]]


@dataclass(frozen=True)
class Equal:
    """What one extract and mode came to: `agree` is the share of pairs within 2 %."""

    extract: str
    mode: str
    pairs: int
    agree: float
    differences: list[Difference]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison from the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.valhalla_equal", description=__doc__.split("\n")[0])
    parser.add_argument("extracts", metavar="EXTRACT", nargs="*", type=Path, help=".osm.pbf; default: those at hand")
    parser.add_argument("--mode", choices=sorted(EQUAL), action="append", help="repeatable; default: all")
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON, with the pairs that differ")
    args = parser.parse_args(argv)
    try:
        home = fetch_valhalla()
        for mode in args.mode or EQUAL:
            for extract in args.extracts or _at_hand():
                one = compare_equal(home, extract, mode=mode, n_pair=args.pairs, seed=args.seed)
                print(json.dumps(asdict(one)) if args.json else _line(one), flush=True)
    except (ValhallaMissingError, GeoError) as error:
        print(f"not compared: {error}", file=sys.stderr)
        return 1
    return 0


def compare_equal(home: Path, extract: Path, *, mode: str, n_pair: int, seed: int) -> Equal:
    """Compare the two engines under equal rules on one extract; points lie on open streets of the mode."""
    step = EQUAL[mode]
    with tempfile.TemporaryDirectory(prefix="equal-") as folder:
        asked = Asked(home, sorted_copy(extract, Path(folder)), Path(folder), mode)
        network = asked.network(step)
        pairs = sample_pairs(network, mode=mode, n_pair=n_pair, seed=seed)
        ours, theirs = asked.ask(step, pairs)
        apart = [i for i in range(n_pair) if not is_same(ours[i], theirs[i])]
        drawn = _Drawn(asked.path) if apart else None
        differences = []
        for i in apart:
            origin, destination = (tuple(point) for point in pairs[i].tolist())
            way = theirs[i]
            lines = [asked.our_line(step, origin, destination), way.line if way else []]
            differences.append(_difference(drawn, [origin, destination], ours[i], way, lines))
    return Equal(extract.name.split(".")[0].split("-")[0], mode, n_pair, 1.0 - len(apart) / n_pair, differences)


def sorted_copy(extract: Path, folder: Path) -> Path:
    """Return the extract, or a copy in the order of kinds and ids: neither program reads others."""
    items = [("nwr".index(item.type_str()), item.id) for item in osmium.FileProcessor(str(extract))]
    if items == sorted(items):
        return extract
    copy = folder / f"sorted-{extract.stem}.osm.pbf"
    reader = osmium.MergeInputReader()
    reader.add_file(str(extract))
    with osmium.SimpleWriter(str(copy)) as writer:
        reader.apply(writer)
    return copy


class _Drawn:
    """Which ways an extract draws between two points that follow each other."""

    def __init__(self, extract: Path) -> None:
        self._between: dict[tuple[Point, Point], list[int]] = {}
        self.tags: dict[int, dict[str, str]] = {}
        for item in osmium.FileProcessor(str(extract), osmium.osm.NODE | osmium.osm.WAY).with_locations():
            if not isinstance(item, osmium.osm.Way):
                continue
            self.tags[item.id] = {tag.k: tag.v for tag in item.tags if tag.k in _TOLD}
            points = [_rounded((node.lon, node.lat)) for node in item.nodes if node.location.valid()]
            for pair in pairwise(points):
                for way in (pair, pair[::-1]):
                    self._between.setdefault(way, []).append(item.id)

    def ways(self, line: Iterable[Point]) -> list[int]:
        points = [_rounded(point) for point in line]
        found = (self._between.get(pair, []) for pair in pairwise(points))
        return list(dict.fromkeys(way for ways in found for way in ways))


def _difference(
    drawn: _Drawn | None, pair: list[Point], ours_m: float, theirs: Way | None, lines: Sequence[Iterable[Point]]
) -> Difference:
    ours_is_shorter = theirs is None or ours_m < theirs.distance_m
    shorter, longer = lines if ours_is_shorter else lines[::-1]
    ways: list[tuple[int, dict[str, str]]] = []
    if drawn is not None:
        others = set(drawn.ways(longer))
        ways = [(way, drawn.tags[way]) for way in drawn.ways(shorter) if way not in others][:_SHOWN]
    return Difference(pair, ours_m, theirs.distance_m if theirs else None, theirs.drawn_m if theirs else None, ways)


def _rounded(point: Point) -> Point:
    return round(point[0], 6), round(point[1], 6)


def _at_hand() -> list[Path]:
    found = []
    for name in EXTRACTS:
        try:
            found.append(extract_path(name))
        except SkipError as reason:
            print(f"left out: {reason}", file=sys.stderr)
    return found


def _line(one: Equal) -> str:
    told = [f"{one.extract} {one.mode}: {one.agree:.1%} of {one.pairs} pairs within 2 %"]
    for each in one.differences:
        theirs = "no way"
        if each.theirs_m is not None:
            theirs = f"{each.theirs_m:,.0f} m, drawn {each.drawn_m:,.0f} m"
        told.append(f"  ours {each.ours_m:,.0f} m, Valhalla {theirs}: {_spelt(each.ways)}")
    return "\n".join(told)


def _spelt(ways: Iterable[tuple[int, Mapping[str, str]]]) -> str:
    return "; ".join(f"{way} {' '.join(f'{k}={v}' for k, v in tags.items())}" for way, tags in ways) or "the same ways"


if __name__ == "__main__":
    sys.exit(main())
