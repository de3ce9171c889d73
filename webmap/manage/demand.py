"""``/manage/demand``: the demand layers, their weights, and a comparison with census totals."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from geo.coverage.demand import HOTSPOTS
from geo.db.demand import read_layers
from geo.db.planner_tables import DEMAND_LAYERS
from geo.db.session import reading, writing
from geo.db.totals import compare_totals
from geo.db.weighting import list_weights, set_weights, weights_version
from geo.errors import ConflictError, GeoError, InputError
from loaders.proxy import proxy_weights
from webmap.manage.blueprint import manage
from webmap.manage.refused_forms import shows_refusal
from webmap.manage.versioned_form import back_to
from webmap.web import viewer
from webmap.web.access import requires
from webmap.web.context import asked_district, engine
from webmap.web.errors import kind_of
from webmap.web.i18n import lang


@manage.get("/demand")
@requires("planner")
def demand() -> ResponseReturnValue:
    """Show the demand layers of a district."""
    return demand_page()


@manage.post("/demand")
@requires("planner")
def save_weights() -> ResponseReturnValue:
    """Save what each layer counts."""
    weights = {name.partition(".")[2]: _weight(text) for name, text in _written(request.form).items()}
    with writing(engine()) as session:
        district = asked_district(session)
        version = request.form.get("version", "")
        set_weights(session, district.code, weights, version=version, by=viewer.name())
    return back_to("manage.demand", gettext("Saved."))


@shows_refusal("manage.save_weights")
def demand_page(error: GeoError | None = None) -> ResponseReturnValue:
    """Return the page; with the `error` that kept written weights from being saved, they stand in the form again."""
    with reading(engine()) as session:
        district = asked_district(session)
        version = weights_version(session, district.code)
        is_kept = error is not None and not isinstance(error, ConflictError)
        page = render_template(
            "manage/demand.html",
            district=district,
            demand=read_layers(session, district.code),
            towns=compare_totals(session, district.code),
            weights={each.layer: each for each in list_weights(session, district.code)},
            written=_written(request.form) if error else None,
            version=request.form.get("version", "") if is_kept else version,
            proxy=proxy_weights(),
            in_chinese=lang() == "zh",
            error=error.localized(gettext) if error else None,
        )
    return page, kind_of(error).status if error else 200


def _written(form: MultiDict[str, str]) -> dict[str, str]:
    return {f"weight.{code}": form.get(f"weight.{code}", "").strip() for code in (*DEMAND_LAYERS, HOTSPOTS)
            if f"weight.{code}" in form}  # fmt: skip


def _weight(text: str) -> float | None:
    """Return the weight that somebody wrote, None where the field is empty: as by default."""
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise InputError("{value} is not a number; write a weight such as 1 or 0.5", value=text) from error
