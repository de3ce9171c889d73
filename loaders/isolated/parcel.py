"""Pass values between parser and caller as files: JSON and npy without pickle, type-checked when read.

Whoever wrote a parcel may have been taken over by the file that it parsed. So nothing in it is executed, every value
must have the type that the reader expects, and sizes are capped.
"""

import json
import math
import string
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.texts import is_clean
from loaders.report import Rejection

T = TypeVar("T")

MAX_JSON_BYTES = 1_000_000_000
MAX_ARRAY_BYTES = 2_000_000_000
MAX_TEXT = 40_000
"""Characters of one text."""
MAX_ROWS = 20_000_000
_JSON = "parcel.json"


class BadParcel(ValueError):  # noqa: N818  (its texts are for the log, not for people)
    """A parcel that does not hold what it should."""


@dataclass(frozen=True)
class Frame:
    """What a frame in a parcel must look like.

    Attributes
    ----------
    columns : mapping of str to str
        Name to ``int``, ``float`` (finite), ``text``, ``text?`` (or None), ``row`` (text or int), ``tags`` (a dict of
        texts, or None).
    geometry : frozenset of str
        Types of geometry that may occur (EPSG:4326, finite); empty for a table without geometry.
    max_rows : int
    """

    columns: Mapping[str, str]
    geometry: frozenset[str] = frozenset()
    max_rows: int = MAX_ROWS


def pack(value: object, folder: Path) -> None:
    """Write a value into an empty folder: dataclasses, frames, arrays, geometries, dates, paths and plain JSON."""
    folder.mkdir(exist_ok=True)
    tree = _Packer(folder).encode(value)
    with (folder / _JSON).open("w", encoding="utf-8") as file:
        json.dump(tree, file, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def unpack(kind: type[T], folder: Path, *, is_ours: bool = False) -> T:
    """Return the value of type `kind` in a folder; with `is_ours` texts may be as the store has them.

    Raises
    ------
    BadParcel
        If the folder holds anything else.
    """
    path = folder / _JSON
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise BadParcel("too large")
        tree = json.loads(path.read_bytes(), parse_constant=_refuse)
        found: T = _Unpacker(folder, is_ours=is_ours).decode(kind, tree)
        return found
    except BadParcel:
        raise
    except (OSError, ValueError, TypeError, KeyError, IndexError, RecursionError, shapely.errors.ShapelyError) as error:
        raise BadParcel(str(error)) from error


def _refuse(text: str) -> Any:
    raise BadParcel(f"{text} in JSON")


class _Packer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def encode(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | str):
            return value
        if isinstance(value, int | np.integer):
            return int(value)
        if isinstance(value, float | np.floating):
            return float(value)
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Path):
            return str(value)
        if isinstance(value, shapely.Geometry):
            return shapely.to_wkb(value, hex=True)
        if isinstance(value, pd.DataFrame):
            return self._frame(value)
        if isinstance(value, np.ndarray):
            return self._array(value)
        if is_dataclass(value):
            return {each.name: self.encode(getattr(value, each.name)) for each in fields(value)}
        if isinstance(value, Mapping):
            return {str(key): self.encode(item) for key, item in value.items()}
        return [self.encode(item) for item in value]

    def _frame(self, frame: pd.DataFrame) -> Any:
        geometry = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
        columns: dict[str, Any] = {}
        for name in frame.columns:
            if name == geometry:
                wkb = shapely.to_wkb(frame.geometry.to_numpy())
                sizes = np.array([len(each) for each in wkb], np.int64)
                columns["geometry"] = [
                    self._array(sizes), self._array(np.frombuffer(b"".join(wkb), np.uint8)),
                ]  # fmt: skip
                continue
            values = frame[name].to_numpy()
            if values.dtype.kind in "iuf":
                columns[str(name)] = self._array(values)
            else:
                columns[str(name)] = [None if _is_missing(item) else self.encode(item) for item in values]
        return {"rows": len(frame), "columns": columns}

    def _array(self, values: NDArray[Any]) -> str:
        name = f"{self._count}.npy"
        self._count += 1
        np.save(self._folder / name, values, allow_pickle=False)
        return name


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


class _Unpacker:
    def __init__(self, folder: Path, *, is_ours: bool) -> None:
        self._folder = folder
        self._is_ours = is_ours

    def decode(self, kind: Any, tree: Any) -> Any:
        """Return a tree of JSON as a value of the type `kind`."""
        if kind is Any or kind is object:
            return self._plain(tree)
        origin = get_origin(kind)
        if origin is Annotated:
            expected, frame = get_args(kind)
            return self._frame(frame, tree, is_geo=expected is gpd.GeoDataFrame)
        if origin in (Union, types.UnionType):
            return self._union(get_args(kind), tree)
        if origin is not None:
            return self._container(origin, get_args(kind), tree)
        if isinstance(kind, type) and is_dataclass(kind):
            return self._dataclass(kind, tree)
        return self._scalar(kind, tree)

    def _scalar(self, kind: Any, tree: Any) -> Any:
        if kind is str:
            return self._text(tree)
        if kind is bool and isinstance(tree, bool):
            return tree
        if kind is int and isinstance(tree, int) and not isinstance(tree, bool) and abs(tree) < 2**63:
            return tree
        if kind is float and isinstance(tree, int | float) and not isinstance(tree, bool) and math.isfinite(tree):
            return float(tree)
        if kind is date:
            return date.fromisoformat(self._text(tree))
        if kind is Path:
            return Path(self._text(tree))
        if isinstance(kind, type) and issubclass(kind, shapely.Geometry) and isinstance(tree, str):
            return _finite(shapely.from_wkb([tree]))[0]
        raise BadParcel(f"{type(tree).__name__} where {kind} was expected")

    def _union(self, kinds: Sequence[Any], tree: Any) -> Any:
        if tree is None and type(None) in kinds:
            return None
        for kind in kinds:
            if kind is not type(None):
                try:
                    return self.decode(kind, tree)
                except (BadParcel, TypeError, ValueError):
                    continue
        raise BadParcel(f"{type(tree).__name__} where one of {kinds} was expected")

    def _container(self, origin: Any, kinds: Sequence[Any], tree: Any) -> Any:
        if origin is np.ndarray:
            return self._array(tree)
        if issubclass(origin, Mapping):
            if not isinstance(tree, dict):
                raise BadParcel("no mapping")
            return {self._text(key): self.decode(kinds[1], item) for key, item in tree.items()}
        if not isinstance(tree, list):
            raise BadParcel("no list")
        if origin is tuple and kinds[-1] is not Ellipsis:
            return tuple(self.decode(kind, item) for kind, item in zip(kinds, tree, strict=True))
        items = (self.decode(kinds[0], item) for item in tree)
        return {tuple: tuple, frozenset: frozenset}.get(origin, list)(items)

    def _dataclass(self, kind: Any, tree: Any) -> Any:
        if not isinstance(tree, dict) or set(tree) != {each.name for each in fields(kind)}:
            raise BadParcel(f"no {kind.__name__}")
        hints = get_type_hints(kind, include_extras=True)
        value = kind(**{name: self.decode(hints[name], item) for name, item in tree.items()})
        if isinstance(value, Rejection):
            require_template(value.reason, value.values)
        return value

    def _plain(self, tree: Any, depth: int = 8) -> Any:
        if depth == 0:
            raise BadParcel("too deep")
        if isinstance(tree, dict):
            return {self._text(key): self._plain(item, depth - 1) for key, item in tree.items()}
        if isinstance(tree, list):
            return [self._plain(item, depth - 1) for item in tree]
        if isinstance(tree, str):
            return self._text(tree)
        if isinstance(tree, int) and abs(tree) >= 2**63:
            raise BadParcel("number out of range")
        return tree

    def _text(self, tree: Any) -> str:
        if not isinstance(tree, str) or len(tree) > MAX_TEXT or not (self._is_ours or is_clean(tree)):
            raise BadParcel("no text, or one with characters that no text has")
        return tree

    def _array(self, name: Any) -> NDArray[Any]:
        # A name of our own making, not a path.
        if not (isinstance(name, str) and name.endswith(".npy") and name[:-4].isdigit()):
            raise BadParcel("no array")
        path = self._folder / name
        if path.is_symlink() or path.stat().st_size > MAX_ARRAY_BYTES:
            raise BadParcel("no array")
        values: NDArray[Any] = np.load(path, allow_pickle=False)
        if values.dtype.kind not in "iuf" or (values.dtype.kind == "f" and not np.isfinite(values).all()):
            raise BadParcel(f"an array of {values.dtype}, or with numbers that are not finite")
        return values

    def _frame(self, frame: Frame, tree: Any, *, is_geo: bool) -> Any:
        rows, columns = tree["rows"], tree["columns"]
        wanted = {*frame.columns, *({"geometry"} if is_geo else ())}
        if not isinstance(rows, int) or not 0 <= rows <= frame.max_rows or set(columns) != wanted:
            raise BadParcel("a frame of other columns, or of too many rows")
        found = {name: self._column(kind, columns[name], rows) for name, kind in frame.columns.items()}
        if not is_geo:
            return pd.DataFrame(found)
        return gpd.GeoDataFrame(found, geometry=self._geometry(frame, columns["geometry"], rows), crs=4326)

    def _column(self, kind: str, tree: Any, rows: int) -> Any:
        if kind in ("int", "float"):
            if rows == 0:
                return np.empty(0, np.int64 if kind == "int" else np.float64)
            values = self._array(tree) if isinstance(tree, str) else np.array(tree, np.float64)
            if values.shape != (rows,) or (kind == "int" and rows and values.dtype.kind not in "iu"):
                raise BadParcel("a column of other numbers")
            return values.astype(np.int64 if kind == "int" else np.float64)
        if rows == 0:
            return np.empty(0, object)
        if isinstance(tree, str):  # rows by their number
            numbers = self._array(tree)
            if kind != "row" or numbers.shape != (rows,) or numbers.dtype.kind not in "iu":
                raise BadParcel("a column of numbers")
            return numbers
        if not isinstance(tree, list) or len(tree) != rows:
            raise BadParcel("a column of another length")
        hints: dict[str, Any] = {
            "text": str, "text?": str | None, "row": int | str, "tags": Mapping[str, str] | None
        }  # fmt: skip
        column = np.empty(rows, object)
        column[:] = [self.decode(hints[kind], item) for item in tree]
        return column

    def _geometry(self, frame: Frame, tree: Any, rows: int) -> NDArray[np.object_]:
        sizes, data = (self._array(name) for name in tree)
        if sizes.shape != (rows,) or data.dtype != np.uint8 or sizes.dtype != np.int64 or (sizes <= 0).any():
            raise BadParcel("no geometries")
        if int(sizes.sum()) != data.size:
            raise BadParcel("geometries of another length")
        whole, ends = data.tobytes(), np.cumsum(sizes)
        wkb = [whole[end - size : end] for size, end in zip(sizes.tolist(), ends.tolist(), strict=True)]
        geometry = _finite(shapely.from_wkb(np.array(wkb, object)))
        kinds = {shapely.GeometryType(number).name.title() for number in np.unique(shapely.get_type_id(geometry))}
        if not kinds <= {name.title() for name in frame.geometry}:
            raise BadParcel(f"geometries of other types: {kinds}")
        return geometry


def require_template(template: str, values: Mapping[str, object]) -> None:
    """Raise `BadParcel` unless a template has only plain fields, each with a plain value: it will be formatted."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise BadParcel(str(error)) from error
    names = {name for _, name, _, _ in parts if name is not None}
    is_plain = all(not spec and not conversion for _, name, spec, conversion in parts if name is not None)
    if not is_plain or not names <= set(values) or not all(name.isidentifier() for name in names):
        raise BadParcel("a reason that cannot be filled in")
    if not all(item is None or isinstance(item, str | int | float) for item in values.values()):
        raise BadParcel("a reason with values that are not plain")


def _finite(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    if shapely.is_missing(geometry).any() or not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise BadParcel("a geometry is missing, or not finite")
    return geometry
