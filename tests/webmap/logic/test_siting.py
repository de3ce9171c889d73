"""Sites in the valley, where every answer can be worked out by hand; the proof is verified from its files."""

import json

import pytest

from geo.certificate_file import seal
from geo.db.candidates import read_candidates, replace_candidates
from geo.db.layers import SourceFacts
from geo.db.session import reading, writing
from geo.errors import InfeasibleError, InputError, NotReadyError
from geo.records import CandidateRecord
from geo.siting.problem import Stop
from geo.siting_verifier import verify_certificate
from tests.webmap.valley import CODE, EAST_PEOPLE, LAT, MIDDLE_PEOPLE, WEST_PEOPLE, valley_app
from webmap.logic.siting.answer import choose_sites
from webmap.logic.siting.question import SitingQuestion

PEOPLE = WEST_PEOPLE + MIDDLE_PEOPLE + EAST_PEOPLE


@pytest.fixture(scope="module")
def valley(make_database, tmp_path_factory, translations):
    with valley_app(make_database, tmp_path_factory.mktemp("valley")) as app:
        engine = app.extensions["fuchun_engine"]
        state = app.extensions["fuchun_live"].state(CODE)
        with pytest.raises(NotReadyError, match="no candidate sites are loaded"):
            ask(engine, state, sites=1)
        rows = [
            ("w", 119.98, "candidate"),
            ("m", 119.99, "candidate"),
            ("e", 120.02, "candidate"),
            ("x", 120.0, "forbidden"),
        ]
        with writing(engine) as session:
            replace_candidates(
                session, CODE, [CandidateRecord(code, code, lon, LAT, state, None, None) for code, lon, state in rows],
                SourceFacts(file_name="c.csv", checksum="0", crs="wgs84", rows_read=4, rows_stored=4, rows_rejected=0),
            )  # fmt: skip
        with reading(engine) as session:
            assert len(read_candidates(session, CODE)) == 4
        yield engine, state


def ask(engine, state, **some):
    return choose_sites(engine, state, SitingQuestion.read(some), stop=Stop())


def test_the_site_that_covers_most_people_is_chosen_and_proven(valley, tmp_path):
    answer = ask(*valley, sites=1, minutes=5, with_existing=False)
    assert [site.code for site in answer.facts.sites] == ["e"]
    assert answer.facts.covered_after == EAST_PEOPLE
    assert answer.facts.people == PEOPLE
    assert answer.facts.unattached > 0
    path, _ = answer.write(tmp_path / "plan.json")
    verdict = verify_certificate(path)
    assert verdict.is_optimal
    assert verdict.objective == EAST_PEOPLE
    body = json.loads(path.read_text())
    body["sites"] = [1]
    body["sha256"] = seal(body)
    path.write_text(json.dumps(body))
    with pytest.raises(InputError, match="refused"):
        verify_certificate(path)


def test_existing_stations_count_as_chosen(valley):
    answer = ask(*valley, sites=1, minutes=5)
    assert answer.facts.existing == 2
    assert answer.facts.covered_before == WEST_PEOPLE
    assert answer.facts.covered_after == WEST_PEOPLE + EAST_PEOPLE


def test_only_places_of_the_kind_that_is_asked_about_count_as_chosen(valley):
    answer = ask(*valley, kind="nursing_room", sites=1, minutes=5)
    assert answer.facts.existing == 0
    assert (answer.facts.covered_before, answer.facts.covered_after) == (0, EAST_PEOPLE)
    assert answer.parameters["kind"] == "nursing_room"
    apart = ask(*valley, kind="nursing_room", sites=1, minutes=5, services=["drinking_water"], each_service=True)
    assert apart.facts.existing == 0


def test_who_cannot_be_served_is_named_by_place(valley):
    with pytest.raises(InfeasibleError, match=r"119\.98000|119\.99000"):
        ask(*valley, model="lscp", minutes=5, with_existing=False, forbidden=["w", "m"])


def test_all_models_answer(valley):
    for model in ("lscp", "p-median", "p-center"):
        assert ask(*valley, model=model, sites=2, minutes=15).facts.status == "optimal"
    with pytest.raises(InputError, match="no candidate site nobody"):
        ask(*valley, sites=1, fixed=["nobody"])
