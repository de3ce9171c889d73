"""Read a siting certificate and its inputs strictly: every field of its type, nothing named twice, nothing unknown."""

import base64
import hashlib
import json
import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import InputError
from geo.network.costs import find_costs
from geo.network.snap import SnappedPoints
from geo.network.snapshot import network_from_arrays, open_snapshot

FORMAT = "fuchun-siting-certificate-1"
FIELDS = (
    "format", "inputs", "parameters", "model", "sites", "objective", "certified_bound", "solver_bound", "dominated",
    "nodes", "multipliers", "rows", "level", "sha256",
)  # fmt: skip
COVERS = ("mclp", "lscp", "budget")
"""The models that ask about a largest cost."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Certificate:
    """A certificate whose fields have their types; indices are whole numbers from 0, which may still be too large.

    Attributes
    ----------
    path : Path
    model : str
    sites, fixed, forbidden : list of int
    objective, certified_bound : float
    solver_bound : float or None
    wanted : int or None
        How many sites were asked for.
    standard, budget, level : float
        NaN where the model has none.
    exclusive : list of list of int
    dominated : list of list of int
        Pairs of a candidate and the one that replaces it.
    nodes : list of list of int
        ``[column, with it, without it]``, or a leaf ``[-1, multipliers]``.
    multipliers : list of str
    rows : array of int64, or None
        The rows that prove LSCP and p-center.
    kind, file, sha256 : str
        Of the inputs.
    streets : tuple
        Snapshot, mode and limit_s of the kind ``streets``.
    """

    path: Path
    model: str
    sites: list[int]
    fixed: list[int]
    forbidden: list[int]
    objective: float
    certified_bound: float
    solver_bound: float | None
    wanted: int | None
    standard: float
    budget: float
    level: float
    exclusive: list[list[int]]
    dominated: list[list[int]]
    nodes: list[list[int]]
    multipliers: list[str]
    rows: NDArray[np.int64]
    kind: str
    file: str
    sha256: str
    streets: tuple[str, str, float | None]


def require(holds: bool, path: Path, template: str, **values: object) -> None:
    """Raise `InputError` of a template, which names the ``{file}``, unless something holds."""
    if not holds:
        raise InputError(template, file=path.name, **values)


def seal(body: dict[str, Any]) -> str:
    """Return the checksum of a certificate without its own."""
    plain = {name: value for name, value in body.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_numbers(text: str, most: int = 1 << 27) -> Floats:
    """Return doubles that were packed as base64 of deflated little-endian bytes, `most` of them."""
    unpacked = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), 8 * most + 8)
    return np.frombuffer(unpacked, "<f8").astype(np.float64)


def read_certificate(path: Path) -> Certificate:
    """Read a certificate, and check its own checksum and the type of every field.

    Raises
    ------
    InputError
    """
    try:
        body = json.loads(path.read_text("utf-8"), object_pairs_hook=lambda pairs: _unique(pairs, path))
    except FileNotFoundError as error:
        raise InputError("there is no file {file}", file=path.name) from error
    except InputError:
        raise
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise InputError("{file} is not a certificate: it cannot be read as JSON", file=path.name) from error
    is_ours = isinstance(body, dict) and body.get("format") == FORMAT
    require(is_ours, path, "{file} is not a certificate of the format {wanted}", wanted=FORMAT)
    require(seal(body) == body.get("sha256"), path, "{file} is refused: its checksum is not that of its content")
    unknown = ", ".join(sorted(set(body) - set(FIELDS)))
    require(not unknown, path, "{file} is refused: a certificate has no field {field}", field=unknown)
    asked, inputs, model = _object(body, "parameters", path), _object(body, "inputs", path), body.get("model")
    is_cover, is_part = model in COVERS, model in ("lscp", "p-center")
    kind = _text(inputs, "kind", path)
    is_streets = kind == "streets"
    if "sites" not in asked or "solver_bound" not in body:
        raise _wrong(path, "sites" if "solver_bound" in body else "solver_bound")
    return Certificate(
        path=path,
        model=_text(body, "model", path),
        sites=_distinct(body, "sites", path),
        fixed=_distinct(asked, "fixed", path),
        forbidden=_distinct(asked, "forbidden", path),
        objective=_number(body, "objective", path),
        certified_bound=_number(body, "certified_bound", path),
        solver_bound=None if body.get("solver_bound") is None else _number(body, "solver_bound", path),
        wanted=None if asked.get("sites") is None else _whole([asked["sites"]], "sites", path)[0],
        standard=_number(asked, "standard", path) if is_cover else math.nan,
        budget=_number(asked, "budget", path) if model == "budget" else math.nan,
        level=_number(body, "level", path) if is_part else math.nan,
        exclusive=[_whole(some, "exclusive", path) for some in _list(asked, "exclusive", path, model == "budget")],
        dominated=[_whole(pair, "dominated", path, (2,)) for pair in _list(body, "dominated", path)],
        nodes=[_whole(node, "nodes", path, (2, 3), least=-1) for node in _list(body, "nodes", path)],
        multipliers=[_text({"multipliers": text}, "multipliers", path) for text in _list(body, "multipliers", path)],
        rows=np.array(_whole(_list(body, "rows", path, is_part), "rows", path), np.int64),
        kind=kind,
        file=_text(inputs, "file", path),
        sha256=_text(inputs, "sha256", path),
        streets=(
            _text(asked, "snapshot", path) if is_streets else "",
            _text(asked, "mode", path) if is_streets else "",
            None if asked.get("limit_s") is None else _number(asked, "limit_s", path),
        ),
    )


def read_inputs(certificate: Certificate) -> tuple[Floats, Floats, Floats]:
    """Read the costs (n_demand, n_candidate), the weights of the demand and the prices of the candidates.

    Raises
    ------
    InputError, NotReadyError
    """
    path = certificate.path
    file = path.parent / Path(certificate.file).name
    is_there = file.is_file()
    require(is_there, path, "{file} is refused: its inputs {inputs} are not beside it", inputs=file.name)
    content = file.read_bytes()
    is_same = hashlib.sha256(content).hexdigest() == certificate.sha256
    require(
        is_same, path, "{file} is refused: the inputs {inputs} are not those that it was made from", inputs=file.name
    )
    with np.load(BytesIO(content), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    cost, weight = _costs(certificate, arrays), arrays["weight"].astype(np.float64)
    n_price = cost.shape[1]
    price = arrays["price"].astype(np.float64) if certificate.model == "budget" else np.zeros(n_price)
    is_whole = cost.ndim == 2 and weight.shape == (cost.shape[0],) and price.shape == (n_price,)
    is_right = is_whole and bool((cost >= 0.0).all() and ((weight >= 0.0) & (weight < np.inf)).all())
    require(
        is_right,
        path,
        "{file} is refused: costs and weights in {inputs} must be numbers from 0, one weight for each demand point",
        inputs=file.name,
    )
    require(bool((price >= 0.0).all()), path, "{file} is refused: a cost is not a number from 0")
    return cost, weight, price


def _costs(certificate: Certificate, arrays: dict[str, NDArray[Any]]) -> Floats:
    path = certificate.path
    if certificate.kind == "matrix":
        return arrays["cost"].astype(np.float64)
    if certificate.kind == "sets":
        ptr, column, n = arrays["ptr"], arrays["column"], arrays["price"].size
        is_right = ptr[0] == 0 and ptr[-1] == column.size and bool(((column >= 0) & (column < n)).all())
        require(is_right, path, "{file} is refused: its sets name candidates that do not exist")
        matrix = np.full((ptr.size - 1, n), np.inf)
        matrix[np.repeat(np.arange(len(matrix)), np.diff(ptr)), column] = 0.0
        return matrix
    require(certificate.kind == "streets", path, "{file} is refused: its inputs are of an unknown kind")
    folder, mode, limit_s = certificate.streets
    is_far = limit_s is None or (certificate.model in COVERS and limit_s >= certificate.standard)
    require(is_far, path, "{file} is refused: its costs end below what was asked")
    network = network_from_arrays(open_snapshot(Path(folder), verify=True)[0])
    ends = []
    for side in ("demand", "candidate"):
        edge, fraction, leg_m = (arrays[f"{side}_{part}"] for part in ("edge", "fraction", "leg_m"))
        is_on_it = (edge >= -1) & (edge < len(network.edge_id)) & (fraction >= 0.0) & (fraction <= 1.0) & (leg_m >= 0.0)
        is_right = bool((is_on_it | (edge == -1)).all()) and edge.shape == fraction.shape == leg_m.shape
        require(is_right, path, "{file} is refused: its points do not lie on the streets")
        ends.append(SnappedPoints(edge, fraction, leg_m))
    return find_costs(network, ends[0], ends[1], mode=mode, limit_s=limit_s)


def _unique(pairs: list[tuple[str, Any]], path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        require(name not in found, path, "{file} is refused: it names the field {field} twice", field=name[:60])
        found[name] = value
    return found


def _wrong(path: Path, name: str) -> InputError:
    return InputError(
        "{file} is refused: the field {field} is missing or is not what it must be", file=path.name, field=name
    )


def _object(body: dict[str, Any], name: str, path: Path) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise _wrong(path, name)
    return value


def _list(body: dict[str, Any], name: str, path: Path, is_wanted: bool = True) -> list[Any]:
    value = body.get(name) if is_wanted else []
    if not isinstance(value, list):
        raise _wrong(path, name)
    return value


def _text(body: dict[str, Any], name: str, path: Path) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise _wrong(path, name)
    return value


def _number(body: dict[str, Any], name: str, path: Path) -> float:
    """Return a finite number from 0; a truth value or a text is none."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1e300:
        raise _wrong(path, name)
    return float(value)


def _whole(values: Any, name: str, path: Path, sizes: Iterable[int] = (), *, least: int = 0) -> list[int]:
    """Return whole numbers that are not below `least`, as many as one of `sizes` says."""
    is_right = isinstance(values, list) and all(type(value) is int and least <= value < 1 << 53 for value in values)
    if not is_right or (sizes and len(values) not in sizes):
        raise _wrong(path, name)
    return list(values)


def _distinct(body: dict[str, Any], name: str, path: Path) -> list[int]:
    values = _whole(body.get(name), name, path)
    if len(set(values)) < len(values):
        raise _wrong(path, name)
    return values
