"""``/manage/load``: the first data of a district in four steps; files are checked, asked about, imported and undone."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from geo.db.districts import require_outline
from geo.db.import_tables import DataImport
from geo.db.imports import can_undo, list_imports, undo_import
from geo.db.planner_tables import DEMAND_LAYERS, TOTAL_KINDS
from geo.db.regions import town_names
from geo.db.session import reading, writing
from geo.db.tables import District
from geo.errors import GeoError, InputError, NotFoundError
from webmap.logic.checks import Step, read_steps
from webmap.logic.import_sheets import example_register, rejected_workbook, template_workbook
from webmap.logic.jobs import submission
from webmap.logic.jobs.files import drop_uploads
from webmap.logic.jobs.models import Job
from webmap.logic.loading import LOADS
from webmap.logic.sent_files import SentFile, sort_files
from webmap.manage.blueprint import manage
from webmap.manage.jobs import render_jobs
from webmap.manage.refused_forms import shows_refusal
from webmap.manage.versioned_form import back_to
from webmap.web import viewer
from webmap.web.access import requires, takes_files
from webmap.web.context import asked_district, config, engine, live
from webmap.web.downloads import name_download
from webmap.web.errors import kind_of
from webmap.web.jobs import Upload, ask, read_job, said_rows
from webmap.words import labels

KIND = "load"
FLAGS = ("keep", "is_compared_only", "is_proxy")
SYSTEMS = ("wgs84", "gcj02", "bd09", "cgcs2000")
MEGABYTE = 2**20
ORDER = tuple(LOADS)
SHOWN_IMPORTS = 8
NAMES_OF_SYSTEMS = {
    "wgs84": lazy_gettext("WGS84 (GPS)"),
    "gcj02": lazy_gettext("GCJ-02 (Amap, Tencent)"),
    "bd09": lazy_gettext("BD-09 (Baidu)"),
    "cgcs2000": lazy_gettext("CGCS2000 (government)"),
}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Check:
    """A checked file that waits to be imported."""

    job: Job
    what: str
    file: str
    facts: Mapping[str, Any]
    load: Mapping[str, Any] | None
    error: str | None

    @property
    def is_example(self) -> bool:
        """Whether it is ours, to be looked at only."""
        return bool(self.job.arguments.get("is_example"))


@manage.post("/load/files")
@requires("planner")
@takes_files(lambda config: config.upload_mb * MEGABYTE)
def send_files() -> ResponseReturnValue:
    """Take several files and start the check of each."""
    with ExitStack() as stack:
        sent = [stack.enter_context(closing(each)) for each in request.files.getlist("file") if each.filename]
        files = sort_files([SentFile(str(each.filename), each.stream) for each in sent], limit_mb=upload_mb())
        for each in sorted(files, key=lambda each: each.name):
            arguments = {"what": "auto", "dry_run": True, "waits": True}
            upload = Upload(each.name, each.content)  # type: ignore[arg-type]
            ask(KIND, arguments, district=request.args.get("district"), upload=upload)
    return back_to_load()


@manage.post("/load/example")
@requires("planner")
def try_example() -> ResponseReturnValue:
    """Check an invented register with the slips that registers have; it is never imported."""
    with reading(engine()) as session:
        district = asked_district(session)
        content = example_register(require_outline(session, district.code))
    arguments = {"what": "stations", "dry_run": True, "waits": True, "is_example": True}
    upload = Upload(gettext("example register") + ".csv", BytesIO(content))
    ask(KIND, arguments, district=district.code, upload=upload)
    return back_to_load()


@manage.post("/load/<int:job_id>/check")
@requires("planner")
def check_again(job_id: int) -> ResponseReturnValue:
    """Check a file again by what the person has answered."""
    job = read_job(job_id)
    what = request.form.get("what", "")
    if what not in LOADS:
        raise NotFoundError("{value} cannot be loaded; there are: {known}", value=what, known=", ".join(LOADS))
    arguments = {**job.arguments, "what": what, "options": read_answers(what)}
    ask(KIND, arguments, district=job.district_code, upload_of=job.id)
    return back_to_load()


@manage.post("/load/<int:job_id>/import")
@requires("planner")
def import_file(job_id: int) -> ResponseReturnValue:
    """Import a file as it was checked; checks that waited for the towns are made again."""
    job = read_job(job_id)
    check = as_check(job)
    if check is None or check.load is None or check.is_example:
        raise InputError("this file cannot be imported as it is")
    arguments = {"what": check.what, "options": dict(check.facts["options"])}
    ask(KIND, arguments, district=job.district_code, upload_of=job.id)
    if check.what == "boundaries":
        with reading(engine()) as session:
            others = [each for each in waiting(session, job.district_code) if each.job.id != job.id]
            session.expunge_all()
        for each in others:
            again = {**each.job.arguments, "what": each.what, "options": dict(each.facts["options"])}
            ask(KIND, again, district=job.district_code, upload_of=each.job.id)
    return back_to_load()


@manage.post("/load/<int:job_id>/dismiss")
@requires("planner")
def dismiss(job_id: int) -> ResponseReturnValue:
    """Forget a checked file."""
    with writing(engine()) as session:
        job = submission.get_job(session, job_id, seen_by=viewer.seen_by())
        drop_uploads(session, job.id)
    return back_to_load()


@manage.get("/load/<int:job_id>/rejected.xlsx")
@requires("planner")
def rejected_rows(job_id: int) -> ResponseReturnValue:
    """Send the rows of a checked file that would not be imported, with their reasons."""
    check = as_check(read_job(job_id), is_waiting=False)
    table = (check.facts if check else {}).get("table")
    if check is None or not table:
        raise NotFoundError("there are no such rows (any more)")
    rows = [
        (str(row), GeoError(reason, **values).localized(gettext), cells) for row, reason, values, cells in table["rows"]
    ]
    content = rejected_workbook(table["header"], rows, reason=gettext("Why it was not imported"))
    ending = gettext("rows not imported")
    return workbook(content, f"{check.file.rpartition('.')[0]}-{ending}.xlsx")


@manage.get("/load/template.xlsx")
@requires("planner")
def template() -> ResponseReturnValue:
    """Send a register to be filled in, with a sheet for each town."""
    with reading(engine()) as session:
        district = asked_district(session)
        towns = list(town_names(session, district.code).values())
    ending = gettext("register of stations")
    return workbook(template_workbook(towns, district=district.name), f"{district.name}-{ending}.xlsx")


@manage.post("/imports/<int:number>/undo")
@requires("planner")
def undo_load(number: int) -> ResponseReturnValue:
    """Bring back what was there before an import."""
    # All streets of a district come back: that may take longer than a request usually has.
    with writing(engine(), statement_timeout_ms=0) as session:
        district = asked_district(session)
        found = session.get(DataImport, number)
        if found is None or found.district_code != district.code:
            raise NotFoundError("There is no such import")
        name = undo_import(session, number, now=datetime.now(UTC)).name
    return back_to("manage.load_page", gettext("%(name)s is undone: what was there before is back.", name=name))


@shows_refusal("manage.send_files")
@shows_refusal("manage.try_example")
@shows_refusal("manage.check_again")
@shows_refusal("manage.import_file")
@shows_refusal("manage.undo_load")
def refused(error: GeoError) -> ResponseReturnValue:
    """Show the page with why nothing was done."""
    return import_page(error), kind_of(error).status


def import_page(error: GeoError | None = None) -> str:
    """Return the page of the four steps."""
    with reading(engine()) as session:
        try:
            district: District | None = asked_district(session)
        except NotFoundError:
            district = None
        code = district.code if district else None
        steps = read_steps(session, code)
        checks = waiting(session, code)
        running = [job for job in all_loads(session, code) if job.is_active or (job.state == "failed" and is_new(job))]
        imports = list_imports(session, code)[:SHOWN_IMPORTS] if code else []
        n_town = len(town_names(session, code)) if code else 0
        session.expunge_all()
    return render_jobs(
        "manage/imports.html",
        running,
        checks=sorted(checks, key=lambda each: (ORDER.index(each.what) if each.what in ORDER else 99, each.job.id)),
        steps=steps,
        next_step=next_step(steps),
        imports=imports,
        can_undo=can_undo,
        district=district,
        state=shown_state_of(code),
        points=[point for check in checks for point in check.facts.get("asked_at", [])],
        names_of_systems=NAMES_OF_SYSTEMS,
        road_classes=labels.ROAD_CLASSES,
        loads=LOADS,
        said=said_rows,
        n_town=n_town,
        systems=SYSTEMS,
        demand_layers=DEMAND_LAYERS,
        total_kinds=TOTAL_KINDS,
        limit_mb=upload_mb(),
        now=datetime.now(UTC),
        error=error.localized(gettext) if error else None,
    )


def shown_state_of(code: str | None) -> Any:
    """Return the state of a district for the map, None where there is none yet."""
    try:
        return live().state(code) if code else None
    except GeoError:
        return None


def next_step(steps: Sequence[Step]) -> str | None:
    """Return the first step of which nothing real is there."""
    return next((each.what for each in steps if not each.count or each.is_sample), None)


def is_new(job: Job) -> bool:
    """Tell whether a job has ended in the last hour: a failed one is shown for so long."""
    return job.finished_at is not None and (datetime.now(UTC) - job.finished_at).total_seconds() < 3600


def all_loads(session: Any, code: str | None) -> list[Job]:
    """Return the loads of a district that the account may see, the newest first."""
    found = submission.list_jobs(session, seen_by=viewer.seen_by(), kinds=[KIND])
    return [job for job in found if job.district_code == code]


def waiting(session: Any, code: str | None) -> list[Check]:
    """Return the checked files of a district that wait to be imported."""
    return [check for job in all_loads(session, code) if (check := as_check(job)) is not None]


def as_check(job: Job, *, is_waiting: bool = True) -> Check | None:
    """Return a job as a checked file, None where it is none; `is_waiting`: its file must be there."""
    facts = (job.result or {}).get("check")
    if job.kind != KIND or job.state != "done" or facts is None or job.result is None:
        return None
    if is_waiting and not any(file.is_upload for file in job.files):
        return None
    said = facts.get("error")
    error = None if said is None else GeoError(said, **facts.get("values", {})).localized(gettext)
    loads = job.result["loads"]
    return Check(job, job.result["what"], job.result.get("file", ""), facts, loads[0] if loads else None, error)


def back_to_load() -> ResponseReturnValue:
    """Lead back to the page."""
    return redirect(url_for("manage.load_page", district=request.args.get("district")), 303)


def workbook(content: bytes, name: str) -> Response:
    """Answer with a workbook to be saved."""
    return name_download(Response(content, mimetype=WORKBOOK), name)


def read_answers(what: str) -> dict[str, Any]:
    """Return the options of a checked file as the person has answered its questions."""
    options = read_options(what)
    words = [
        f"{word}={request.form[f'state-{number}']}"
        for number, word in enumerate(request.form.getlist("word"))
        if request.form.get(f"state-{number}")
    ]
    if words:
        options["states"] = ",".join(filter(None, [options.get("states"), *words]))
    classes = [
        f"{word}={request.form[f'class-{number}']}"
        for number, word in enumerate(request.form.getlist("class-word"))
        if request.form.get(f"class-{number}")
    ]
    if classes:
        options["classes"] = ",".join(filter(None, [options.get("classes"), *classes]))
    rows = request.form.getlist("asked-row")
    answers = [request.form.get(f"answer-{number}", "") for number in range(len(rows))]
    skipped, merged = (
        [row for row, answer in zip(rows, answers, strict=True) if answer == wanted] for wanted in ("skip", "merge")
    )
    accepted = [f"{row}={answer}" for row, answer in zip(rows, answers, strict=True) if " " in answer]
    for name, found, separator in (("skip", skipped, ","), ("merge", merged, ","), ("positions", accepted, "\n")):
        if found:
            options[name] = separator.join(filter(None, [options.get(name), *found]))
    return options


def read_options(what: str) -> dict[str, Any]:
    """Return the options of the sent form; what was left empty is as on the command line."""
    options: dict[str, Any] = {}
    for name in LOADS[what].options:
        text = request.form.get(name, "").replace("\0", "").strip()
        if name in FLAGS and name in request.form:
            options[name] = True
        elif name not in FLAGS and text:
            options[name] = text
    return options


def upload_mb() -> int:
    """Return the most megabytes that a file may have."""
    return config().upload_mb
