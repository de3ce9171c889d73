"""A district's snapshots on disk: network, nearest tables and demand costs for one version of its layers.

A snapshot lies in ``<state>/snapshots/<district>/<version>-<format>/``; two are kept. `webmap.logic.snapshot_building`
writes them.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from geo.db.layers import has_streets, layer_stamps
from geo.errors import NotReadyError
from geo.network.modes import rules_digest
from geo.network.nearest import NearestTable
from geo.network.network import StreetNetwork
from geo.network.snap import SnappedPoints
from geo.network.snapshot import network_from_arrays, open_snapshot, table_from_arrays

FORMAT = 19
"""Raise it when the arrays change; older snapshots are then rebuilt, as they are when the rules of a mode change."""

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

    @property
    def is_replaced(self) -> bool:
        """Tell whether another snapshot now lies where this one was opened."""
        try:
            return self.folder.stat().st_ino != self.inode
        except OSError:
            return False


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
    folder = snapshot_folder(state_dir, district, stamps)
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
        raise NotReadyError("snapshot {folder} is missing or incomplete", folder=folder.name) from error
    arrays, facts = open_snapshot(folder)
    try:
        return _unpack(folder, inode, arrays, facts)
    except (KeyError, TypeError) as error:
        # Whole, but not of this program: an array or a fact it reads is not there.
        raise NotReadyError(
            "snapshot {folder} was made by another version of the program", folder=folder.name
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


def set_aside(folder: Path) -> bool:
    """Take a snapshot out of use, so that it is built again; return whether it was there. Only the last one is kept."""
    for older in folder.parent.glob(f"{ASIDE}*"):
        shutil.rmtree(older, ignore_errors=True)
    try:
        folder.rename(folder.with_name(f"{ASIDE}{folder.name}"))
    except FileNotFoundError:
        return False
    return True


def find_same_streets(state_dir: Path, district: str, stamps: dict[str, str]) -> Snapshot | None:
    """Return the newest older snapshot with the same streets, None if there is none."""
    for folder in sorted(_folders(state_dir, district), key=_version_of, reverse=True):
        try:
            older = open_snapshot_at(folder)
        except NotReadyError:
            continue
        if all(older.stamps.get(layer) == stamps.get(layer) for layer in STREET_LAYERS):
            return older
    return None


def district_folder(state_dir: Path, district: str) -> Path:
    """Return the folder of a district's snapshots."""
    return state_dir / "snapshots" / district


def _format() -> str:
    return f"{FORMAT}-{rules_digest()}"


def snapshot_folder(state_dir: Path, district: str, stamps: dict[str, str]) -> Path:
    """Return where the snapshot of these stamps lies, or will lie."""
    version = sum(int(stamp.split()[0]) for stamp in stamps.values())
    return district_folder(state_dir, district) / f"{version}-{_format()}"


def _folders(state_dir: Path, district: str) -> list[Path]:
    return [folder for folder in district_folder(state_dir, district).glob(f"[0-9]*-{_format()}") if folder.is_dir()]


def _version_of(folder: Path) -> int:
    return int(folder.name.split("-")[0])


def prune_snapshots(state_dir: Path, district: str, written: Path) -> None:
    """Remove all but the one just written and the newest before it; who still maps another keeps its files for now."""
    # A new database counts from one again: the folders of the one before it may bear higher numbers.
    others = sorted((folder for folder in _folders(state_dir, district) if folder != written), key=_version_of)
    newest = {written, *others[-(KEPT - 1) :]}
    for folder in district_folder(state_dir, district).iterdir():
        # What a builder left behind that was killed, and the formats of earlier versions of the program, go too.
        if folder.is_dir() and folder not in newest and not folder.name.startswith(ASIDE):
            shutil.rmtree(folder, ignore_errors=True)
