"""Names that a rider starts from: what phones get, and what they find of it by name, pinyin and initials."""

import numpy as np
import pytest

from tests.node import run_node
from tests.webmap.valley import CODE, valley_app
from webmap.offline.names import pinyin_of


@pytest.fixture(scope="module")
def valley(make_database, tmp_path_factory, translations):
    with valley_app(make_database, tmp_path_factory.mktemp("valley")) as app:
        yield app


def row(name, lon=119.96, lat=30.05, *more):
    return [name, pinyin_of(name), lon, lat, *more]


DOCUMENT = {
    "landmarks": [row("龙门古镇", 119.95, 29.9, "L1"), row("鹳山公园", 119.97, 30.04, "L2")],
    "stations": [row("示意站03", 119.96, 30.05, "S3"), row("富春路驿站", 119.96, 30.05, "S4")],
    "villages": [row("文家村", 119.9, 30.0, "东洲街道"), row("新民村", 119.8, 30.0, "新登镇")],
    "streets": [row("富春路"), row("文教路"), row("江滨西大道"), row("G320国道")],
    "crossings": [[0, 1, 119.961, 30.051], [0, 2, 119.962, 30.052]],
}


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("龙门", "龙门古镇"),
        ("lmgz", "龙门古镇"),
        ("longmen", "龙门古镇"),
        ("Guan Shan", "鹳山公园"),
        ("sy03", None),
        ("03", "示意站03"),
        ("富春路", "富春路"),
        ("fcl", "富春路"),
        ("xinminc", "新民村"),
        ("g320", "G320国道"),
        ("富春路与文教路", "富春路与文教路路口"),
        ("文教路富春路", "富春路与文教路路口"),
        ("文教路 富春路口", "富春路与文教路路口"),
        ("wjl fcl", "富春路与文教路路口"),
        ("江滨西大道和富春路", "富春路与江滨西大道路口"),
        ("不存在", None),
    ],
)
def test_the_phone_finds_names_pinyin_initials_and_crossings(typed, first):
    [found] = run_node("names.mjs", {"document": DOCUMENT, "typed": [typed]})
    assert (found[0] if found else None) == first
    assert len(found) <= 5


def test_nothing_typed_offers_the_landmarks_and_a_street_its_crossings():
    nothing, street = run_node("names.mjs", {"document": DOCUMENT, "typed": ["", "富春路"]})
    assert nothing == ["龙门古镇", "鹳山公园"]
    assert street == ["富春路", "富春路驿站", "富春路与文教路路口", "富春路与江滨西大道路口"]


def test_phones_get_every_named_street_and_their_crossings(valley):
    answer = valley.test_client().get(f"/device/{CODE}/names.json")
    document = answer.get_json()
    state = valley.extensions["fuchun_live"].state(CODE)
    network = state.ready().network
    labels = {network.labels[i].name for i in np.unique(network.edge_label).tolist()} - {None}
    assert {name for name, *_ in document["streets"]} == labels
    assert {code for *_, code in document["stations"]} == {"S1", "S2"}
    nodes = {(round(x, 5), round(y, 5)) for x, y in zip(network.node_lon, network.node_lat, strict=True)}
    for a, b, lon, lat in document["crossings"]:
        assert a != b
        assert (lon, lat) in nodes
    again = valley.test_client().get(f"/device/{CODE}/names.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
