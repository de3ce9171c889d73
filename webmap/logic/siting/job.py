"""Job that answers a siting question and stores the certificate."""

from collections.abc import Mapping
from typing import Any

from geo.siting.problem import Progress, Stop
from webmap.logic.encoding import object_json
from webmap.logic.jobs.running_job import RunningJob
from webmap.logic.labels import msgid
from webmap.logic.live_districts import LiveDistricts
from webmap.logic.siting.answer import choose_sites
from webmap.logic.siting.question import SitingQuestion

FILE = "siting.json"


def site(job: RunningJob) -> Mapping[str, Any]:
    """Answer the question that the arguments are, and keep its certificate."""
    asked = SitingQuestion.read(job.arguments)
    job.progress(msgid("bringing the streets up to date"), 0.01)
    state = LiveDistricts(job.engine, job.state_dir).build(job.district, progress=job.progress)

    def tell(now: Progress) -> None:
        share = min(0.1 + 0.85 * now.seconds / asked.time_limit_s, 0.95)
        job.progress(msgid("choosing sites"), share)

    job.progress(msgid("measuring the streets"), 0.05)
    answer = choose_sites(job.engine, state, asked, stop=Stop(is_cancelled=job.should_stop, on_progress=tell))
    for path in answer.write(job.folder / FILE):
        job.save(path)
    return object_json(answer.facts)
