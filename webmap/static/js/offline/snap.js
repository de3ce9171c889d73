// Snapping a point to a street: geo/network/snap.py and _snapping.py step by step, equal to the last bit.
// Only + - * / sqrt are used, which IEEE 754 rounds one way everywhere, in the order of the Python code.

const RADIAN = Math.PI / 180;
const A = 6378137.0;
const E2 = 6.69437999014e-3;

/** Return metres per degree of longitude and of latitude at a latitude on the WGS84 ellipsoid. */
export function metresPerDegree(lat) {
  const phi = lat * RADIAN;
  const square = phi * phi;
  let series = 1;
  for (let k = 22; k > 0; k -= 2) series = 1 - (square / (k * (k + 1))) * series;
  const sine = phi * series;
  const w = 1 - E2 * (sine * sine);
  const root = Math.sqrt(w);
  const cosine = Math.sqrt(Math.max(1 - sine * sine, 0));
  return [(RADIAN * A * cosine) / root, (RADIAN * A * (1 - E2)) / (w * root)];
}

/** Round to the nearest integer, halves to the even one, as NumPy does; for numbers from 0. */
export function rint(value) {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/** Lay the grid in which points look for streets; adds it to the network. */
export function layGrid(network) {
  const { pointPtr, lon, lat, barrier } = network;
  const nSegment = lon.length - (pointPtr.length - 1);
  const start = new Float64Array(2 * nSegment);
  const end = new Float64Array(2 * nSegment);
  const segmentPoint = new Int32Array(nSegment);
  const segmentEdge = new Int32Array(nSegment);
  let s = 0;
  for (let edge = 0; edge < pointPtr.length - 1; edge += 1) {
    for (let k = pointPtr[edge]; k < pointPtr[edge + 1] - 1; k += 1) {
      start.set([lon[k], lat[k]], 2 * s);
      end.set([lon[k + 1], lat[k + 1]], 2 * s);
      segmentPoint[s] = k;
      segmentEdge[s] = edge;
      s += 1;
    }
  }
  const segments = binPieces(network.grid, nSegment, (i) => [start[2 * i], start[2 * i + 1], end[2 * i], end[2 * i + 1]]);
  const bars = binPieces(network.grid, barrier.length / 4, (i) => barrier.subarray(4 * i, 4 * i + 4));
  network.segPtr = segments.ptr;
  network.segPoint = segments.piece.map((i) => segmentPoint[i]);
  network.segEdge = segments.piece.map((i) => segmentEdge[i]);
  network.barPtr = bars.ptr;
  network.barSeg = bars.piece;
}

/** Return by cell the pieces whose bounding box touches it. */
function binPieces({ origin, cell, shape }, size, piece) {
  const column = (lon) => Math.min(Math.max(Math.floor((lon - origin[0]) / cell[0]), 0), shape[0] - 1);
  const row = (lat) => Math.min(Math.max(Math.floor((lat - origin[1]) / cell[1]), 0), shape[1] - 1);
  const visit = (i, put) => {
    const [ax, ay, bx, by] = piece(i);
    const [west, east] = [column(Math.min(ax, bx)), column(Math.max(ax, bx))];
    const [south, north] = [row(Math.min(ay, by)), row(Math.max(ay, by))];
    for (let r = south; r <= north; r += 1) for (let c = west; c <= east; c += 1) put(r * shape[0] + c, i);
  };
  const ptr = new Int32Array(shape[0] * shape[1] + 1);
  for (let i = 0; i < size; i += 1) visit(i, (where) => (ptr[where + 1] += 1));
  for (let where = 0; where + 1 < ptr.length; where += 1) ptr[where + 1] += ptr[where];
  const next = ptr.slice(0, -1);
  const pieces = new Int32Array(ptr[ptr.length - 1]);
  for (let i = 0; i < size; i += 1) visit(i, (where, which) => (pieces[next[where]++] = which));
  return { ptr, piece: pieces };
}

/**
 * Snap a point to the nearest street of a mode that a straight leg reaches without crossing a barrier; to one that is
 * cut off from the others only where it reaches none of them.
 * @param {{parts: Set<number>, reach: number}} [aside] only streets of these parts, and the longest leg
 * @returns {{edge: number, fraction: number, leg: number}} edge -1 where there is none; `leg` are then the metres to the
 *   nearest usable street whatever lies between, NaN where none is within reach
 */
export function snap(network, lon, lat, mode, aside = null) {
  const { grid, segPtr, segPoint, segEdge, lon: lons, lat: lats, pointPtr, free_m: free, pull_back_m: pullBackM } = network;
  const { origin, cell, shape } = grid;
  const usable = network.snappable[mode];
  const [metresX, metresY] = metresPerDegree(lat);
  const column = Math.floor((lon - origin[0]) / cell[0]);
  const row = Math.floor((lat - origin[1]) / cell[1]);
  const cellM = Math.min(cell[0] * metresX, cell[1] * metresY);
  let best = aside?.reach ?? network.reach_m;
  let bestPoint = -1;
  let bestEdge = -1;
  let bestT = 0;
  let seen = Infinity;
  for (let ring = 0; (ring - 1) * cellM <= best; ring += 1) {
    for (let r = row - ring; r <= row + ring; r += 1) {
      if (r < 0 || r >= shape[1]) continue;
      const step = r === row - ring || r === row + ring ? 1 : Math.max(2 * ring, 1);
      for (let c = column - ring; c <= column + ring; c += step) {
        if (c < 0 || c >= shape[0]) continue;
        const where = r * shape[0] + c;
        for (let i = segPtr[where]; i < segPtr[where + 1]; i += 1) {
          const edge = segEdge[i];
          if (aside ? !aside.parts.has(usable[edge]) : usable[edge] <= 0) continue;
          const k = segPoint[i];
          const ax = (lons[k] - lon) * metresX;
          const ay = (lats[k] - lat) * metresY;
          const bx = (lons[k + 1] - lon) * metresX;
          const by = (lats[k + 1] - lat) * metresY;
          const dx = bx - ax;
          const dy = by - ay;
          const square = dx * dx + dy * dy;
          let t = 0;
          if (square > 0) t = Math.min(Math.max(-(ax * dx + ay * dy) / square, 0), 1);
          const offX = ax + t * dx;
          const offY = ay + t * dy;
          const leg = Math.sqrt(offX * offX + offY * offY);
          if (leg < seen) seen = leg;
          if (leg > best || (leg === best && bestEdge >= 0 && edge >= bestEdge)) continue;
          const part = leg > 0 ? Math.max(1 - pullBackM / leg, 0) : 0;
          if (part > 0) {
            const footLon = lon + part * (lons[k] + t * (lons[k + 1] - lons[k]) - lon);
            const footLat = lat + part * (lats[k] + t * (lats[k + 1] - lats[k]) - lat);
            if (isBarred(network, lon, lat, footLon, footLat, leg <= free)) continue;
          }
          best = leg;
          bestPoint = k;
          bestEdge = edge;
          bestT = t;
        }
      }
    }
  }
  if (bestEdge < 0) {
    const parts = network.cutOff[mode];
    const found = aside || !parts.size ? null : snap(network, lon, lat, mode, { parts, reach: network.reach_m });
    return found && found.edge >= 0 ? found : { edge: -1, fraction: NaN, leg: Number.isFinite(seen) ? seen : NaN };
  }
  let before = 0;
  let whole = 0;
  for (let k = pointPtr[bestEdge]; k < pointPtr[bestEdge + 1] - 1; k += 1) {
    const dx = (lons[k + 1] - lons[k]) * metresX;
    const dy = (lats[k + 1] - lats[k]) * metresY;
    const piece = Math.sqrt(dx * dx + dy * dy);
    if (k < bestPoint) before += piece;
    else if (k === bestPoint) before += bestT * piece;
    whole += piece;
  }
  return { edge: bestEdge, fraction: whole > 0 ? before / whole : 0, leg: best };
}

/**
 * Snap a point to a part of the network where a goal is, at most `aside_m` farther off than the street it joins.
 * @returns {object|null} null where there is none so near; see `snap_aside` in geo/network/snap.py
 */
export function snapAside(network, origin, [lon, lat], goals, mode) {
  const parts = new Set(goals.filter(({ edge }) => edge >= 0).map(({ edge }) => network.snappable[mode][edge]));
  if (!parts.size) return null;
  const reach = Math.min(origin.leg + network.aside_m, network.reach_m);
  const moved = snap(network, lon, lat, mode, { parts, reach });
  return moved.edge < 0 ? null : moved;
}

/** Deciseconds on foot of the straight leg of a snapped point. */
export function legCost(network, { leg }) {
  return rint((leg / network.walk_mps) * 10);
}

/** Whether the point p lies to the left of the line from a to b. */
function isLeft(ax, ay, bx, by, px, py) {
  return (bx - ax) * (py - ay) - (by - ay) * (px - ax) > 0;
}

function isBarred({ grid, barPtr, barSeg, barrier }, lon, lat, footLon, footLat, mayLeave) {
  const { origin, cell, shape } = grid;
  const column = (value) => Math.trunc(Math.min(Math.max((value - origin[0]) / cell[0], 0), shape[0] - 1));
  const row = (value) => Math.trunc(Math.min(Math.max((value - origin[1]) / cell[1], 0), shape[1] - 1));
  const [west, east] = [column(Math.min(lon, footLon)), column(Math.max(lon, footLon))];
  const [south, north] = [row(Math.min(lat, footLat)), row(Math.max(lat, footLat))];
  for (let r = south; r <= north; r += 1) {
    for (let c = west; c <= east; c += 1) {
      const where = r * shape[0] + c;
      for (let i = barPtr[where]; i < barPtr[where + 1]; i += 1) {
        const at = 4 * barSeg[i];
        const [ax, ay, bx, by] = [barrier[at], barrier[at + 1], barrier[at + 2], barrier[at + 3]];
        const side = isLeft(ax, ay, bx, by, lon, lat);
        if (side === isLeft(ax, ay, bx, by, footLon, footLat) || (side && mayLeave)) continue;
        if (isLeft(lon, lat, footLon, footLat, ax, ay) !== isLeft(lon, lat, footLon, footLat, bx, by)) return true;
      }
    }
  }
  return false;
}
