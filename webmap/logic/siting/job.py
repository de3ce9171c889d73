"""Job that answers a siting question and stores the certificate."""

from collections.abc import Mapping
from typing import Any

from geo.siting.problem import Progress, Stop
from webmap.logic.encoding import object_json
from webmap.logic.jobs.work import Work
from webmap.logic.labels import msgid
from webmap.logic.live import Live
from webmap.logic.siting.answer import choose_sites
from webmap.logic.siting.question import SitingQuestion

FILE = "siting.json"


def site(work: Work) -> Mapping[str, Any]:
    """Answer the question that the arguments are, and keep its certificate."""
    asked = SitingQuestion.read(work.arguments)
    work.progress(msgid("bringing the streets up to date"), 0.01)
    state = Live(work.engine, work.state_dir).build(work.district, progress=work.progress)

    def tell(now: Progress) -> None:
        share = min(0.1 + 0.85 * now.seconds / asked.time_limit_s, 0.95)
        work.progress(msgid("choosing sites"), share)

    work.progress(msgid("measuring the streets"), 0.05)
    answer = choose_sites(work.engine, state, asked, stop=Stop(is_cancelled=work.should_stop, on_progress=tell))
    for path in answer.write(work.folder / FILE):
        work.save(path)
    return object_json(answer.facts)
