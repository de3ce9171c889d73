"""Named arrays in a folder: written aside, fsynced, renamed, checksummed; opened by memory-mapping."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from geo.errors import NotReadyError
from geo.network.indices import check_indices
from geo.network.labels import LabelList
from geo.network.nearest import NearestTable
from geo.network.network import StreetNetwork
from geo.network.snap import SnappedPoints
from geo.network.verified import verify_once

MANIFEST = "manifest.json"

Arrays = dict[str, NDArray[Any]]


def network_arrays(network: StreetNetwork) -> Arrays:
    """Return a network as named arrays; those by mode or label are named ``attribute-mode``, ``labels-part``."""
    arrays: Arrays = {}
    for field in fields(network):
        value = getattr(network, field.name)
        if isinstance(value, LabelList):
            arrays |= {f"{field.name}-{part.name}": getattr(value, part.name) for part in fields(value)}
        elif isinstance(value, Mapping):
            arrays |= {f"{field.name}-{mode}": of_mode for mode, of_mode in value.items()}
        else:
            arrays[field.name] = value
    return arrays


def network_from_arrays(arrays: Mapping[str, NDArray[Any]]) -> StreetNetwork:
    """Return the network that `network_arrays` took apart; `KeyError` names the part that is not there."""
    parts: dict[str, Any] = {}
    for field in fields(StreetNetwork):
        if field.name in arrays:
            parts[field.name] = arrays[field.name]
            continue
        start = f"{field.name}-"
        of_field = {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
        if not of_field:
            raise KeyError(field.name)
        parts[field.name] = LabelList(**of_field) if field.name == "labels" else of_field
    return StreetNetwork(**parts)


def table_arrays(table: NearestTable) -> Arrays:
    """Return a nearest table as named arrays."""
    facility = table.facility
    return {
        f"table-{table.mode}-cost": table.cost,
        f"table-{table.mode}-via": table.via,
        f"table-{table.mode}-kept": table.kept,
        f"table-{table.mode}-edge": facility.edge,
        f"table-{table.mode}-fraction": facility.fraction,
        f"table-{table.mode}-leg_m": facility.access_m,
    }


def table_from_arrays(arrays: Mapping[str, NDArray[Any]], *, mode: str) -> NearestTable:
    """Return the table that `table_arrays` took apart."""
    cost, via, kept, edge, fraction, access_m = (
        arrays[f"table-{mode}-{name}"] for name in ("cost", "via", "kept", "edge", "fraction", "leg_m")
    )
    return NearestTable(mode, SnappedPoints(edge, fraction, access_m), cost, via, kept)


def write_snapshot(folder: Path, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> None:
    """Write arrays and facts so that `folder` appears whole or not at all.

    Parameters
    ----------
    folder : Path
        Must not exist; its parent is created.
    arrays : mapping of name to array
    facts : mapping
        JSON values for the manifest.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.parent / f".{folder.name}-{uuid4().hex[:8]}"
    aside.mkdir()
    try:
        files = {}
        for name, array in arrays.items():
            path = aside / f"{name}.npy"
            with path.open("wb") as file:
                np.save(file, np.ascontiguousarray(array), allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
            files[name] = {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        with (aside / MANIFEST).open("w", encoding="utf-8") as file:
            json.dump({"files": files, "facts": dict(facts), "sha256": _digest(files, facts)}, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(aside)
        aside.rename(folder)
        _sync_folder(folder.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def open_snapshot(folder: Path, *, verify: bool = False) -> tuple[Arrays, dict[str, Any]]:
    """Memory-map the arrays of a snapshot, read-only, and return them with its facts.

    Checksums and indices are verified by the first process that opens it after the machine has started, or after a
    file has changed; see `geo.network.verified`.

    Parameters
    ----------
    folder : Path
    verify : bool
        Verify them in any case.

    Raises
    ------
    NotReadyError
        If the folder is missing, cut short or damaged.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files: dict[str, Any] = manifest["files"]
        facts: dict[str, Any] = manifest["facts"]
        if manifest["sha256"] != _digest(files, facts):
            raise _damaged(folder, MANIFEST)
        for name, expected in files.items():
            path = folder / f"{name}.npy"
            if path.stat().st_size != expected["bytes"]:
                raise _damaged(folder, path.name)
        verify_once(folder, files, lambda: _verify(folder, files), again=verify)
        arrays = _map_arrays(folder, files)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotReadyError("snapshot {folder} is missing or incomplete", folder=folder.name) from error
    return arrays, facts


def _verify(folder: Path, files: Mapping[str, Any]) -> None:
    for name, expected in files.items():
        path = folder / f"{name}.npy"
        if _sha256(path) != expected["sha256"]:
            raise _damaged(folder, path.name)
    check_indices(_map_arrays(folder, files))


def _map_arrays(folder: Path, files: Mapping[str, Any]) -> Arrays:
    arrays: Arrays = {}
    for name, expected in files.items():
        # An empty array cannot be memory-mapped.
        mode: Literal["r"] | None = "r" if expected["bytes"] > 128 else None
        mapped = np.load(folder / f"{name}.npy", mmap_mode=mode, allow_pickle=False)
        # The same memory as a plain array: indexing np.memmap costs several times as much.
        arrays[name] = mapped.view(np.ndarray)
    return arrays


def _damaged(folder: Path, file: str) -> NotReadyError:
    return NotReadyError(
        "snapshot file {file} is damaged; delete {folder} and it is rebuilt", file=file, folder=folder.name
    )


def _digest(files: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Return the checksum of a manifest's own content."""
    return hashlib.sha256(json.dumps([files, dict(facts)], sort_keys=True).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
