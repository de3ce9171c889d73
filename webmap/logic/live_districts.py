"""The states of all districts, kept fresh by polling: one immutable state a district, swapped when data changes."""

import contextlib
import logging
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from geo.db.districts import district_outline, list_districts, resolve_district
from geo.db.layers import layer_versions
from geo.db.session import reading
from geo.errors import SeveralDistrictsError
from webmap.logic.district_state import DistrictInfo, DistrictState
from webmap.logic.snapshot_building import Attempt, DemandBuilder, ensure_snapshot, start_builder
from webmap.logic.snapshots import find_snapshot, heavy_stamps
from webmap.logic.state_reading import district_info, load_state, split_versions

log = logging.getLogger(__name__)

POLL_S = 1.0


class LiveDistricts:
    """The states of all districts, kept fresh by one polling thread.

    Parameters
    ----------
    engine : Engine
    state_dir : Path
        Where snapshots lie.
    default_district : str, optional
        District of a request that names none, where the administrator has set none.
    """

    def __init__(self, engine: Engine, state_dir: Path, *, default_district: str | None = None) -> None:
        self.engine = engine
        self.state_dir = state_dir
        self._default = default_district or None
        self._states: dict[str, DistrictState] = {}
        self._districts: list[DistrictInfo] = []
        self._resolved: str | None = None
        self._choice: SeveralDistrictsError | None = None
        self._outlines: dict[str, tuple[int, shapely.Geometry]] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._builders: dict[str, subprocess.Popen[bytes] | DemandBuilder] = {}
        self._attempts: dict[str, Attempt] = {}
        self.preparations: list[Callable[[DistrictState], None]] = []
        """Called with a state before requests see it, to read from the store what pages need beside it."""
        self.is_store_away = False
        """Whether the store did not answer lately; requests are then answered from what is in memory."""

    def districts(self) -> list[DistrictInfo]:
        """Return every district in the store, hidden ones too, real ones first."""
        if not self._districts:
            self.refresh()
        return self._districts

    def state(self, code: str | None = None) -> DistrictState:
        """Return the present state of a district (default: design decision 2).

        Raises
        ------
        NotFoundError
            If there is no such district.
        SeveralDistrictsError
            If none is named and several could be meant.
        """
        known = code or self._resolved
        if known is not None and known in self._states:
            return self._states[known]
        if code is None and self._choice is not None:
            raise SeveralDistrictsError(self._choice.template, codes=self._choice.codes, **self._choice.values)
        with self._lock, reading(self.engine) as session:
            try:
                known = resolve_district(session, code, preferred=self._default).code
            except SeveralDistrictsError as error:
                self._choice = error
                raise
            if known not in self._states:
                state = load_state(session, known, self.state_dir)
                self._prepare(state)
                self._states[known] = state
            if code is None:
                self._resolved = known
        self._build_if_stale(self._states[known])
        return self._states[known]

    @property
    def has_default(self) -> bool:
        """Tell whether the state of the default district is in memory."""
        return self._resolved in self._states

    def state_at(self, lon: float, lat: float) -> DistrictState:
        """Return the state of the district that a position (degrees) means, where several are shown.

        That whose outline holds it, else the default.

        Raises
        ------
        NotFoundError, SeveralDistrictsError
            As `state`.
        """
        return self.state(self.district_at(lon, lat) if len(self.candidates()) > 1 else None)

    def district_at(self, lon: float, lat: float) -> str | None:
        """Return the code of the district shown whose outline holds a position, the default first; None: of none."""
        point = shapely.Point(lon, lat)
        for district in self.candidates():
            known = self._outlines.get(district.code)
            if known is not None and shapely.intersects(known[1], point):
                return district.code
        return None

    def candidates(self) -> list[DistrictInfo]:
        """Return the shown districts of the best data there is: nobody in a real one is led to a sample beside it."""
        shown = [district for district in self.districts() if not district.is_hidden]
        best = [district for district in shown if district.status == shown[0].status]
        return sorted(best, key=lambda district: not district.is_default)

    @property
    def is_ready(self) -> bool:
        """Tell whether requests can be answered: from memory, or because the store can be asked."""
        return bool(self._states) or not self.is_store_away

    def warm(self) -> None:
        """Read the state of every district now: what is in memory is answered while the store is away."""
        districts = self.districts()
        for district in districts:
            self.state(district.code)
        if districts:
            with contextlib.suppress(SeveralDistrictsError):
                self.state()

    def snapshot_folders(self) -> list[Path]:
        """Return the folders of the snapshots that requests are answered from."""
        return [state.snapshot.folder for state in list(self._states.values()) if state.snapshot is not None]

    def build(self, code: str | None = None, *, progress: Any = lambda _: None) -> DistrictState:
        """Return the state of a district with its snapshot built, in this process (commands and tests)."""
        with reading(self.engine) as session:
            district = resolve_district(session, code, preferred=self._default).code
            is_buildable = "streets" in heavy_stamps(session, district)
        if is_buildable:
            ensure_snapshot(self.engine, self.state_dir, district, progress=progress)
        self.refresh()
        return self.state(district)

    def refresh(self) -> None:
        """Look at the counters once and reload the states that changed."""
        with reading(self.engine) as session:
            districts = [district_info(row) for row in list_districts(session)]
            versions = {district.code: layer_versions(session, district.code) for district in districts}
            self._read_outlines(session, versions)
        known = {district.code: district for district in districts}
        if [_facts(district) for district in districts] != [_facts(district) for district in self._districts]:
            self._resolved = self._choice = None
            self._districts = districts
        for code, old in list(self._states.items()):
            if code not in known:
                del self._states[code]
                continue
            counted, reports_version = split_versions(versions[code])
            has_changed = counted != dict(old.versions) or _facts(known[code]) != _facts(old.district)
            is_replaced = old.snapshot is not None and old.snapshot.is_replaced
            if has_changed or is_replaced or (not _is_current(old) and self._is_built(old)):
                with reading(self.engine) as session:
                    state = load_state(session, code, self.state_dir, old.board)
                self._prepare(state)
                self._states[code] = state
            elif reports_version != old.board.version:
                with reading(self.engine) as session:
                    old.board.renew(session, code, reports_version)
            self._build_if_stale(self._states[code])

    def hear(self, code: str) -> None:
        """Read the reports of a district now rather than at the next poll: who sent one sees it at once."""
        board = self.state(code).board
        with reading(self.engine) as session:
            board.renew(session, code, board.version)

    def start(self) -> None:
        """Start the polling thread of a worker."""
        self._thread = threading.Thread(target=self._poll, name="fuchun-poll", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the polling thread, and wait for a builder at work; none is started any more."""
        with self._lock:
            self._stop.set()
        if self._thread is not None:
            self._thread.join()
        for builder in self._builders.values():
            builder.wait()

    def _prepare(self, state: DistrictState) -> None:
        for prepare in self.preparations:
            prepare(state)

    def _poll(self) -> None:
        while not self._stop.wait(POLL_S):
            try:
                self.refresh()
                if self._resolved is None and self._choice is None and self._districts:
                    self.warm()  # the one to begin with may be another: no request has to ask the store
                self.is_store_away = False
            except SQLAlchemyError as error:
                # The last state keeps answering, and the next poll tries again.
                if not self.is_store_away:
                    log.warning("cannot read the data version: %s", type(error).__name__)
                self.is_store_away = True
            except Exception:
                # Whatever it is, a worker that looks no more would answer from old data for good.
                log.exception("cannot bring the states up to date")

    def _read_outlines(self, session: Session, versions: Mapping[str, Mapping[str, int]]) -> None:
        """Read the outlines of districts whose towns have changed, where a position has to tell districts apart."""
        if len(versions) < 2:
            return
        for code, layers in versions.items():
            version, known = layers.get("regions", 0), self._outlines.get(code)
            if known is None or known[0] != version:
                outline = district_outline(session, code)
                if outline is not None:
                    shapely.prepare(outline)
                    self._outlines[code] = version, outline

    def _is_built(self, state: DistrictState) -> bool:
        """Tell whether the snapshot that `state` waits for is there now."""
        return find_snapshot(self.state_dir, state.district.code, dict(state.stamps)) is not None

    def _build_if_stale(self, state: DistrictState) -> None:
        if not state.has_streets or _is_current(state):
            return
        with self._lock:  # requests that come together start one builder
            code = state.district.code
            builder = self._builders.get(code)
            attempt = self._attempts.get(code)
            if attempt is None or attempt.stamps != state.stamps:
                attempt = self._attempts[code] = Attempt(state.stamps)
            is_busy = builder is not None and builder.poll() is None
            if self._stop.is_set() or is_busy or not attempt.is_due():
                return
            if DemandBuilder.suffices(state.snapshot, state.stamps):
                self._builders[code] = DemandBuilder(self.engine, self.state_dir, code)
            else:
                url = self.engine.url.render_as_string(hide_password=False)
                self._builders[code] = start_builder(self.state_dir, code, url)


def _facts(district: DistrictInfo) -> tuple[object, ...]:
    return (
        district.code, district.name, district.name_en, district.status, district.note, district.is_default,
        district.is_hidden, district.is_plan_public,
    )  # fmt: skip


def _is_current(state: DistrictState) -> bool:
    """Tell whether the snapshot is of the layers as they are."""
    return state.snapshot is not None and state.snapshot.stamps == dict(state.stamps)
