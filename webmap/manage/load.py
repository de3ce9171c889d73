"""``/manage/load``: upload a file that ``fuchun load`` takes; a job checks or loads it and reports the rows."""

from contextlib import closing

from flask import redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from geo.db.planner_tables import DEMAND_LAYERS, TOTAL_KINDS
from geo.db.session import reading
from geo.errors import GeoError, InputError, NotFoundError, TooLargeError
from webmap.logic.jobs.files import uploaded_name
from webmap.logic.loading import LOADS
from webmap.manage.blueprint import manage
from webmap.manage.imports import KIND, MEGABYTE, SYSTEMS, import_page, read_options, upload_mb
from webmap.manage.jobs import job_address, render_jobs
from webmap.manage.refused_forms import shows_refusal
from webmap.web.access import requires, takes_files
from webmap.web.context import asked_district, engine
from webmap.web.errors import kind_of
from webmap.web.jobs import Upload, ask, read_jobs
from webmap.words.labels import LOADS as LOADS_WORDS


@manage.get("/load")
@requires("planner")
def load_page() -> ResponseReturnValue:
    """Show the page of first data; with `what`, the form of one kind of file and what has come of those sent."""
    what = request.args.get("what")
    return form_page(what) if what else import_page()


@manage.post("/load")
@requires("planner")
@takes_files(lambda config: config.upload_mb * MEGABYTE)
def load_file() -> ResponseReturnValue:
    """Take a file and start its job."""
    what = known(request.args.get("what", ""))
    arguments = {"what": what, "dry_run": "dry_run" in request.form, "options": read_options(what)}
    # Large files lie on the disk of the server until they are closed.
    with closing(request.files.get("file") or FileStorage()) as sent:
        upload = read_upload(what, sent)
        job = ask(KIND, arguments, district=request.args.get("district"), upload=upload)
    return redirect(job_address(job.id), 303)


@shows_refusal("manage.load_file")
def refused_load(error: GeoError) -> ResponseReturnValue:
    """Show the form again with what the person wrote, and why the file was not taken."""
    # Of a body that is too large nothing is read.
    written = {} if isinstance(error, TooLargeError) else request.form.to_dict()
    return form_page(request.args.get("what", ""), written=written, error=error), kind_of(error).status


def form_page(what: str, *, written: dict[str, str] | None = None, error: GeoError | None = None) -> str:
    """Return the page with the form of `what`."""
    with reading(engine()) as session:
        try:
            district = asked_district(session)
        except NotFoundError:
            district = None
        session.expunge_all()
    return render_jobs(
        "manage/load.html",
        read_jobs([KIND]),
        what=known(what),
        load=LOADS[what],
        titles=LOADS_WORDS,
        district=district,
        written=written,
        error=error.localized(gettext) if error else None,
        systems=SYSTEMS,
        demand_layers=DEMAND_LAYERS,
        total_kinds=TOTAL_KINDS,
        limit_mb=upload_mb(),
    )


def known(what: str) -> str:
    """Return `what` if it can be loaded, or raise `NotFoundError`."""
    if what not in LOADS:
        raise NotFoundError("{value} cannot be loaded; there are: {known}", value=what, known=", ".join(LOADS))
    return what


def read_upload(what: str, sent: FileStorage) -> Upload:
    """Return the sent file, if it may be one of `what`.

    Raises
    ------
    InputError
        No file was sent, or one of another kind.
    TooLargeError
    """
    if not sent.filename:
        raise InputError("Choose a file first")
    name = uploaded_name(sent.filename)
    suffixes = LOADS[what].suffixes
    if name.lower().endswith(".shp"):
        raise InputError("{file}: pack the .shp with its .shx, .dbf and .prj into one .zip and send that", file=name)
    if not name.lower().endswith(suffixes):
        raise InputError("{file}: expected a file ending in {suffixes}", file=name, suffixes=", ".join(suffixes))
    size = sent.stream.seek(0, 2)
    sent.stream.seek(0)
    if size > upload_mb() * MEGABYTE:
        raise TooLargeError(
            "{file} has {size} MB; at most {limit} MB are taken here. Make the file smaller and send it again",
            file=name,
            size=f"{size / MEGABYTE:.1f}",
            limit=upload_mb(),
        )
    return Upload(name, sent.stream)  # type: ignore[arg-type]
