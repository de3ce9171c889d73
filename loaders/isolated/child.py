"""Child process that parses one file, without the store, secrets and network; see `loaders.isolated.run`.

It is started as ``python -I -c …`` with an empty environment and the folder of its question as the only argument, and
tells on file descriptor 1, a line of JSON each, how far it is.
"""

import json
import logging
import os
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loaders.isolated import limits

ANSWERED, REFUSED = 0, 3
"""Exit codes: there is an answer; the file cannot be used, and the error says why."""


def main() -> None:
    """Parse the file of a question and write the answer beside it."""
    folder = Path(sys.argv[1])
    question = json.loads((folder / "question.json").read_text(encoding="utf-8"))
    limits.limit_resources(limits.Limits(**question["limits"]))
    logging.disable(logging.CRITICAL)
    answer = folder / "answer"
    answer.mkdir()
    try:
        # Before this process gives up the right to read other files: the modules, and what they load when first used.
        from loaders.isolated.parcel import pack, unpack
        from loaders.isolated.parsers import context_of, find_parser

        parse = find_parser(question["parser"])
        _warm_up()
        guards = _guard(folder, [Path(each) for each in question["files"]])
        _tell({"guards": guards})
        context = unpack(context_of(question["parser"]), folder / "context", is_ours=True)
        found = parse(Path(question["files"][0]), context, _tell_stage)
        pack(found, answer)
    except Exception as error:
        sys.exit(_refuse(error, answer, question["name"]))


def _guard(folder: Path, files: list[Path]) -> dict[str, bool]:
    """Give up the network, other files and dangerous calls; return which of them the system let go."""
    if os.uname().sysname != "Linux":
        return {"network": False, "files": False, "calls": False}
    readable = [*files, *_program_folders(), *(Path(p) for p in ("/dev/null", "/dev/urandom", "/etc/localtime"))]
    is_without_files = limits.forbid_files(readable=readable, writable=[folder])
    is_without_network = limits.leave_network()
    is_without_calls = limits.forbid_calls()
    return {
        "network": is_without_network or is_without_calls, "files": is_without_files, "calls": is_without_calls,
    }  # fmt: skip


def _program_folders() -> list[Path]:
    """Return where Python, its packages and the system's libraries lie; the folder of the program holds data too."""
    here = Path(__file__).resolve().parents[2]
    paths = {*sysconfig.get_paths().values(), sys.base_prefix, *(p for p in sys.path if p.startswith(sys.prefix))}
    known = [Path(path) for path in paths if path not in ("/", "")]
    system = [Path(p) for p in ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share", "/usr/local/lib")]
    return [*known, *system, here / "geo", here / "loaders"]


def _warm_up() -> None:
    """Load what the parsers need only when first used."""
    import encodings.gb18030
    import encodings.idna  # noqa: F401

    import pyproj

    # The database of coordinate systems is opened by the first transformation.
    pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(120.0, 30.0)


def _tell(message: Mapping[str, Any]) -> None:
    os.write(1, (json.dumps(message, ensure_ascii=False) + "\n").encode())


def _tell_stage(stage: str, **values: object) -> None:
    _tell({"stage": stage, "values": {name: str(value) for name, value in values.items()}})


def _refuse(error: Exception, answer: Path, name: str) -> int:
    """Write why the file cannot be used, as one sentence, and return the exit code."""
    from geo.errors import GeoError
    from loaders.damage import sentence

    said = error if isinstance(error, GeoError) else sentence(error, file=name)
    if said is not error:
        _log(error)
    values = {
        key: value if isinstance(value, int | float) else _shown(str(value)) for key, value in said.values.items()
    }
    text = json.dumps({"kind": type(said).__name__, "template": said.template, "values": values}, ensure_ascii=True)
    (answer / "error.json").write_text(text, encoding="ascii")
    return REFUSED


def _shown(text: str) -> str:
    from geo.texts import without_invisible

    short = text if len(text) <= 2000 else f"{text[:300]}…"
    return without_invisible(short.encode("utf-8", "replace").decode("utf-8"))


def _log(error: Exception) -> None:
    """Write what broke to stderr, for the log of the server."""
    import traceback

    sys.stderr.write("".join(traceback.format_exception(error, limit=-8))[-8000:])
