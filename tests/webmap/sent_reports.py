"""Sending a door report as a rider's page does."""

PHONE = "Mozilla/5.0 (Linux; Android 14) Mobile"

OURS = {"Sec-Fetch-Site": "same-origin"}


def send(app, found, *, code="S1", address="203.0.113.1", agent=PHONE, headers=OURS, **form):
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client.post(
        f"/s/{code}/report?lang=zh", data={"found": found, **form}, headers={"User-Agent": agent, **headers}
    )
