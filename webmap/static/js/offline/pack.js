// Unpack the phone pack of a district (geo/network/phone_pack.py) into flat arrays.

const FORMAT = 4; // as in geo/network/phone_pack.py: what these lines can read

/** Fetch the pack at an address, as an ArrayBuffer. */
export async function fetchPack(address) {
  const response = await fetch(address, { credentials: "omit" });
  if (!response.ok) throw new Error(`${response.status} ${address}`);
  return response.arrayBuffer();
}

/**
 * Unpack a network.
 * @param {ArrayBuffer} buffer the pack, decompressed
 * @returns {object} header facts and typed arrays; degrees are quotients of whole units, the same doubles as the server's
 */
export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  if (header.format !== FORMAT) throw new Error(`pack of format ${header.format}`);
  const column = {};
  let at = 4 + length;
  for (const [name, size] of header.columns) {
    column[name] = readPlanes(new Uint8Array(buffer, at, 4 * size), size);
    at += 4 * size;
  }
  const network = {
    ...header,
    edgeU: sums(column.edge_u),
    edgeLabel: column.edge_label,
    nodeX: sums(column.node_x),
    nodeY: sums(column.node_y),
  };
  network.edgeV = Int32Array.from(column.edge_v, (step, edge) => network.edgeU[edge] + step);
  Object.assign(network, readPoints(network, column), readBarrier(header, column), layArcs(network));
  network.cost = {};
  network.snappable = {};
  network.cutOff = {}; // by mode, the parts that only who reaches no other joins
  network.restricted = {};
  for (const mode of header.modes) {
    const along = column[`cost_${mode}`];
    const against = column[`back_${mode}`];
    const cost = new Int32Array(2 * along.length);
    for (let edge = 0; edge < along.length; edge += 1) {
      cost[2 * edge] = along[edge];
      cost[2 * edge + 1] = along[edge] + against[edge];
    }
    network.cost[mode] = cost;
    network.snappable[mode] = column[`attach_${mode}`];
    network.cutOff[mode] = new Set(column[`attach_${mode}`].filter((part) => part < 0));
    network.restricted[mode] = Uint8Array.from(column[`area_${mode}`]);
  }
  return network;
}

function readPlanes(bytes, size) {
  const values = new Int32Array(size);
  for (let i = 0; i < size; i += 1) {
    const written = bytes[i] | (bytes[size + i] << 8) | (bytes[2 * size + i] << 16) | (bytes[3 * size + i] << 24);
    values[i] = (written >>> 1) ^ -(written & 1);
  }
  return values;
}

function sums(steps) {
  const values = new Int32Array(steps.length);
  let sum = 0;
  for (let i = 0; i < steps.length; i += 1) values[i] = sum += steps[i];
  return values;
}

/** The shapes of all edges: point `k` of edge `e` is at `pointPtr[e] + k`, in degrees. */
function readPoints({ edgeU, edgeV, nodeX, nodeY, units_per_degree: perDegree }, column) {
  const nEdge = edgeU.length;
  const pointPtr = new Int32Array(nEdge + 1);
  for (let e = 0; e < nEdge; e += 1) pointPtr[e + 1] = pointPtr[e] + column.n_inner[e] + (column.edge_loose[e] ? 0 : 2);
  const lon = new Float64Array(pointPtr[nEdge]);
  const lat = new Float64Array(pointPtr[nEdge]);
  let to = 0;
  let from = 0;
  const put = (x, y) => {
    lon[to] = x / perDegree;
    lat[to] = y / perDegree;
    to += 1;
  };
  for (let e = 0; e < nEdge; e += 1) {
    let x = nodeX[edgeU[e]];
    let y = nodeY[edgeU[e]];
    if (!column.edge_loose[e]) put(x, y);
    for (let left = column.n_inner[e]; left > 0; left -= 1) {
      x += column.inner_x[from];
      y += column.inner_y[from];
      from += 1;
      put(x, y);
    }
    if (!column.edge_loose[e]) put(nodeX[edgeV[e]], nodeY[edgeV[e]]);
  }
  return { pointPtr, lon, lat };
}

/** Pieces that no leg may cross from their right to their left: four degrees each, lon, lat, lon, lat. */
function readBarrier({ units_per_degree: perDegree }, column) {
  const n = column.bar_ax.length;
  const barrier = new Float64Array(4 * n);
  let x = 0;
  let y = 0;
  for (let s = 0; s < n; s += 1) {
    barrier[4 * s] = (x += column.bar_ax[s]) / perDegree;
    barrier[4 * s + 1] = (y += column.bar_ay[s]) / perDegree;
    barrier[4 * s + 2] = (x += column.bar_bx[s]) / perDegree;
    barrier[4 * s + 3] = (y += column.bar_by[s]) / perDegree;
  }
  return { barrier };
}

/** Arcs by the node they leave: those of node `n` are `arcId[arcPtr[n]]` … ; arc 2e runs along edge e, 2e + 1 against. */
function layArcs({ edgeU, edgeV, n_node: nNode }) {
  const arcPtr = new Int32Array(nNode + 1);
  for (const node of edgeU) arcPtr[node + 1] += 1;
  for (const node of edgeV) arcPtr[node + 1] += 1;
  for (let node = 0; node < nNode; node += 1) arcPtr[node + 1] += arcPtr[node];
  const next = arcPtr.slice(0, nNode);
  const arcId = new Int32Array(2 * edgeU.length);
  for (let edge = 0; edge < edgeU.length; edge += 1) {
    arcId[next[edgeU[edge]]++] = 2 * edge;
    arcId[next[edgeV[edge]]++] = 2 * edge + 1;
  }
  return { arcPtr, arcId };
}
