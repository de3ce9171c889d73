"""What a phone keeps to answer by itself: the streets of the district, and its places with their hours."""

import gzip
from datetime import UTC, datetime

from flask import Blueprint, Response, abort, json, request
from flask.typing import ResponseReturnValue

from webmap.assets import FOR_GOOD
from webmap.compression import takes_gzip
from webmap.offline import station_document
from webmap.pages import live
from webmap.security import public

device = Blueprint("device", __name__, url_prefix="/device")


@device.get("/<district>/<version>.pack")
@public
def pack(district: str, version: str) -> ResponseReturnValue:
    """Answer the packed streets of one version; a version that is gone is not there."""
    snapshot = live().state(district).snapshot
    if snapshot is None or version != snapshot.pack_version:
        abort(404)
    response = Response(mimetype="application/octet-stream")
    response.headers["Cache-Control"] = FOR_GOOD
    response.set_etag(version)
    response.vary.add("Accept-Encoding")
    body = snapshot.pack.tobytes()
    if takes_gzip(request):
        response.content_encoding = "gzip"
        response.data = body
    else:
        response.data = gzip.decompress(body)
    return response.make_conditional(request)


@device.get("/<district>/stations.json")
@public
def stations(district: str) -> ResponseReturnValue:
    """Answer the places that riders look for, as a phone keeps them."""
    document = station_document(live().state(district), now=datetime.now(UTC))
    response = Response(json.dumps(document), mimetype="application/json")
    # Kept, but asked for again each time: hours and reports change.
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept-Language")
    response.add_etag()
    return response.make_conditional(request)
