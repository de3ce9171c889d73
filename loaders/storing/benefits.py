"""Store the known member benefits of a district (``data/union``) once; staff edit them afterwards."""

import csv
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.db.layers import SourceFacts, record_source
from geo.db.offers import BenefitDraft, add_benefit
from geo.db.tables import Source
from loaders.report import sha256

KNOWN = Path(__file__).parents[2] / "data" / "union" / "benefits.csv"
LAYER = "benefits"


def store_known_benefits(session: Session, district: str, *, path: Path = KNOWN) -> int:
    """Store the known benefits of a district and return how many; 0 where none is known, or it was done before.

    The row of the source says that it was done: what staff have removed since does not come back.
    """
    done = select(Source.id).where(Source.district_code == district, Source.layer == LAYER)
    if session.scalar(done) is not None:
        return 0
    with path.open(encoding="utf-8", newline="") as file:
        known = [row for row in csv.DictReader(file) if row["district"] == district]
    if not known:
        return 0
    for row in known:
        draft = BenefitDraft(
            position=int(row["position"]), title=row["title"], text=None, source=row["source"], link=None,
            valid_until=None,
        )  # fmt: skip
        add_benefit(session, district, draft, by=path.name)
    facts = SourceFacts(path.name, len(known), len(known), checksum=sha256(path), data_date=known[0]["as_of"])
    record_source(session, district, LAYER, facts)
    return len(known)
