"""Areas and points from GeoJSON, GeoPackage and Shapefiles, whatever their encoding and CRS, as EPSG:4326."""

import tempfile
import warnings
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray

from geo.crs import CRS_NAMES, to_wgs84
from geo.errors import InputError
from loaders.report import Rejection, require_file

SUFFIXES = (".geojson", ".json", ".gpkg", ".shp", ".zip")
MAX_UNZIPPED_BYTES = 500_000_000
_BEGINNINGS = {".gpkg": (b"SQLite format 3\0",), ".shp": (b"\0\0\x27\x0a",), ".geojson": (b"{",), ".json": (b"{",)}

_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_LOCAL_DATUMS = ("Beijing 1954", "Xian 1980")


@dataclass(frozen=True)
class VectorFile:
    """What a file holds: a frame in EPSG:4326 in the file's order, the CRS it was read in, and what was assumed."""

    frame: gpd.GeoDataFrame
    crs: str
    notes: list[Rejection] = field(default_factory=list)


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
    require_file(path, suffixes=SUFFIXES)
    with ExitStack() as stack:
        source = path
        if path.name.lower().endswith(".zip"):
            source = _unzip(path, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        _require_kind(source, file=path.name)
        frame = _read(source, file=path.name, with_points=with_points)
    frame = frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=frame.crs)
    return to_4326(frame, crs, file=path.name)


def _unzip(path: Path, folder: Path) -> Path:
    """Unpack the Shapefile of an archive under plain names (its own may be in any encoding) and return its .shp."""
    try:
        with zipfile.ZipFile(path) as archive:
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
                raise InputError("{file}: too large once unpacked", file=path.name)
            for member in parts:
                suffix = member.filename[-4:].lower()
                if suffix in _SHAPEFILE_PARTS:
                    (folder / f"areas{suffix}").write_bytes(archive.read(member))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:  # damaged, encrypted, odd compression
        raise InputError("{file}: cannot be read ({reason})", file=path.name, reason=str(error)) from error
    return folder / "areas.shp"


def _require_kind(source: Path, *, file: str) -> None:
    """Raise `InputError` unless a file begins as its name says.

    GDAL goes by what it finds: a list of other files and addresses under a harmless name would be followed by it.
    """
    with source.open("rb") as opened:
        beginning = opened.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not beginning.startswith(_BEGINNINGS[source.suffix.lower()]):
        raise InputError("{file}: is no {suffix} file, whatever its name says", file=file, suffix=source.suffix)


def _read(source: Path, *, file: str, with_points: bool) -> gpd.GeoDataFrame:
    encodings: list[str | None] = [None]
    if source.suffix.lower() == ".shp":
        # What a .dbf says of its encoding is often missing or wrong. Chinese text in GBK is practically never valid
        # UTF-8, so strict UTF-8 goes first; GB 18030 holds GBK and code page 936.
        is_declared = source.with_suffix(".cpg").exists() or source.with_suffix(".CPG").exists()
        encodings = ["utf-8", *([None] if is_declared else []), "gb18030"]
    try:
        layer = _one_layer(source, file=file, with_points=with_points)
        for encoding in encodings:
            try:
                with warnings.catch_warnings():
                    # A GeoJSON property of several types (100, "1,234") is left as text, which is what is wanted.
                    warnings.filterwarnings("ignore", "Could not parse column", UserWarning)
                    frame = gpd.read_file(source, layer=layer, encoding=encoding)
            except (UnicodeDecodeError, LookupError):
                continue
            if not isinstance(frame, gpd.GeoDataFrame):
                break
            return frame
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError, ValueError) as error:
        raise InputError("{file}: cannot be read ({reason})", file=file, reason=str(error)) from error
    raise InputError("{file}: the text is neither UTF-8 nor GBK; save it as GeoPackage or GeoJSON", file=file)


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
            names=", ".join(layers) or "-",
        )
    return layers[0]


def to_4326(frame: gpd.GeoDataFrame, crs: str | None, *, file: str) -> VectorFile:
    """Bring a frame to EPSG:4326 from `crs`, else from what it declares; see `read_vector`."""
    declared = frame.crs
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
    try:
        system = pyproj.CRS.from_user_input(crs if crs is not None else declared)
    except pyproj.exceptions.CRSError as error:
        raise InputError(
            "the coordinate system {crs} is not known; give wgs84, gcj02, bd09, cgcs2000 or a code such as EPSG:4549",
            crs=crs,
        ) from error
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
    there = frame.set_crs(system, allow_override=True).to_crs(4326)
    if not np.isfinite(_coordinates(there)).all():
        raise InputError(
            "{file}: its coordinates, such as {value}, are not in {crs}; give the right system with --crs",
            file=file,
            value=_sample(frame),
            crs=system.name,
        )
    return VectorFile(there, system.name, notes)


def _require_degrees(frame: gpd.GeoDataFrame, *, file: str) -> None:
    points = _coordinates(frame)
    if not (np.isfinite(points).all() and (np.abs(points) <= (180.0, 90.0)).all()):
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
