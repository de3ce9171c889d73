"""Answers that a browser saves as a file."""

import unicodedata
from urllib.parse import quote

from flask import Response


def name_download(response: Response, name: str) -> Response:
    """Make a response a file to be saved under a name of any signs (RFC 6266; headers are Latin-1); return it.

    Old programs read the first name, which has ASCII only.
    """
    if name.isascii():
        response.headers.set("Content-Disposition", "attachment", filename=name)
        return response
    simple = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").strip()
    names = {
        "filename": simple if not simple.startswith(".") else f"file{simple}",
        "filename*": f"UTF-8''{quote(name)}",
    }
    response.headers.set("Content-Disposition", "attachment", **names)
    return response
