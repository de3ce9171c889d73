"""Who may call what changes something: written down here, and tried as each role."""

import re

import pytest
from flask import Flask

from tests.webmap.conftest import LogIn, csrf_token
from webmap.web.access import ROLES, access_of
from webmap.web.security import SAFE_METHODS

WRITES = {
    "everybody": """
        api.district_at api.nearest api.route device.tally organiser.comment organiser.send_answer
        organiser.send_feedback rider.near running.press running.rest security.login security.logout
        station.report welcome.take
    """,
    "admin": """
        manage.add_account manage.add_district manage.change_district manage.choose_default manage.delete
        manage.publish_district_plan manage.rehearse manage.reset_account manage.save_account
        manage.show_district manage.switch_account manage.undo_change
    """,
    "editor": """
        manage.add_activity manage.add_benefit manage.change_membership manage.close_temporarily
        manage.remove_activity manage.remove_benefit manage.save_activity manage.save_benefit
        manage.save_photo manage.save_place
    """,
    "editor organiser planner viewer": """
        api.cancel_job api.start_job manage.cancel_job security.change_password
    """,
    "editor planner": """
        manage.settle_reports
    """,
    "organiser": """
        organiser.add organiser.add_units organiser.ask_again organiser.ask_for_plan organiser.book
        organiser.change organiser.change_batch organiser.change_one_unit organiser.change_tour_place
        organiser.copy_last organiser.enter_approval organiser.fill_own_form organiser.import_places
        organiser.new_tour_place organiser.open_links organiser.publish_plan organiser.read_paste
        organiser.remove_tour_place organiser.save_page organiser.save_tour_photo organiser.share_plan
        organiser.start_from organiser.take_way organiser.try_sample organiser.use_paste
    """,
    "planner": """
        api.add_gap_entry api.change_area api.change_gap_entry api.change_hotspot api.coverage_what_if
        api.draw_area api.draw_hotspot api.remove_area api.remove_hotspot manage.add_gap manage.add_hotspot
        manage.check_again manage.dismiss manage.import_file manage.load_file manage.remove_area
        manage.remove_hotspot manage.save_area manage.save_gap manage.save_hotspot manage.save_target
        manage.save_weights manage.send_files manage.start_coverage_report manage.try_example
        manage.undo_load planner.answer_of_host planner.cancel_sites planner.change_scenario
        planner.drop_candidate planner.enter_sites planner.fill_sites_form planner.find_sites
        planner.paste_candidates planner.refuse_site planner.save_candidate planner.save_candidate_photo
        planner.save_demand_profile planner.save_scenario
    """,
    "planner viewer": """
        api.siting_changes api.siting_squares planner.sites_document_by_hand planner.sites_wall_map_by_hand
    """,
}
"""Endpoints that take POST, PUT, PATCH or DELETE, by the roles that may call them (an administrator may call all).

A new one is entered here by whoever adds it; that is the moment to think about who may call it.
"""


def writes(app: Flask) -> dict[str, list[tuple[str, str]]]:
    """Return method and address of all endpoints that change something."""
    found: dict[str, list[tuple[str, str]]] = {}
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<(?!int:)\w+>", "x", re.sub(r"<int:\w+>", "1", rule.rule))
        for method in sorted((rule.methods or set()) - SAFE_METHODS):
            found.setdefault(rule.endpoint, []).append((method, address))
    return found


def test_every_address_that_changes_something_is_written_down(app: Flask) -> None:
    written = {endpoint: roles for roles, names in WRITES.items() for endpoint in names.split()}
    declared = {}
    for endpoint in writes(app):
        access = access_of(app, endpoint)
        assert access is not None, endpoint
        declared[endpoint] = (" ".join(sorted(access.roles - {"admin"})) or "admin") if access.roles else "everybody"
    assert declared == written


@pytest.mark.parametrize("role", ["", *ROLES])
def test_a_role_changes_nothing_that_is_not_its_own(app: Flask, log_in: LogIn, sample_place: str, role: str) -> None:
    client = log_in(role) if role else app.test_client()
    token = csrf_token(client, "/account" if role else "/login")
    for roles, names in WRITES.items():
        if roles == "everybody" or role == "admin" or role in roles.split():
            continue
        for endpoint in names.split():
            for method, address in writes(app)[endpoint]:
                form = {"csrf_token": token} if method == "POST" else None
                answer = client.open(address, method=method, data=form, headers={"X-CSRFToken": token})
                assert answer.status_code in ((403,) if role else (302, 401)), (endpoint, method)
