"""The nearest table: building it for 100 stations, and one request answered from it.

Run as ``python -m benchmarks.nearest``. Building is measured beside SciPy's `dijkstra` with predecessors, which gives
the same costs; a request beside pgRouting's `pgr_dijkstraNearCost` on the same streets in PostGIS.
"""

from typing import Any

import numpy as np
from sqlalchemy import Connection, create_engine, text

from benchmarks.networks import arcs, at_nodes, city, main_nodes, standing_at
from benchmarks.postgis import fresh_database
from benchmarks.record import Recorder, run_part
from benchmarks.timing import Timing, measure, measure_each
from geo.network.nearest import NearestTable, fill_nearest_table
from geo.network.network import StreetNetwork

MODE = "walk"
N_STATION = 100
COUNT = 3

_NEAR = text(
    "SELECT agg_cost FROM pgr_dijkstraNearCost("
    "'SELECT id, source, target, cost, reverse_cost FROM street', CAST(:start AS bigint), CAST(:stations AS bigint[]), "
    "directed => true, cap => :count) ORDER BY agg_cost"
)


def measure_nearest(record: Recorder, *, n_node: int = 75_000, seed: int = 2) -> None:
    """Measure building and asking on a network of `n_node` nodes."""
    streets = city(n_node)
    network = streets.build()
    random = np.random.default_rng(seed)
    station = np.sort(random.choice(main_nodes(network, mode=MODE), N_STATION, replace=False))
    where = f"{N_STATION} stations, {streets.name} ({network.n_node:,} nodes)"
    table = measure_building(network, station, record, where=where)
    measure_request(network, table, record, where=where, random=random)
    measure_pgrouting(network, table, station, record, where=where, random=random)


def measure_building(network: StreetNetwork, station: Any, record: Recorder, *, where: str) -> NearestTable:
    """Measure building the table: of every node its cost and next street to every station."""
    what = f"Building the nearest table, {where}"
    facility = at_nodes(network, station, mode=MODE)
    ours, table = measure(lambda: fill_nearest_table(network, facility, mode=MODE), n_run=5)
    record.ours(what, ours, values={"bytes": table.cost.nbytes + table.via.nbytes})
    answer = record.ask("table_scipy", arcs(network, mode=MODE) | {"station": station, "table_cost": table.cost})
    if answer:
        timing, program = Timing(**answer["table"]), f"SciPy {answer['version']}, with predecessors"
        record.theirs(what, timing, ours, program=program, is_same=answer["is_same"])
    return table


def measure_request(
    network: StreetNetwork, table: NearestTable, record: Recorder, *, where: str, random: np.random.Generator
) -> None:
    """Measure requests of people near streets: attach, mask what is closed, rank, measure the way."""
    node = random.choice(main_nodes(network, mode=MODE), 1_000)
    # Some 20 m off the corner, as a phone says it.
    lon, lat = (xy[node] + random.normal(0.0, 2e-4, node.size) for xy in (network.node_lon, network.node_lat))
    is_near = network.snap(lon, lat, mode=MODE).is_snapped
    lon, lat = lon[is_near].tolist(), lat[is_near].tolist()
    is_open = random.random((16, table.cost.shape[1])) < 0.7

    def ask(i: int) -> None:
        network.nearest(table, lon[i], lat[i], count=COUNT, allowed=is_open[i % 16])

    timing = measure_each(ask, len(lon))
    record.ours(f"One request for the {COUNT} nearest that are open, {where}", timing)


def measure_pgrouting(
    network: StreetNetwork,
    table: NearestTable,
    station: Any,
    record: Recorder,
    *,
    where: str,
    random: np.random.Generator,
    n_request: int = 25,
) -> None:
    """Measure the same requests, from corners, asked of PostGIS and of us."""
    start = standing_at(network, random.choice(main_nodes(network, mode=MODE), 4 * n_request), mode=MODE)[:n_request]
    lon, lat = network.node_lon[start].tolist(), network.node_lat[start].tolist()

    def ask_us(i: int) -> list[int]:
        return [round(10 * near.duration_s) for near in network.nearest(table, lon[i], lat[i], count=COUNT)]

    what = f"One request for the {COUNT} nearest, from a corner, {where}"
    ours = measure_each(ask_us, start.size)
    with fresh_database(extensions=("postgis", "pgrouting")) as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            store_edges(connection, network)
            stations = station.tolist()

            def ask_them(i: int) -> list[int]:
                values = {"start": int(start[i]), "stations": stations, "count": COUNT}
                return [round(cost) for cost in connection.execute(_NEAR, values).scalars()]

            is_same = all(ask_us(i) == ask_them(i) for i in range(start.size))
            timing = measure_each(ask_them, start.size)
            version = connection.execute(text("SELECT pgr_version()")).scalar_one()
        engine.dispose()
    record.ours(what, ours)
    record.theirs(what, timing, ours, program=f"pgRouting {version}, pgr_dijkstraNearCost", is_same=is_same)


def store_edges(connection: Connection, network: StreetNetwork) -> None:
    """Store the streets as pgRouting's documentation has them: an edge a row, a negative cost where nobody may go."""
    connection.execute(
        text(
            "CREATE UNLOGGED TABLE street (id bigint PRIMARY KEY, source bigint, target bigint, "
            "cost double precision, reverse_cost double precision)"
        )
    )
    cost = network.cost[MODE].tolist()
    rows = zip(
        range(network.n_edge), network.edge_u.tolist(), network.edge_v.tolist(), cost[0::2], cost[1::2], strict=True
    )
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy("COPY street FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    connection.execute(text("ANALYZE street"))


if __name__ == "__main__":
    run_part("nearest", measure_nearest)
