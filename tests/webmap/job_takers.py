"""A process that takes jobs and ends them at once, without a process for each: ``python -m tests.webmap.job_takers``.

It prints the key of each job that it has taken, and ends when none waits.
"""

import os
import sys
import time

from sqlalchemy import text

from geo.db.session import make_engine, reading
from webmap.logic.jobs.attempts import finish
from webmap.logic.jobs.queue import take_job


def main() -> None:
    engine = make_engine(os.environ["DATABASE_URL"])
    print("ready", flush=True)
    sys.stdin.readline()
    while True:
        attempt = take_job(engine)
        if attempt is None:
            with reading(engine) as session:
                if not session.execute(text("SELECT count(*) FROM job WHERE state = 'waiting'")).scalar_one():
                    return
            continue
        print(attempt.job_id, flush=True)
        time.sleep(0.002)
        finish(engine, attempt, "done")


if __name__ == "__main__":
    main()
