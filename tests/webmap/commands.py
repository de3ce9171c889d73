"""Running the command `fuchun` in a process of its own."""

import os
import subprocess
import sys


def fuchun(engine, state_dir, *words, lang="en"):
    environ = os.environ | {
        "DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "FUCHUN_STATE": str(state_dir),
        "FUCHUN_LANG": lang,
    }
    command = [sys.executable, "-m", "webmap.cli", *map(str, words)]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)
