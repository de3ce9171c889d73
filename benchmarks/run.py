"""Run the parts of the measurements, then write the report: python -m benchmarks.run [PART]…

Each part is a process of its own and keeps its rows; a part that fails leaves the others' alone, and can be run again
by its name.
"""

import subprocess
import sys
import time

from benchmarks.networks import ROOT
from benchmarks.report import PARTS, update_report

CHECKS = {"distances": ("valhalla_pairs", "--write")}
"""What compares answers instead of times, and renews a page of its own: the program and its words."""


def main() -> None:
    """Run the named parts, all by default; end with 1 if one failed."""
    known = {name: (name,) for name in PARTS} | CHECKS
    wanted = sys.argv[1:] or list(known)
    if unknown := [name for name in wanted if name not in known]:
        print(f"no such part: {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        raise SystemExit(2)
    failed = []
    for name in wanted:
        begin = time.monotonic()
        program, *words = known[name]
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{program}", *words], cwd=ROOT, check=False)
        print(
            f"{name}: {'done' if done.returncode == 0 else 'failed'} after {time.monotonic() - begin:.0f} s", flush=True
        )
        if done.returncode != 0:
            failed.append(name)
    print(f"wrote {update_report()}")
    if failed:
        print(f'failed: {", ".join(failed)}; again: make bench ARGS="{" ".join(failed)}"', file=sys.stderr)
        raise SystemExit(1)


if __name__ == "__main__":
    main()
