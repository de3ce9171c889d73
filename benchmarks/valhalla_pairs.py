"""Compare distances with Valhalla's for random pairs, and say of every larger difference where it comes from.

``python -m benchmarks.valhalla_pairs [--mode walk|ebike] [--pairs 1000] [--seed 1] [--write] [EXTRACT ...]``

Points lie on the streets that this program attaches points to, drawn by their length; none is left out. Where the two
distances differ by more than 2 %, the two engines are asked again with one difference of rules removed after the
other, always for the same points; the first removal after which they agree names the class of the pair.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.networks import HELSINKI, LIECHTENSTEIN, ROOT, SkipError, extract_path
from benchmarks.valhalla import (
    Point,
    ValhallaMissingError,
    ValhallaService,
    Way,
    build_tiles,
    fetch_valhalla,
    valhalla_version,
)
from benchmarks.valhalla_extract import Edit, copy_extract
from benchmarks.valhalla_table import PAGE, ROUNDING, UNEXPLAINED, Comparison, as_table, write_tables
from geo.errors import GeoError
from geo.network._kernels import FAR
from geo.network.build import build_network
from geo.network.network import StreetNetwork
from geo.network.pieces import Piece
from geo.network.routes import piece_line
from loaders.streets import parse_streets

TOLERANCE = 0.02
"""Relative difference up to which two distances agree."""

TILES = {"include_platforms": True, "hierarchy": False, "shortcuts": False}
"""Platforms are walked on, as here. One level of roads: across several, Valhalla's way through Hangzhou's centre jumps
from one street to another, and its lengths with it. All else is Valhalla's own choice."""

_LOW = np.int64(0xFFFFFFFF)

COSTING = {"walk": "pedestrian", "ebike": "bicycle", "coach": "auto"}
"""Valhalla's bus drives on lanes of public buses and against them; its car obeys what a coach obeys."""

MODES = ("walk", "ebike")
"""Modes of which every difference is put into a class; `benchmarks.valhalla_equal` asks of all of them."""

OPTIONS: dict[str, dict[str, Any]] = {
    "walk": {
        "shortest": True,
        # Every path, as here: without it Valhalla leaves out mountain paths from the second of six grades on.
        "max_hiking_difficulty": 6,
        # `shortest` alone still adds 30 s for stairs to what it minimises.
        "step_penalty": 0,
        "elevator_penalty": 0,
        "walkway_factor": 1,
        "sidewalk_factor": 1,
        "alley_factor": 1,
        "driveway_factor": 1,
        "use_ferry": 1,
    },
    # Turn bans (relations of type=restriction) are not in this program's model.
    "ebike": {"shortest": True, "use_ferry": 1, "avoid_bad_surfaces": 0, "ignore_restrictions": True},
    "coach": {"shortest": True, "use_ferry": 1, "height": 3.8, "width": 2.55},
}


@dataclass(frozen=True)
class Step:
    """One removed difference: its name, what each engine reads, how this program computes, and whether the
    points are moved to where it joins them to its streets."""

    name: str
    ours: Edit
    theirs: Edit
    is_one_pace: bool = False
    is_moved: bool = False


_CUT = Edit(ends_cut_streets=True)
_LINES = Edit(ends_cut_streets=True, drops_squares=True)
_LEVEL = Edit(ends_cut_streets=True, drops_squares=True, levels_passages=True, names_platforms=True)
_OPEN = Edit(ends_cut_streets=True, drops_squares=True, opens_private=True)
_RIDDEN = Edit(ends_cut_streets=True, drops_squares=True, levels_passages=True, drops_closed_to="ebike")

STEPS = (
    Step("as they come", Edit(), Edit()),
    Step("streets cut by the extract's edge", _CUT, _CUT),
    Step("squares drawn as areas", _LINES, replace(_LINES, names_platforms=True)),
    Step("passages through houses", _LINES, _LEVEL),
    Step("stairs and slow paths", _LINES, _LEVEL, is_one_pace=True),
    Step("private gates and ways", _OPEN, _LEVEL, is_one_pace=True),
    Step("another street joined", _OPEN, _LEVEL, is_one_pace=True, is_moved=True),
)
PUSHED = Step("footways and stairs to push along", _LINES, _RIDDEN, is_one_pace=True)
"""Valhalla's bicycle is pushed where it may not be ridden; an e-bike weighs too much for that, up stairs above all."""
VISITED = "streets to get there and away only"
"""Valhalla's shortest routes pass through them."""
LAST_STEPS = {
    "walk": (Step(VISITED, _OPEN, replace(_LEVEL, drops_restricted_to="walk"), is_one_pace=True),),
    "ebike": (PUSHED, Step(VISITED, _LINES, replace(_RIDDEN, drops_restricted_to="ebike"), is_one_pace=True)),
}
"""What is asked after `STEPS`, by mode."""
SAME_QUESTION = 4
"""The step at which both engines have the same streets and go by metres: only the rules of access still differ."""
CLASSES = (*(step.name for step in STEPS[1:]), PUSHED.name, VISITED, ROUNDING, UNEXPLAINED)
"""Every class there is, in the order they are asked about."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison from the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.valhalla_pairs", description=__doc__.split("\n")[0])
    parser.add_argument("extracts", metavar="EXTRACT", nargs="*", type=Path, help=".osm.pbf; default: those at hand")
    parser.add_argument("--mode", choices=MODES, action="append", help="repeatable; default: all")
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--write", action="store_true", help=f"renew the tables of {PAGE.relative_to(ROOT)}")
    args = parser.parse_args(argv)
    try:
        home = fetch_valhalla()
        found = [
            compare(home, extract, mode=mode, n_pair=args.pairs, seed=args.seed)
            for mode in args.mode or MODES
            for extract in args.extracts or extracts_at_hand()
        ]
    except (ValhallaMissingError, GeoError) as error:
        print(f"not compared: {error}", file=sys.stderr)
        return 1
    print(
        json.dumps([asdict(one) for one in found], indent=1)
        if args.json
        else as_table(found, lang="en", classes=CLASSES)
    )
    if args.write:
        print(f"wrote {write_tables(found, classes=CLASSES, version=valhalla_version())}")
    return 0


def extracts_at_hand() -> list[Path]:
    """Return Helsinki, which comes with a package, and Liechtenstein where it lies at hand."""
    found = []
    for name in (HELSINKI, LIECHTENSTEIN):
        try:
            found.append(extract_path(name))
        except SkipError as reason:
            print(f"left out: {reason}", file=sys.stderr)
    return found


def compare(home: Path, extract: Path, *, mode: str, n_pair: int, seed: int) -> Comparison:
    """Compare this program's distances with Valhalla's on one extract.

    Parameters
    ----------
    home : Path
        From `fetch_valhalla`.
    extract : Path
        An .osm.pbf.
    mode : str
        walk or ebike.
    n_pair : int
    seed : int
    """
    with tempfile.TemporaryDirectory(prefix="pairs-") as folder:
        asked = Asked(home, extract, Path(folder), mode)
        pairs = sample_pairs(asked.network(STEPS[0]), mode=mode, n_pair=n_pair, seed=seed)
        steps = (*STEPS, *LAST_STEPS[mode])
        results = [asked.ask(step, pairs) for step in steps]
    first = results[0][1]
    named = [class_of(results, i, steps=steps) for i in range(n_pair)]
    classes = Counter(name for name in named if name)
    ours, theirs = results[SAME_QUESTION]
    legs = [leg for way in first if way for leg in way.leg_m]
    return Comparison(
        extract=extract.name.split(".")[0].split("-")[0].capitalize(),
        mode=mode,
        pairs=n_pair,
        seed=seed,
        median_m=float(np.median([way.distance_m for way in first if way])),
        agree=sum(name is None for name in named) / n_pair,
        agree_same_question=sum(is_same(ours[i], theirs[i]) for i in range(n_pair)) / n_pair,
        classes=dict(classes.most_common()),
        snapped_apart=sum(leg > 5.0 for leg in legs),
        unrouted=sum(way is None for way in first),
    )


def sample_pairs(network: StreetNetwork, *, mode: str, n_pair: int, seed: int) -> NDArray[np.float64]:
    """Return random pairs of points on the streets of a mode, float64 (n_pair, 2, 2): degrees, lon then lat."""
    rng = np.random.default_rng(seed)
    # In the largest part, for between parts there is no way; on open streets, for through others nobody may pass.
    edges = np.flatnonzero((network.snappable[mode] == 1) & (network.restricted[mode] == 0))
    share = network.edge_length[edges] / network.edge_length[edges].sum()
    edge = rng.choice(edges, size=2 * n_pair, p=share)
    part = rng.random(2 * n_pair)
    points = [piece_line(network, Piece(int(e), float(f), float(f) + 1e-9))[0] for e, f in zip(edge, part, strict=True)]
    return np.round(np.array(points).reshape(n_pair, 2, 2), 7)


class Asked:
    """The two engines on one extract, with the copies, networks and tiles that the steps need, each made once."""

    def __init__(self, home: Path, extract: Path, folder: Path, mode: str) -> None:
        self._home, self._extract, self._folder, self._mode = home, extract, folder, mode
        self.path = extract
        self._copies: dict[Edit, Path] = {Edit(): extract}
        self._networks: dict[Edit, StreetNetwork] = {}
        self._tiles: dict[Edit, dict[str, Any]] = {}
        self._answers: dict[tuple[Edit, bool], list[Way | None]] = {}

    def network(self, step: Step) -> StreetNetwork:
        """Return this program's network of a step."""
        if step.ours not in self._networks:
            frames = parse_streets(self._copy(step.ours))
            shores = list(frames.water.geometry)
            self._networks[step.ours] = build_network(frames.nodes, frames.edges, shores=shores)
        network = self._networks[step.ours]
        return one_pace(network, mode=self._mode) if step.is_one_pace else network

    def ask(self, step: Step, pairs: NDArray[np.float64]) -> tuple[list[float], list[Way | None]]:
        """Return this program's metres (NaN: no way) and Valhalla's ways."""
        network = self.network(step)
        if step.is_moved:
            pairs = _feet(network, pairs, self._mode)
        ours = [_distance(network, tuple(a), tuple(b), self._mode) for a, b in pairs.tolist()]
        key = (step.theirs, step.is_moved)
        if key not in self._answers:
            self._answers[key] = self._ask_valhalla(step.theirs, pairs)
        return ours, self._answers[key]

    def our_line(self, step: Step, origin: Point, destination: Point) -> list[Point]:
        """Return the drawing of this program's route; nothing where there is none."""
        try:
            route = self.network(step).route(origin, destination, mode=self._mode)
        except GeoError:
            return []
        return [(lon, lat) for lon, lat in route.coordinates.tolist()]

    def _ask_valhalla(self, edit: Edit, pairs: NDArray[np.float64]) -> list[Way | None]:
        if edit not in self._tiles:
            folder = self._folder / f"tiles-{len(self._tiles)}"
            self._tiles[edit] = build_tiles(self._home, self._copy(edit), folder, settings=TILES)
        with ValhallaService(self._home, self._tiles[edit]) as service:
            return [
                service.route(tuple(a), tuple(b), costing=COSTING[self._mode], options=OPTIONS[self._mode])
                for a, b in pairs.tolist()
            ]

    def _copy(self, edit: Edit) -> Path:
        if edit not in self._copies:
            path = self._folder / f"copy-{len(self._copies)}.osm.pbf"
            copy_extract(self._extract, path, edit)
            self._copies[edit] = path
        return self._copies[edit]


def one_pace(network: StreetNetwork, *, mode: str) -> StreetNetwork:
    """Return the network with the same pace on every street: the quickest way is then the shortest.

    Turn restrictions and areas of restricted access stay what they are.
    """
    decimetres = np.maximum(np.rint(np.repeat(network.edge_length, 2) * 10.0), 1.0).astype(np.int64)

    def paced(hops: NDArray[np.int64], arc: NDArray[np.int32]) -> NDArray[np.int64]:
        # Neighbour and cost are one number; see `geo.network._kernels`.
        return np.where(hops & _LOW == FAR, hops, hops & ~_LOW | decimetres[arc])

    arcs, area = network.cost[mode], network.area_arc[mode]
    return replace(
        network,
        cost={mode: np.where(arcs >= 0, decimetres, -1).astype(np.int32)},
        adjacency_out={mode: paced(network.adjacency_out[mode], network.arc_id)},
        adjacency_in={mode: paced(network.adjacency_in[mode], network.arc_id)},
        area_out={mode: paced(network.area_out[mode], area)},
        area_in={mode: paced(network.area_in[mode], area)},
        # Bounds in time are no bounds in metres: stairs take twice the time of a street, and no longer the distance.
        landmark_cost={mode: network.landmark_cost[mode][:, :0]},
    )


def _feet(network: StreetNetwork, pairs: NDArray[np.float64], mode: str) -> NDArray[np.float64]:
    """Return where the points join the streets; a point that cannot be attached stays."""
    joined = network.snap(pairs[..., 0].ravel(), pairs[..., 1].ravel(), mode=mode)
    feet = pairs.reshape(-1, 2).copy()
    for i in np.flatnonzero(joined.is_snapped):
        part = float(joined.fraction[i])
        feet[i] = piece_line(network, Piece(int(joined.edge[i]), part, part + 1e-9))[0]
    return feet.reshape(pairs.shape)


def _distance(network: StreetNetwork, origin: Point, destination: Point, mode: str) -> float:
    try:
        return network.route(origin, destination, mode=mode).distance_m
    except GeoError:
        return float("nan")


def is_same(ours: float, theirs: Way | None) -> bool:
    """Tell whether two distances agree: within `TOLERANCE`."""
    return theirs is not None and abs(ours - theirs.distance_m) <= TOLERANCE * theirs.distance_m


def class_of(
    results: Sequence[tuple[list[float], list[Way | None]]], pair: int, *, steps: Sequence[Step] = STEPS
) -> str | None:
    """Return the class of a pair, None where the engines agree as they come."""
    for i, (ours, theirs) in enumerate(results):
        if is_same(ours[pair], theirs[pair]):
            return steps[i].name if i else None
    way = results[-1][1][pair]
    if way and abs(results[-1][0][pair] - way.drawn_m) <= TOLERANCE * way.drawn_m:
        return ROUNDING
    return UNEXPLAINED


if __name__ == "__main__":
    sys.exit(main())
