"""Read areas and points from GeoJSON, GeoPackage and Shapefile in any encoding and CRS, as EPSG:4326."""

import sqlite3
import tempfile
import warnings
import zipfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray

from geo.crs import CRS_NAMES, to_wgs84
from geo.errors import InputError, TooLargeError
from geo.texts import without_invisible
from loaders.damage import guarded
from loaders.dbf import decode_texts
from loaders.geojson import GeometryError, read_geojson, shifted_system
from loaders.report import Rejection, require_file

SUFFIXES = (".geojson", ".json", ".gpkg", ".shp", ".zip")
MAX_UNZIPPED_BYTES = 500_000_000
MAX_FEATURES = 1_000_000
MAX_POSITIONS = 10_000_000
MAX_COLUMNS = 1_000
_BEGINNINGS = {".gpkg": (b"SQLite format 3\0",), ".shp": (b"\0\0\x27\x0a",), ".geojson": (b"{",), ".json": (b"{",)}

_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_LOCAL_DATUMS = ("Beijing 1954", "Xian 1980")


@dataclass(frozen=True)
class VectorFile:
    """What a file holds: a frame in EPSG:4326 in the file's order, the CRS it was read in, and what was assumed.

    `problems` says of rows (from 1) why the geometry that is written there could not be read.
    """

    frame: gpd.GeoDataFrame
    crs: str
    notes: list[Rejection] = field(default_factory=list)
    problems: Mapping[int, GeometryError] = field(default_factory=dict)


def read_vector(path: Path, *, crs: str | None = None, with_points: bool = False) -> VectorFile:
    """Read the one layer of areas of a file and bring it to EPSG:4326.

    Parameters
    ----------
    path : Path
        GeoJSON, GeoPackage, Shapefile, or a ZIP that holds one Shapefile.
    crs : str, optional
        wgs84, gcj02, bd09, cgcs2000, or a code such as EPSG:4549; overrides what the file declares.
    with_points : bool
        A layer of points will do as well.

    Returns
    -------
    VectorFile
        Geometries are two-dimensional and as the file has them: missing, invalid and other kinds included.

    Raises
    ------
    InputError
        If the file cannot be read, declares no CRS and none is given, or its coordinates are not in that CRS.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = opened_vector(path, Path(folder))
        if source.suffix.lower() in (".geojson", ".json"):
            return _read_geojson(source, crs, with_points=with_points)
        with guarded(path.name, Exception):
            frame, notes = _read(source, file=path.name, with_points=with_points)
    geometry = shapely.force_2d(frame.geometry.to_numpy())
    frame = frame.set_geometry(np.where(_is_finite(geometry), geometry, None), crs=frame.crs)
    _require_size(frame.geometry.to_numpy(), file=path.name)
    found = to_4326(frame, crs, file=path.name)
    return VectorFile(found.frame, found.crs, [*notes, *found.notes])


def opened_vector(path: Path, folder: Path) -> Path:
    """Return the file to open: of an archive its Shapefile, unpacked into an empty `folder`; checked by its beginning.

    Raises
    ------
    InputError
        If it is no such file, or no archive of one Shapefile.
    """
    require_file(path, suffixes=SUFFIXES)
    source = _unzip(path, folder) if path.name.lower().endswith(".zip") else path
    _require_kind(source, file=path.name)
    return source


def _read_geojson(path: Path, crs: str | None, *, with_points: bool) -> VectorFile:
    features, said = read_geojson(path)
    names = dict.fromkeys(name for feature in features for name in feature.properties)
    if len(names) > MAX_COLUMNS:
        raise _too_wide(path.name, len(names))
    columns = {
        without_invisible(str(name)): pd.Series([each.properties.get(name) for each in features], dtype=object)
        for name in names
    }
    columns.pop("geometry", None)
    geometry = np.array([each.geometry for each in features] or [None], object)[: len(features)]
    problems = {row: each.problem for row, each in enumerate(features, 1) if each.problem is not None}
    if not with_points and features and all(each is not None and "Point" in each.geom_type for each in geometry):
        raise InputError("{file}: holds points, not areas; save the layer of areas as its own file", file=path.name)
    _require_size(geometry, file=path.name)
    notes: list[Rejection] = []
    if said in CRS_NAMES and crs is None:
        notes.append(
            Rejection(None, "the file says that its coordinates are in {crs}; they were converted", {"crs": said})
        )
    declared = None if said in CRS_NAMES else _declared(said, file=path.name, crs=crs)
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=declared)
    frame = frame.map(_clean) if len(names) else frame
    found = to_4326(frame, crs or (said if said in CRS_NAMES else None), file=path.name)
    return VectorFile(found.frame, found.crs, [*notes, *found.notes], problems)


def _declared(name: str, *, file: str, crs: str | None) -> pyproj.CRS | None:
    try:
        return pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError as error:
        if crs is not None:
            return None
        raise InputError(
            "{file}: its coordinate system {crs} is not known; give it with --crs, such as --crs cgcs2000",
            file=file,
            crs=name[:60],
        ) from error


def _clean(value: Any) -> Any:
    return without_invisible(value) if isinstance(value, str) else value


def _unzip(path: Path, folder: Path) -> Path:
    """Unpack the Shapefile of an archive under plain names (its own may be in any encoding) and return its .shp."""
    with guarded(path.name, Exception), zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if "__MACOSX" not in member.filename]
        shapes = [member.filename for member in members if member.filename.lower().endswith(".shp")]
        if len(shapes) != 1:
            raise InputError(
                "{file}: holds {count} Shapefiles; pack exactly one .shp with its .shx, .dbf and .prj",
                file=path.name,
                count=len(shapes),
            )
        stem = shapes[0][:-4]
        parts = [member for member in members if member.filename[:-4] == stem]
        if sum(member.file_size for member in parts) > MAX_UNZIPPED_BYTES:
            raise TooLargeError(
                "{file}: too large once unpacked, at most {limit} MB are read; keep only the district",
                file=path.name,
                limit=MAX_UNZIPPED_BYTES // 1_000_000,
            )
        for member in parts:
            suffix = member.filename[-4:].lower()
            if suffix in _SHAPEFILE_PARTS:
                (folder / f"areas{suffix}").write_bytes(archive.read(member))
    return folder / "areas.shp"


def _require_kind(source: Path, *, file: str) -> None:
    """Raise `InputError` unless a file begins as its name says.

    GDAL goes by what it finds: a list of other files and addresses under a harmless name would be followed by it.
    """
    with source.open("rb") as opened:
        beginning = opened.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    is_marked = beginning.startswith((b"\xff\xfe", b"\xfe\xff")) and source.suffix.lower() in (".geojson", ".json")
    if not is_marked and not beginning.startswith(_BEGINNINGS[source.suffix.lower()]):
        raise InputError("{file}: is not a {suffix} file, whatever its name says", file=file, suffix=source.suffix)


def _read(source: Path, *, file: str, with_points: bool) -> tuple[gpd.GeoDataFrame, list[Rejection]]:
    """Read a GeoPackage or a Shapefile with GDAL, each feature by itself: a damaged geometry is none."""
    is_shapefile = source.suffix.lower() == ".shp"
    if is_shapefile:
        missing = [part for part in (".shx", ".dbf") if not _beside(source, part)]
        if missing:
            raise InputError(
                "{file}: the {missing} beside it is missing; a Shapefile is .shp, .shx, .dbf and .prj together",
                file=file,
                missing=", ".join(missing),
            )
    else:
        _require_tables(source, file=file)
    layer = _one_layer(source, file=file, with_points=with_points)
    # Every byte of a .dbf as one character, to be decoded by what all of them together are.
    encoding = "ISO-8859-1" if is_shapefile else None
    info = pyogrio.read_info(source, layer=layer, encoding=encoding)
    if len(info["fields"]) > MAX_COLUMNS:
        raise _too_wide(file, len(info["fields"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pyogrio.read_dataframe(
            source, layer=layer, encoding=encoding, on_invalid="ignore", max_features=MAX_FEATURES + 1
        )
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError("{file}: holds no areas, only a table; export it with its geometry", file=file)
    if len(frame) > MAX_FEATURES:
        raise TooLargeError(
            "{file}: holds more than {limit} features; keep only the district", file=file, limit=MAX_FEATURES
        )
    notes: list[Rejection] = []
    if is_shapefile:
        cpg = _beside(source, ".cpg")
        frame, notes = decode_texts(frame, declared=cpg.read_bytes()[:40] if cpg else None, file=file)
    texts = [name for name in frame.columns if name != frame.geometry.name]
    frame[texts] = frame[texts].map(_clean)
    return frame, notes


def _beside(source: Path, suffix: str) -> Path | None:
    return next((p for s in (suffix, suffix.upper()) if (p := source.with_suffix(s)).is_file()), None)


def _require_tables(source: Path, *, file: str) -> None:
    """Raise `InputError` where a layer of a GeoPackage is a view: a query that may run without end."""
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as package:
        named = {str(row[0]).casefold() for row in package.execute("SELECT table_name FROM gpkg_contents LIMIT 1000")}
        views = package.execute("SELECT name FROM sqlite_master WHERE type = 'view' LIMIT 1000")
        found = [str(row[0]) for row in views if str(row[0]).casefold() in named]
        triggers = package.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").fetchone()[0]
    if found or triggers > 1000:
        raise InputError(
            "{file}: the layer {name} is a view, which is not read; export it as a layer of its own",
            file=file,
            name=(found or ["-"])[0][:60],
        )


def _one_layer(source: Path, *, file: str, with_points: bool) -> str:
    layers = [
        str(name) for name, kind in pyogrio.list_layers(source) if with_points or kind is None or "Point" not in kind
    ]
    layers = [name for name in layers if name != "layer_styles"]  # QGIS keeps its styles in the GeoPackage
    if len(layers) != 1:
        raise InputError(
            "{file}: holds {count} layers that may be meant ({names}); save the right one as its own file",
            file=file,
            count=len(layers),
            names=", ".join(layers[:20])[:400] or "-",
        )
    return layers[0]


def _require_size(geometry: NDArray[np.object_], *, file: str) -> None:
    count = int(shapely.get_num_coordinates(geometry).sum())
    if count > MAX_POSITIONS:
        raise TooLargeError(
            "{file}: its areas have {count} positions, at most {limit} are read; simplify them in QGIS (Simplify)",
            file=file,
            count=count,
            limit=MAX_POSITIONS,
        )


def _too_wide(file: str, count: int) -> TooLargeError:
    return TooLargeError(
        "{file}: has {count} columns, at most {limit} are read; keep only those that are needed",
        file=file,
        count=count,
        limit=MAX_COLUMNS,
    )


def _is_finite(geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    is_good = np.ones(len(geometry), bool)
    is_good[owner[~np.isfinite(points).all(axis=1)]] = False
    return is_good


def cell_text(value: object) -> str:
    """Return what a column of a layer holds as text: whole numbers without decimals, nothing for no value.

    Examples
    --------
    >>> [cell_text(value) for value in (330111.0, None, float("nan"), "富春街道", 1.5)]
    ['330111', '', '', '富春街道', '1.5']
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, float):
        if not np.isfinite(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else str(value)
    return str(value)


def to_4326(frame: gpd.GeoDataFrame, crs: str | None, *, file: str) -> VectorFile:
    """Bring a frame to EPSG:4326 from `crs`, else from what it declares; see `read_vector`."""
    declared = frame.crs
    if declared is not None:
        is_of_earth = declared.is_geographic or declared.is_projected
        if not is_of_earth or "undefined" in declared.name.casefold():
            declared = None  # a drawing's own axes, or SRS -1 and 0 of a GeoPackage
    if crs is None and declared is not None and (shifted := shifted_system(declared.name)) is not None:
        crs = shifted
    notes: list[Rejection] = []
    if crs is not None and declared is not None and crs.lower() not in CRS_NAMES:
        notes.append(
            Rejection(
                None, "the file declares {declared}; it was read as {crs}", {"declared": declared.name, "crs": crs}
            )
        )
    if crs is not None and crs.lower() in CRS_NAMES:
        _require_degrees(frame, file=file)
        name = crs.lower()
        points = shapely.transform(
            frame.geometry.to_numpy(), lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], crs=name))
        )
        return VectorFile(frame.set_geometry(points, crs=None).set_crs(4326, allow_override=True), name, notes)
    if crs is None and declared is None:
        raise InputError(
            "{file}: does not say which coordinate system it is in (a Shapefile does in its .prj); give it with --crs, "
            "such as --crs cgcs2000, --crs gcj02 or --crs EPSG:4549",
            file=file,
        )
    system = read_system(crs if crs is not None else declared)
    if system.is_geographic:
        _require_degrees(frame, file=file)
    datum = system.geodetic_crs.datum.name if system.geodetic_crs and system.geodetic_crs.datum else ""
    if any(name in datum for name in _LOCAL_DATUMS):
        notes.append(
            Rejection(
                None,
                "{datum} is brought to WGS84 without local parameters: positions may be off by some tens of metres",
                {"datum": datum},
            )
        )
    with guarded(file, pyproj.exceptions.ProjError):
        there = frame.set_crs(system, allow_override=True).to_crs(4326)
    if not np.isfinite(_coordinates(there)).all():
        raise InputError(
            "{file}: its coordinates, such as {value}, are not in {crs}; give the right system with --crs",
            file=file,
            value=_sample(frame),
            crs=system.name,
        )
    return VectorFile(there, system.name, notes)


def read_system(crs: str | pyproj.CRS) -> pyproj.CRS:
    """Return a coordinate system by what somebody calls it.

    Raises
    ------
    InputError
        It is not known, or none of the earth's surface.
    """
    try:
        system = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise InputError(
            "the coordinate system {crs} is not known; give wgs84, gcj02, bd09, cgcs2000 or a code such as EPSG:4549",
            crs=str(crs)[:60],
        ) from error
    if not (system.is_geographic or system.is_projected):
        raise InputError(
            "the coordinate system {crs} is none of places on the earth; give wgs84, gcj02, bd09, cgcs2000 or a code "
            "such as EPSG:4549",
            crs=system.name[:60],
        )
    return system


def _require_degrees(frame: gpd.GeoDataFrame, *, file: str) -> None:
    points = _coordinates(frame)
    if not (np.isfinite(points).all() and (np.abs(points) <= (180.0, 90.0)).all()):
        if np.isfinite(points).all() and (np.abs(points) <= (90.0, 180.0)).all():
            raise InputError(
                "{file}: its coordinates, such as {value}, have latitude before longitude; swap them (QGIS: Swap X and "
                "Y coordinates) and save it again",
                file=file,
                value=_sample(frame),
            )
        raise InputError(
            "{file}: its coordinates, such as {value}, are not degrees; give the system they are in with --crs, "
            "such as --crs EPSG:4549",
            file=file,
            value=_sample(frame),
        )


def _coordinates(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return shapely.get_coordinates(frame.geometry.to_numpy())


def _sample(frame: gpd.GeoDataFrame) -> str:
    return ", ".join(f"{value:.10g}" for value in _coordinates(frame)[0])
