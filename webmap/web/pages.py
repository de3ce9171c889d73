"""Frame of every public page: the district and its switch, credits of the data, notices."""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, has_request_context, render_template, request

from webmap.logic.district_state import DistrictInfo, DistrictState
from webmap.web import viewer
from webmap.web.context import limited_districts, live, shown_districts

KEPT = ("lang", "district", "text")
"""What a link from one page to another keeps of the address."""

COUNTED = "qr"
"""In the address of a QR code: how it was come by, which no further address says."""

LARGE = "large"

STATIC_KEY = "fuchun.static"
"""In a request's environment: the page is written into a folder of files (`webmap.static_site.export`)."""


def init_app(app: Flask) -> None:
    """Give templates `page_link`, and what the header asks."""
    app.context_processor(
        lambda: {
            "page_link": page_link,
            "is_large": is_large(),
            "is_static": is_static(),
            "staff_districts": staff_districts,
            "may": viewer.may,
        }
    )

    @app.url_defaults
    def keep_large(endpoint: str, values: dict[str, Any]) -> None:
        # Pages only: the interface and the tiles have no letters.
        is_page = endpoint != "static" and endpoint.partition(".")[0] not in ("api", "tiles", "map_style")
        if is_page and has_request_context() and is_large():
            values.setdefault("text", LARGE)


def staff_districts() -> list[DistrictInfo]:
    """Return the districts that the account may work on, hidden ones too."""
    limits = limited_districts()
    return [each for each in live().districts() if not limits or each.code in limits]


def is_large() -> bool:
    """Tell whether the address asks for large print (大字版); no cookie remembers it."""
    return request.args.get("text") == LARGE


def is_static() -> bool:
    """Tell whether the page is written into a folder: it may say nothing that holds only now, nor ask a server."""
    return bool(request.environ.get(STATIC_KEY))


def render_page(template: str, *, state: DistrictState, **values: Any) -> str:
    """Render a page about a district: `template` extends ``base.html``, which shows band, switch and credits."""
    return render_template(
        template,
        state=state,
        districts=[state.district] if is_static() else shown_districts(),
        credits=credits(state),
        is_schematic=is_schematic(state),
        **{"district": state.district} | values,
    )


def page_link(path: str | None = None, **changes: str | None) -> str:
    """Return the address of a page of ours.

    Parameters
    ----------
    path : str, optional
        Another page: language and district are kept. None: this page, with all of its query.
    **changes : str or None
        What to set in the query; None removes.
    """
    query = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in changes and name != COUNTED and (path is None or name in KEPT)
    ]
    query += [(name, value) for name, value in changes.items() if value is not None]
    return (path or request.path) + (f"?{urlencode(query)}" if query else "")


def credits(state: DistrictState) -> list[str]:
    """Return whom the data of a district is owed to, each once, in the order of loading."""
    return list(dict.fromkeys(source.attribution for source in state.sources if source.attribution))


def is_schematic(state: DistrictState) -> bool:
    """Tell whether the town boundaries are approximations that the map must call so."""
    return any(source.is_schematic for source in state.sources if source.layer == "regions")
