"""The set-ups for nginx and Caddy in docs/operations.md as they are written, but for addresses and certificates."""

import os
import re
from pathlib import Path

from tests.webmap.server.conftest import ROOT

# Debian keeps nginx where only root's PATH leads.
PATH = f"{os.environ['PATH']}:/usr/sbin"


def documented(language: str, begins: str = "") -> str:
    """Return the first block of a language in the page, of those that begin so."""
    page = (ROOT / "docs/operations.md").read_text()
    blocks = re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    found: str = next(block for block in blocks if block.startswith(begins))
    return found


def nginx(port: int, site: int, folder: Path, *more: int) -> list[str]:
    """Write the set-up for a site, perhaps with `more` of them over the same store, and return the command."""
    servers = "\n    ".join(f"server 127.0.0.1:{each};" for each in (site, *more))
    lines = documented("nginx").replace("server 127.0.0.1:8000;", servers)
    lines = lines.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    lines = re.sub(r"^ *ssl_.*\n", "", lines, flags=re.MULTILINE)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nworker_processes 1;\n"
        f"events {{ worker_connections 4096; }}\nhttp {{\naccess_log off;\n{temporary}{lines}}}\n"
    )
    user = ["-g", "user root;"] if os.geteuid() == 0 else []
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log"), *user]


def caddy(port: int, site: int, folder: Path) -> list[str]:
    lines = documented("caddyfile").replace("127.0.0.1:8000", f"127.0.0.1:{site}")
    lines = lines.replace("map.example.cn", f"http://127.0.0.1:{port}")
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + lines)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
