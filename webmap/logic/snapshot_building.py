"""Build a district's snapshot from the store: in this thread, another thread, or a separate process.

One builder works under a lock; readers keep what they have until the new folder appears, whole, by a rename.
"""

import fcntl
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from geo.coverage.legend_breaks import natural_breaks
from geo.coverage.measure import sum_cells
from geo.coverage.warming import compile_counts
from geo.db.districts import resolve_district
from geo.db.layers import read_demand, read_streets
from geo.db.session import make_engine, reading
from geo.db.tables import Place, PlaceFunction
from geo.disk import is_disk_full
from geo.errors import NoSpaceError, NotReadyError
from geo.network.build import build_network
from geo.network.nearest import NearestTable, make_table, start_aside
from geo.network.network import StreetNetwork
from geo.network.phone_pack import make_phone_pack
from geo.network.snap import SnappedPoints, snap
from geo.network.snapshot import network_arrays, table_arrays, write_snapshot
from geo.network.warming import compile_searches
from webmap.logic.places import SHOWN_KINDS
from webmap.logic.snapshots import (
    CELL_M,
    SERVED_MODES,
    STREET_LAYERS,
    Snapshot,
    district_folder,
    find_same_streets,
    find_snapshot,
    heavy_stamps,
    open_snapshot_at,
    prune_snapshots,
    snapshot_folder,
)

log = logging.getLogger(__name__)

MAX_PAUSE_S = 60.0

_running: "list[subprocess.Popen[bytes]]" = []
"""Builders at work: one that outlives who started it is still waited for when it has ended."""

Progress = Callable[[str], None]


def ensure_snapshot(engine: Engine, state_dir: Path, district: str, *, progress: Progress = lambda _: None) -> Snapshot:
    """Return the snapshot of the store's present versions, building it if it is not there or a checksum is wrong.

    Parameters
    ----------
    engine : Engine
    state_dir : Path
    district : str
    progress : callable
        Told each stage in English; a message id for gettext.

    Raises
    ------
    NotReadyError
        If the district has no streets.
    """
    with reading(engine) as session:
        found = find_snapshot(state_dir, district, heavy_stamps(session, district))
    if found is not None:
        return found
    with _builder_lock(state_dir, district):
        # One read transaction: the arrays and the versions they are named by are of the same moment.
        with reading(engine) as session:
            stamps = heavy_stamps(session, district)
            found = find_snapshot(state_dir, district, stamps)
            if found is not None:
                return found
            status = resolve_district(session, district).status
            older = find_same_streets(state_dir, district, stamps)
            if older is None:
                progress("reading streets")
                nodes, edges, shores = read_streets(session, district)
                progress("building the network")
                network = build_network(nodes, edges, shores=shores)
                pack = np.frombuffer(make_phone_pack(network, modes=SERVED_MODES), np.uint8)
            else:
                network, pack = older.network, older.pack
            # Who draws a hotspot waits for its numbers: while the places stay, so do the ways to them.
            same = older if older is not None and older.stamps.get("places") == stamps.get("places") else None
            arrays = network_arrays(network) | _build_tables(session, district, network, same, progress)
            arrays["pack"] = pack
        folder = snapshot_folder(state_dir, district, stamps)
        if folder.exists():
            shutil.rmtree(folder)
        facts = {
            "stamps": stamps,
            "status": status,
            "district": district,
            "pack_version": hashlib.sha256(pack.tobytes()).hexdigest()[:12],
        }
        try:
            write_snapshot(folder, arrays, facts)
        except OSError as error:
            if not is_disk_full(error):
                raise
            raise NoSpaceError(
                "There is no space left on the server's disk to prepare the streets of {district}: its data is stored, "
                "and the site goes on with what it has prepared before; the administrator frees some (df -h shows how "
                "much is left), the site then does it by itself.",
                district=district,
            ) from error
        prune_snapshots(state_dir, district, folder)
    snapshot = open_snapshot_at(folder)
    # Compiled code is kept on disk: the first rider to ask does not wait for a compiler.
    compile_searches(snapshot.network, snapshot.tables.values())
    compile_counts(snapshot.demand_cost[SERVED_MODES[0]])
    return snapshot


def start_builder(state_dir: Path, district: str, database_url: str) -> "subprocess.Popen[bytes]":
    """Build in a process of its own, so that requests keep their processor time; it ends by itself."""
    environ = os.environ | {"DATABASE_URL": database_url}
    _running[:] = [builder for builder in _running if builder.poll() is None]
    builder = subprocess.Popen(
        [sys.executable, "-m", "webmap.logic.snapshot_building", str(state_dir), district],
        env=environ,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    _running.append(builder)
    return builder


class Attempt:
    """When the snapshot of these stamps may be built once more: a builder that fails is not started every second."""

    def __init__(self, stamps: Mapping[str, str]) -> None:
        self.stamps = stamps
        self._pause_s = 1.0
        self._due_at = 0.0

    def is_due(self) -> bool:
        """Tell whether the pause is over, and begin a longer one if so."""
        now = time.monotonic()
        if now < self._due_at:
            return False
        self._due_at = now + self._pause_s
        self._pause_s = min(2 * self._pause_s, MAX_PAUSE_S)
        return True


class DemandBuilder:
    """Builds in a thread of this process where only the demand has changed: less work than to begin a process.

    It has what `LiveDistricts` asks of a builder's process: `poll` and `wait`.
    """

    def __init__(self, engine: Engine, state_dir: Path, district: str) -> None:
        self._thread = threading.Thread(
            target=self._build, args=(engine, state_dir, district), name="fuchun-demand", daemon=True
        )
        self._thread.start()

    @staticmethod
    def suffices(older: Snapshot | None, stamps: Mapping[str, str]) -> bool:
        """Tell whether an older snapshot holds everything of `stamps` but the demand."""
        kept = (*STREET_LAYERS, "places")
        return older is not None and all(older.stamps.get(layer) == stamps.get(layer) for layer in kept)

    def poll(self) -> int | None:
        """Return None while it is at work."""
        return None if self._thread.is_alive() else 0

    def wait(self) -> None:
        """Wait until it is done."""
        self._thread.join()

    @staticmethod
    def _build(engine: Engine, state_dir: Path, district: str) -> None:
        try:
            ensure_snapshot(engine, state_dir, district)
        except (NotReadyError, NoSpaceError, SQLAlchemyError, OSError) as error:
            # The last state keeps answering, and the next poll starts again.
            log.warning("cannot build the snapshot of %s: %s", district, type(error).__name__)


def _build_tables(
    session: Session,
    district: str,
    network: StreetNetwork,
    older: Snapshot | None,
    progress: Progress,
) -> dict[str, NDArray[Any]]:
    """Return the arrays of places, tables and demand; `older`: a snapshot with the same streets and places."""
    places = session.execute(
        select(Place.id, func.ST_X(Place.geom), func.ST_Y(Place.geom))
        .where(
            Place.district_code == district,
            Place.status == "active",
            Place.functions.any(PlaceFunction.kind.in_(SHOWN_KINDS)),
        )
        .order_by(Place.id)
    ).all()
    demand = read_demand(session, district)
    place_lon = np.array([row[1] for row in places], np.float64)
    place_lat = np.array([row[2] for row in places], np.float64)
    arrays: dict[str, NDArray[Any]] = {
        "place_id": np.array([row[0] for row in places], np.int64),
        "place_lon": place_lon,
        "place_lat": place_lat,
        "demand_id": demand["id"].to_numpy(np.int64),
        "gap_breaks": _gap_breaks(demand),
    }
    for mode in SERVED_MODES:
        if older is not None:
            table = older.tables[mode]
        else:
            progress("searching the ways to every place")
            table = make_table(network, network.snap(place_lon, place_lat, mode=mode), mode=mode)
        origin, costs = _demand_costs(network, table, demand, older)
        arrays |= table_arrays(table)
        arrays[f"demand_cost-{mode}"] = costs
        arrays |= {
            f"demand_edge-{mode}": origin.edge,
            f"demand_fraction-{mode}": origin.fraction,
            f"demand_leg_m-{mode}": origin.access_m,
        }
    return arrays


def _demand_costs(
    network: StreetNetwork, table: NearestTable, demand: pd.DataFrame, older: Snapshot | None
) -> tuple[SnappedPoints, NDArray[np.int32]]:
    """Return where the demand joins the streets, and deciseconds to every place, int32 (n_demand, n_place).

    A truncated table does not know them all. What an older snapshot has found for the same point is taken from there:
    who draws one hotspot does not wait until all are searched for again.
    """
    lon, lat = demand["lon"].to_numpy(np.float64), demand["lat"].to_numpy(np.float64)
    if older is None or not table.is_truncated:
        whole, every = start_aside(network, table, lon, lat)
        return whole, every.astype(np.int32)
    origin = snap(network, lon, lat, mode=table.mode)
    before = older.snapped_demand[table.mode]
    row = pd.Index(older.demand_id).get_indexer(pd.Index(demand["id"]))
    is_known = (row >= 0) & (older.demand_id.size > 0)
    for now, then in zip(vars(origin).values(), vars(before).values(), strict=True):
        is_known[is_known] &= now[is_known] == then[row[is_known]]
    costs = np.empty((len(demand), table.facility.edge.size), np.int32)
    costs[is_known] = older.demand_cost[table.mode][row[is_known]]
    moved, found = start_aside(network, table, lon[~is_known], lat[~is_known])
    costs[~is_known] = found
    for all_of, of_new in zip(vars(origin).values(), vars(moved).values(), strict=True):
        all_of[~is_known] = of_new
    return origin, costs


def _gap_breaks(demand: pd.DataFrame) -> NDArray[np.float64]:
    residents = demand[demand["layer"] == "residents"]
    counted = residents if len(residents) else demand
    lon, lat, weight = (counted[name].to_numpy(np.float64) for name in ("lon", "lat", "weight"))
    return np.array(natural_breaks(sum_cells(lon, lat, weight, cell_m=CELL_M)), np.float64)


@contextmanager
def _builder_lock(state_dir: Path, district: str) -> Iterator[None]:
    folder = district_folder(state_dir, district)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "builder.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(state_dir: Path, district: str) -> None:
    """Build the snapshot of a district in a process of its own; it is started again after a growing pause."""
    try:
        ensure_snapshot(make_engine(os.environ["DATABASE_URL"], pool_size=1), state_dir, district)
    except NoSpaceError as error:
        sys.exit(f"fuchun: {error}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
