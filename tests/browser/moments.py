"""The moment and the position of tests without a connection, and waiting for a condition."""

from tests.webmap.valley import LAT

POSITION = {"latitude": LAT + 0.00123, "longitude": 119.98765}

AT = {"geolocation": POSITION, "permissions": ["geolocation"]}


def until(page, script, arg=None):
    """Wait until what a script promises is true; `wait_for_function` takes the promise itself for that."""
    for _ in range(100):
        if page.evaluate(script, arg):
            return page
        page.wait_for_timeout(100)
    raise AssertionError(f"not within ten seconds: {script}")
