"""Valhalla in a folder of its own: its wheel fetched by hash, its tile builder and its service run as programs.

The wheel asks for Python 3.12, but what is used of it are two executables that need no Python at all. So the wheel is
unpacked under ``var/`` by pip's ``--python-version``, and a machine with Python 3.11 makes the same comparison.
"""

import importlib.util
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from geo.crs import distance_m, line_length_m

LOCK = Path(__file__).with_suffix(".txt")
FOLDER = Path(__file__).parents[1] / "var" / "bench"

PLATFORMS = {
    ("Linux", "x86_64"): "manylinux_2_28_x86_64",
    ("Linux", "aarch64"): "manylinux_2_28_aarch64",
    ("Darwin", "arm64"): "macosx_14_0_arm64",
}
"""Systems and machines that Valhalla publishes a wheel for, and what pip calls them."""

START_S = 30.0
"""How long the service may take to answer for the first time."""

BUILD_S = 900.0
"""How long the tiles of one extract may take: a builder that hangs must not hang the comparison."""

JOINING = {"node_snap_tolerance": 0, "search_filter": {"exclude_tunnel": True}}
"""Points join the streets where they lie, not at a corner within 5 m, and nobody steps into a tunnel: as here."""

Point = tuple[float, float]


class ValhallaMissingError(RuntimeError):
    """Valhalla cannot be had or does not run here; the message is one line that says why."""


@dataclass(frozen=True)
class Way:
    """What Valhalla answers for one pair; metres.

    Attributes
    ----------
    distance_m : float
        Valhalla's own length (whole metres), with the straight legs from the points to where it joins the streets.
    drawn_m : float
        The same way measured along its drawing on the WGS84 ellipsoid, legs included.
    leg_m : (float, float)
    line : tuple of (lon, lat)
        Its drawing.
    """

    distance_m: float
    drawn_m: float
    leg_m: Point
    line: tuple[Point, ...] = ()


def fetch_valhalla(folder: Path = FOLDER) -> Path:
    """Return the folder that Valhalla's wheel lies in, fetching it by the hashes of ``valhalla.txt`` if need be.

    Raises
    ------
    ValhallaMissingError
        If there is no wheel for this machine, or it cannot be fetched.
    """
    system = (platform.system(), platform.machine())
    if system not in PLATFORMS:
        raise ValhallaMissingError(f"Valhalla publishes no wheel for {system[0]} on {system[1]}")
    home = folder / f"valhalla-{sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    if _program(home, "valhalla_service").exists():
        return home
    aside = home.with_name(f".{home.name}-{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    # Nothing of the wheel runs in this Python, so its own version does not matter.
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"),
        *("--require-hashes", "--only-binary=:all:", "--python-version=3.12", f"--platform={PLATFORMS[system]}"),
        *("--target", str(aside), "-r", str(LOCK)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        raise ValhallaMissingError(f"Valhalla's wheel could not be fetched: {(lines or ['pip said nothing'])[-1]}")
    for program in (aside / "valhalla" / "bin").iterdir():
        program.chmod(0o755)
    shutil.rmtree(home, ignore_errors=True)
    aside.rename(home)
    return home


def valhalla_version() -> str:
    """Return the name and version that ``valhalla.txt`` holds.

    >>> valhalla_version().startswith("Valhalla 3.")
    True
    """
    line = next(line for line in LOCK.read_text().splitlines() if line.startswith("pyvalhalla=="))
    return f"Valhalla {line.split()[0].partition('==')[2]}"


def build_tiles(home: Path, extract: Path, folder: Path, *, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Build the tiles of an extract into a folder and return the configuration that serves them.

    Parameters
    ----------
    home : Path
        From `fetch_valhalla`.
    extract : Path
        An .osm.pbf.
    folder : Path
        Made new.
    settings : mapping
        What differs from Valhalla's own settings of its tile builder (``mjolnir``).

    Raises
    ------
    ValhallaMissingError
        If the builder fails or does not end.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config = _default_config(home)
    config["mjolnir"] |= {"tile_dir": str(folder), "tile_extract": "", **settings}
    config["logging"]["type"] = ""
    path = folder / "valhalla.json"
    path.write_text(json.dumps(config))
    command = [str(_program(home, "valhalla_build_tiles")), "-c", str(path), str(extract)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ValhallaMissingError(f"Valhalla's tile builder: {error}") from error
    if done.returncode or not any(folder.rglob("*.gph")):
        raise ValhallaMissingError(f"Valhalla built no tiles of {extract.name} (exit {done.returncode})")
    return config


class ValhallaService:
    """Valhalla answering on a port of this machine; used by ``with``, which stops it."""

    def __init__(self, home: Path, config: Mapping[str, Any]) -> None:
        self._home = home
        self._config = config

    def __enter__(self) -> Self:
        # A unix socket's path holds about 100 bytes: these lie in the system's own folder for short-lived files.
        self._sockets = Path(tempfile.mkdtemp(prefix="valhalla-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        config = json.loads(json.dumps(self._config).replace("ipc:///tmp/", f"ipc://{self._sockets}/"))
        config["httpd"]["service"]["listen"] = self._url.replace("http:", "tcp:")
        path = self._sockets / "valhalla.json"
        path.write_text(json.dumps(config))
        self._process = subprocess.Popen(
            [str(_program(self._home, "valhalla_service")), str(path), "1"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._await()
        return self

    def __exit__(self, *_: object) -> None:
        # It drains for half a minute on a polite signal, and holds nothing that a kill could harm.
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._sockets, ignore_errors=True)

    def route(self, origin: Point, destination: Point, *, costing: str, options: Mapping[str, Any]) -> Way | None:
        """Return Valhalla's way between two points (lon, lat), None where it finds none."""
        answer = self.ask(
            "route",
            {
                "locations": [{"lon": lon, "lat": lat, **JOINING} for lon, lat in (origin, destination)],
                "costing": costing,
                "costing_options": {costing: dict(options)},
                "directions_type": "none",
            },
        )
        if "trip" not in answer:
            return None
        line = decode_line(answer["trip"]["legs"][0]["shape"])
        legs = (float(distance_m(*origin, *line[0])), float(distance_m(*destination, *line[-1])))
        length_m = float(answer["trip"]["summary"]["length"]) * 1000.0
        return Way(length_m + sum(legs), line_length_m(line) + sum(legs), legs, tuple(line))

    def ask(self, action: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return Valhalla's JSON for a request, its errors included."""
        posted = urllib.request.Request(f"{self._url}/{action}", data=json.dumps(request).encode())
        try:
            with urllib.request.urlopen(posted, timeout=60.0) as response:
                answer: dict[str, Any] = json.load(response)
        except urllib.error.HTTPError as error:
            answer = json.load(error)
        return answer

    def _await(self) -> None:
        until = time.monotonic() + START_S
        while time.monotonic() < until and self._process.poll() is None:
            try:
                self.ask("status", {})
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
            else:
                return
        self.__exit__()
        raise ValhallaMissingError("Valhalla's service does not start on this machine")


def decode_line(text: str) -> list[Point]:
    """Return the points (lon, lat) of an encoded polyline with six digits after the point.

    >>> decode_line("_izlhA~rlgdF_{geC~ywl@")
    [(-120.2, 38.5), (-120.95, 40.7)]
    """
    steps: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 63
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            steps.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    lat = lon = 0
    points: list[Point] = []
    for along_lat, along_lon in zip(steps[::2], steps[1::2], strict=True):
        lat, lon = lat + along_lat, lon + along_lon
        points.append((lon / 1e6, lat / 1e6))
    return points


def _program(home: Path, name: str) -> Path:
    return home / "valhalla" / "bin" / name


def _default_config(home: Path) -> dict[str, Any]:
    """Return the settings that Valhalla's own `valhalla_build_config` prints; it is a module of plain values."""
    spec = importlib.util.spec_from_file_location(
        "valhalla_build_config", home / "valhalla" / "valhalla_build_config.py"
    )
    if spec is None or spec.loader is None:
        raise ValhallaMissingError("Valhalla's wheel holds no settings")
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look their module up by name.
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[spec.name]

    def stated(settings: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: stated(value) if isinstance(value, dict) else value
            for name, value in settings.items()
            if not isinstance(value, module.Optional)
        }

    return stated(module.config)
