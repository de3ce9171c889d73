"""Building and finding a district's snapshot: network, nearest tables and demand costs for one version of its layers.

A snapshot lies in ``<state>/snapshots/<district>/<version>-<format>/``. One builder works under a lock; readers
keep what they have until the new folder appears, whole, by a rename. Two are kept.
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from geo.coverage.classes import natural_breaks
from geo.coverage.measure import sum_cells
from geo.coverage.warming import compile_counts
from geo.db.layers import has_streets, layer_stamps, read_demand, read_streets, resolve_district
from geo.db.session import make_engine, reading
from geo.db.tables import Place
from geo.disk import is_disk_full
from geo.errors import NoSpaceError, NotReadyError
from geo.network.build import build_network
from geo.network.graph import StreetNetwork
from geo.network.modes import rules_digest
from geo.network.nearest import NearestTable, origin_costs, start_aside
from geo.network.phone_pack import make_phone_pack
from geo.network.snap import SnappedPoints
from geo.network.snapshot import (
    network_arrays,
    network_from_arrays,
    open_snapshot,
    table_arrays,
    table_from_arrays,
    write_snapshot,
)
from geo.network.warming import compile_searches

log = logging.getLogger(__name__)

FORMAT = 14
"""Raise it when the arrays change; older snapshots are then built anew, as they are when the rules of a mode change."""

SERVED_MODES = ("walk", "ebike")
"""Modes with a nearest table; a coach needs none."""

HEAVY_LAYERS = ("streets", "water", "places", "demand")
"""Layers whose change makes a new snapshot; everything else is read from the store as it is."""

STREET_LAYERS = ("streets", "water")
"""Those that the network is made of; while they stay, a new snapshot takes the older one's."""

CELL_M = 500.0
"""Side of the squares in which the map shows uncovered people."""

KEPT = 2

ASIDE = "damaged-"
"""How the name of a snapshot begins that has been set aside: nobody opens it, and it can be looked into."""

MAX_PAUSE_S = 60.0

_running: "list[subprocess.Popen[bytes]]" = []
"""Builders at work: one that outlives who started it is still waited for when it has ended."""

Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One opened snapshot, arrays memory-mapped.

    Attributes
    ----------
    folder : Path
    inode : int
        Of the folder: another one of the same name has replaced it when that differs.
    stamps : dict of layer to str
        Counter and time of the last change of the layers it was built from.
    status : str
        What the district's data was: "sample", "demo" or "real".
    network : StreetNetwork
    place_id : int64 (n_place,); place_lon, place_lat : float64 (n_place,)
        The columns of the tables.
    tables : dict of mode to NearestTable
    demand_id : int64 (n_demand,)
    demand_cost : dict of mode to int32 (n_demand, n_place)
        Deciseconds; the largest int32 where unreachable.
    snapped_demand : dict of mode to SnappedPoints (n_demand)
        Where the demand points join the streets.
    gap_breaks : float64 (n_break,)
        Class breaks of the people in squares of `CELL_M`, the same whatever is asked.
    pack : uint8 (n_byte,)
        The network as phones fetch it (`geo.network.phone_pack`).
    pack_version : str
        Digest of it.
    """

    folder: Path
    inode: int
    stamps: dict[str, str]
    status: str
    network: StreetNetwork
    place_id: NDArray[np.int64]
    place_lon: NDArray[np.float64]
    place_lat: NDArray[np.float64]
    tables: dict[str, NearestTable]
    demand_id: NDArray[np.int64]
    demand_cost: dict[str, NDArray[np.int32]]
    snapped_demand: dict[str, SnappedPoints]
    gap_breaks: NDArray[np.float64]
    pack: NDArray[np.uint8]
    pack_version: str
    _between: dict[str, NDArray[np.int64]] = field(default_factory=dict, init=False, repr=False)

    @property
    def is_replaced(self) -> bool:
        """Tell whether another snapshot now lies where this one was opened."""
        try:
            return self.folder.stat().st_ino != self.inode
        except OSError:
            return False

    def between(self, mode: str) -> NDArray[np.int64]:
        """Return deciseconds from every place to every place, int64 (n_place, n_place); `FAR` where unreachable."""
        if mode not in self._between:
            table = self.tables[mode]
            self._between[mode] = origin_costs(self.network, table, table.facility)
        return self._between[mode]

    def reckon(self, mode: str, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> None:
        """Search the costs of a mode that no snapshot keeps, such as a what-if; `lon`, `lat` are the demand points'."""
        if mode not in self.demand_cost:
            table = self.network.nearest_table(self.place_lon, self.place_lat, mode=mode)
            origin, costs = start_aside(self.network, table, lon, lat)
            self.snapped_demand[mode] = origin
            self.demand_cost[mode] = costs.astype(np.int32)


def heavy_stamps(session: Session, district: str) -> dict[str, str]:
    """Return the stamps of the layers a snapshot is built from, without those that never changed.

    Streets that are there no more, such as the sample's, have no stamp either.
    """
    stamps = layer_stamps(session, district)
    if not has_streets(session, district):
        stamps.pop("streets", None)
    return {layer: stamps[layer] for layer in HEAVY_LAYERS if layer in stamps}


def find_snapshot(state_dir: Path, district: str, stamps: dict[str, str]) -> Snapshot | None:
    """Open the snapshot of exactly these stamps, None if there is none (or it is damaged)."""
    folder = _folder(state_dir, district, stamps)
    if not folder.is_dir():
        return None
    try:
        snapshot = open_snapshot_at(folder)
    except NotReadyError:
        return None
    return snapshot if snapshot.stamps == stamps else None


def find_latest(state_dir: Path, district: str, *, status: str) -> Snapshot | None:
    """Open the newest whole snapshot of a district's data of a status, None if there is none.

    The sample's streets never answer for the district's own.
    """
    for folder in sorted(_folders(state_dir, district), key=_version_of, reverse=True):
        try:
            snapshot = open_snapshot_at(folder)
        except NotReadyError:
            continue
        if snapshot.status == status:
            return snapshot
    return None


def open_snapshot_at(folder: Path) -> Snapshot:
    """Open a snapshot folder, or raise `NotReadyError`."""
    try:
        inode = folder.stat().st_ino
    except OSError as error:
        raise NotReadyError("snapshot {folder} cannot be read ({reason})", folder=folder.name, reason=error) from error
    arrays, facts = open_snapshot(folder)
    try:
        return _unpack(folder, inode, arrays, facts)
    except (KeyError, TypeError) as error:
        # Whole, but not of this program: an array or a fact it reads is not there.
        raise NotReadyError(
            "snapshot {folder} cannot be read ({reason})", folder=folder.name, reason=str(error)
        ) from error


def _unpack(folder: Path, inode: int, arrays: dict[str, NDArray[Any]], facts: dict[str, Any]) -> Snapshot:
    return Snapshot(
        folder=folder,
        inode=inode,
        stamps=facts["stamps"],
        status=facts["status"],
        network=network_from_arrays(arrays),
        place_id=arrays["place_id"],
        place_lon=arrays["place_lon"],
        place_lat=arrays["place_lat"],
        tables={mode: table_from_arrays(arrays, mode=mode) for mode in SERVED_MODES},
        demand_id=arrays["demand_id"],
        demand_cost={mode: arrays[f"demand_cost-{mode}"] for mode in SERVED_MODES},
        snapped_demand={
            mode: SnappedPoints(*(arrays[f"demand_{part}-{mode}"] for part in ("edge", "fraction", "leg_m")))
            for mode in SERVED_MODES
        },
        gap_breaks=arrays["gap_breaks"],
        pack=arrays["pack"],
        pack_version=facts["pack_version"],
    )


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
            older = _find_older(state_dir, district, stamps)
            if older is None:
                progress("reading streets")
                nodes, edges, shores = read_streets(session, district)
                progress("building the network")
                network = build_network(nodes, edges, shores=shores)
                pack = np.frombuffer(make_phone_pack(network, modes=SERVED_MODES), np.uint8)
            else:
                network, pack = older.network, older.pack
            # Who draws a hotspot waits for its numbers: while the places stay, so do the ways to them.
            tables = older.tables if older is not None and older.stamps.get("places") == stamps.get("places") else {}
            arrays = network_arrays(network) | _build_tables(session, district, network, tables, progress)
            arrays["pack"] = pack
        folder = _folder(state_dir, district, stamps)
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
        _prune(state_dir, district, folder)
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
        [sys.executable, "-m", "webmap.logic.snapshots", str(state_dir), district],
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

    It has what `Live` asks of a builder's process: `poll` and `wait`.
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


def set_aside(folder: Path) -> bool:
    """Take a snapshot out of use, so that it is built again; return whether it was there. Only the last one is kept."""
    for older in folder.parent.glob(f"{ASIDE}*"):
        shutil.rmtree(older, ignore_errors=True)
    try:
        folder.rename(folder.with_name(f"{ASIDE}{folder.name}"))
    except FileNotFoundError:
        return False
    return True


def _find_older(state_dir: Path, district: str, stamps: dict[str, str]) -> Snapshot | None:
    """Return the newest older snapshot with the same streets, None if there is none."""
    for folder in sorted(_folders(state_dir, district), key=_version_of, reverse=True):
        try:
            older = open_snapshot_at(folder)
        except NotReadyError:
            continue
        if all(older.stamps.get(layer) == stamps.get(layer) for layer in STREET_LAYERS):
            return older
    return None


def _build_tables(
    session: Session,
    district: str,
    network: StreetNetwork,
    tables: Mapping[str, NearestTable],
    progress: Progress,
) -> dict[str, NDArray[Any]]:
    """Return the arrays of places, tables and demand; `tables`: those of an older snapshot with the same places."""
    places = session.execute(
        select(Place.id, func.ST_X(Place.geom), func.ST_Y(Place.geom))
        .where(Place.district_code == district)
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
        if mode in tables:
            table = tables[mode]
        else:
            progress("searching the ways to every place")
            table = network.nearest_table(place_lon, place_lat, mode=mode)
        origin, costs = start_aside(network, table, demand["lon"].to_numpy(), demand["lat"].to_numpy())
        arrays |= table_arrays(table)
        arrays[f"demand_cost-{mode}"] = costs.astype(np.int32)
        arrays |= {
            f"demand_edge-{mode}": origin.edge,
            f"demand_fraction-{mode}": origin.fraction,
            f"demand_leg_m-{mode}": origin.access_m,
        }
    return arrays


def _gap_breaks(demand: pd.DataFrame) -> NDArray[np.float64]:
    residents = demand[demand["layer"] == "residents"]
    counted = residents if len(residents) else demand
    lon, lat, weight = (counted[name].to_numpy(np.float64) for name in ("lon", "lat", "weight"))
    return np.array(natural_breaks(sum_cells(lon, lat, weight, cell_m=CELL_M)), np.float64)


def _district_dir(state_dir: Path, district: str) -> Path:
    return state_dir / "snapshots" / district


def _format() -> str:
    return f"{FORMAT}-{rules_digest()}"


def _folder(state_dir: Path, district: str, stamps: dict[str, str]) -> Path:
    version = sum(int(stamp.split()[0]) for stamp in stamps.values())
    return _district_dir(state_dir, district) / f"{version}-{_format()}"


def _folders(state_dir: Path, district: str) -> list[Path]:
    return [folder for folder in _district_dir(state_dir, district).glob(f"[0-9]*-{_format()}") if folder.is_dir()]


def _version_of(folder: Path) -> int:
    return int(folder.name.split("-")[0])


def _prune(state_dir: Path, district: str, written: Path) -> None:
    """Remove all but the one just written and the newest before it; who still maps another keeps its files for now."""
    # A database made anew counts from one again: the folders of the one before it may bear higher numbers.
    others = sorted((folder for folder in _folders(state_dir, district) if folder != written), key=_version_of)
    newest = {written, *others[-(KEPT - 1) :]}
    for folder in _district_dir(state_dir, district).iterdir():
        # What a builder left behind that was killed, and the formats of earlier versions of the program, go too.
        if folder.is_dir() and folder not in newest and not folder.name.startswith(ASIDE):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _builder_lock(state_dir: Path, district: str) -> Iterator[None]:
    folder = _district_dir(state_dir, district)
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
