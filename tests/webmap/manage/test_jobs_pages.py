"""Jobs as staff see them, in pages and by the interface: who may ask, look and call off, and what is shown."""

import re
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from geo.db.session import writing
from geo.errors import InputError
from tests.webmap.conftest import LogIn, csrf_token
from tests.webmap.job_workers import take
from webmap.logic.jobs.attempts import finish, note_progress
from webmap.logic.jobs.files import PART_BYTES, add_file
from webmap.logic.jobs.kinds import KINDS
from webmap.web.openapi import Interface


@pytest.fixture
def admin(log_in: LogIn) -> FlaskClient:
    return log_in("admin")


def token(client: FlaskClient) -> dict[str, str]:
    return {"X-CSRFToken": csrf_token(client, "/account")}


def start(client: FlaskClient, **arguments: object) -> int:
    answer = client.post("/api/v1/jobs", json={"kind": "rehearsal", "arguments": arguments}, headers=token(client))
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/api/v1/jobs/{answer.json['id']}"
    return int(answer.json["id"])


def fits(app: Flask, operation: str, status: int, answer: object) -> bool:
    interface: Interface = app.extensions["fuchun_interface"]
    return interface.response_schema(operation, status, "application/json").is_valid(answer)


def test_a_job_is_asked_for_seen_and_called_off_by_the_interface(app: Flask, admin: FlaskClient) -> None:
    job_id = start(admin, seconds=60)
    seen = admin.get(f"/api/v1/jobs/{job_id}").json
    assert fits(app, "job", 200, seen)
    assert (seen["kind"], seen["state"], seen["owner"], seen["progress"]) == ("rehearsal", "waiting", "a-admin", 0)
    assert seen["arguments"] == {"seconds": 60}
    listed = admin.get("/api/v1/jobs").json
    assert fits(app, "jobs", 200, listed)
    assert listed["jobs"] == [seen]
    cancelled = admin.delete(f"/api/v1/jobs/{job_id}", headers=token(admin))
    assert (cancelled.status_code, cancelled.json["state"]) == (200, "cancelled")
    assert admin.delete("/api/v1/jobs/999999", headers=token(admin)).status_code == 404


def test_arguments_that_do_not_fit_are_refused_by_place(admin: FlaskClient) -> None:
    for body, pointer in (
        ({"kind": "rehearsal", "arguments": {"seconds": 601}}, "#/arguments/seconds"),
        ({"kind": "rehearsal", "arguments": {"lon": 119.95}}, "#/arguments/lon"),
        ({"kind": "conquest"}, "#/kind"),
        ({"arguments": {}}, "#/kind"),
    ):
        refused = admin.post("/api/v1/jobs", json=body, headers=token(admin))
        assert refused.status_code == 422
        assert pointer in [error["pointer"] for error in refused.json["errors"]], refused.json


def test_writes_need_the_token_of_the_session_and_an_account(client: FlaskClient, admin: FlaskClient) -> None:
    assert client.get("/api/v1/jobs").status_code == 401
    assert client.post("/api/v1/jobs", json={"kind": "rehearsal"}).status_code == 400
    assert admin.post("/api/v1/jobs", json={"kind": "rehearsal"}).status_code == 400
    job_id = start(admin)
    assert admin.delete(f"/api/v1/jobs/{job_id}").status_code == 400
    assert admin.get(f"/api/v1/jobs/{job_id}").json["state"] == "waiting"


def test_a_kind_is_for_its_role_and_a_job_for_its_owner(admin: FlaskClient, log_in: LogIn) -> None:
    planner = log_in("planner")
    refused = planner.post("/api/v1/jobs", json={"kind": "rehearsal"}, headers=token(planner))
    assert refused.status_code == 403
    job_id = start(admin)
    for address in (f"/api/v1/jobs/{job_id}", f"/manage/jobs/{job_id}", f"/api/v1/jobs/{job_id}/files/x"):
        assert planner.get(address).status_code == 404, address
    assert planner.delete(f"/api/v1/jobs/{job_id}", headers=token(planner)).status_code == 404
    assert planner.get("/api/v1/jobs").json == {"jobs": []}
    assert "Try whether" not in planner.get("/manage/jobs").text
    assert planner.post("/manage/jobs/rehearsal", headers=token(planner)).status_code == 403
    assert admin.get(f"/api/v1/jobs/{job_id}").json["state"] == "waiting"


def test_the_pages_do_it_all_without_a_script(admin: FlaskClient, engine: Engine) -> None:
    assert "There are no jobs." in admin.get("/manage/jobs").text
    form = {"csrf_token": csrf_token(admin, "/manage/jobs")}
    address = admin.post("/manage/jobs/rehearsal", data=form).headers["Location"]
    job_id = int(address.rpartition("/")[2])
    attempt = take(engine, job_id)
    note_progress(engine, attempt, 0.4, "second {second} of {seconds}", {"second": 2, "seconds": 5})
    for page in (admin.get(address).text, admin.get("/manage/jobs").text):
        assert re.search(r'<progress max="1" value="0.400"', page)
        assert "second 2 of 5" in page
        assert '<meta http-equiv="refresh"' in page
    back = admin.post(f"{address}/cancel", data={**form, "back": "list"})
    assert (back.status_code, back.headers["Location"]) == (303, "/manage/jobs")
    assert "is being cancelled" in admin.get(address).text
    finish(engine, attempt, "cancelled")
    page = admin.get(address).text
    assert "cancelled" in page
    assert "http-equiv" not in page, "nothing more will come"


def test_a_failure_speaks_the_language_of_its_reader(admin: FlaskClient, engine: Engine) -> None:
    job_id = start(admin)
    attempt = take(engine, job_id)
    finish(engine, attempt, "failed", error=InputError("{file}: no such file", file="<b>驿站.csv"))
    page = admin.get(f"/manage/jobs/{job_id}").text
    assert "&lt;b&gt;驿站.csv: no such file" in page
    assert admin.get(f"/api/v1/jobs/{job_id}").json["error"] == "<b>驿站.csv: no such file"
    assert admin.get(f"/api/v1/jobs/{job_id}?lang=zh").json["error"] == "<b>驿站.csv：没有这个文件"


def test_a_file_comes_back_as_it_was(admin: FlaskClient, engine: Engine) -> None:
    job_id = start(admin)
    content = bytes(range(256)) * (PART_BYTES // 256) + b"the rest"
    with writing(engine) as session:
        add_file(session, job_id, "覆盖 报告.docx", BytesIO(content))
        assert session.execute(text("SELECT count(*) FROM job_file_part")).scalar_one() == 2
    [file] = admin.get(f"/api/v1/jobs/{job_id}").json["files"]
    assert (file["name"], file["size"]) == ("覆盖 报告.docx", len(content))
    answer = admin.get(file["address"])
    assert answer.data == content
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "no-store" in answer.headers["Cache-Control"]
    assert admin.get(f"/api/v1/jobs/{job_id}/files/other").status_code == 404
    assert "覆盖 报告.docx" in admin.get(f"/manage/jobs/{job_id}").text


@pytest.mark.parametrize("name", ["", "..", "/", "a\0b", "x" * 300])
def test_a_name_that_no_file_can_have_is_refused(admin: FlaskClient, engine: Engine, name: str) -> None:
    job_id = start(admin)
    with writing(engine) as session, pytest.raises(InputError):
        add_file(session, job_id, name, BytesIO(b"x"))


def test_no_kind_of_job_takes_a_position_or_a_secret(app: Flask) -> None:
    interface: Interface = app.extensions["fuchun_interface"]
    request = interface.document["components"]["schemas"]["JobRequest"]
    assert sorted(request["properties"]["kind"]["enum"]) == sorted(KINDS)
    described = {rule["if"]["properties"]["kind"]["const"]: rule["then"] for rule in request["allOf"]}
    assert set(described) == set(KINDS), "each kind says what it takes"
    for rule in described.values():
        name = rule["properties"]["arguments"]["$ref"].rpartition("/")[2]
        arguments = interface.document["components"]["schemas"][name]
        assert arguments["additionalProperties"] is False, name
        words = {"lon", "lat", "lng", "position", "point", "coordinates", "from", "to", "password", "phone", "token"}
        assert not words & set(arguments.get("properties", {})), name


def test_an_unknown_kind_in_the_store_is_still_shown(admin: FlaskClient, engine: Engine) -> None:
    job_id = start(admin)
    with writing(engine) as session:
        session.execute(text("UPDATE job SET kind = 'of-another-version'"))
    assert "of-another-version" in admin.get(f"/manage/jobs/{job_id}").text
