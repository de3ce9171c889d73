"""Certificates of plans as one file to download: `fuchun site verify` checks what is in it, without the solver."""

import zipfile
from pathlib import Path

from geo.siting.certificate import write_certificate
from webmap.logic.district_state import DistrictState
from webmap.logic.siting.ground import N_EXISTING, Ground
from webmap.logic.siting.sites_question import SitesQuestion
from webmap.logic.siting.solving import Proof

CERTIFICATE_FILE = "certificate.zip"


def pack_certificate(folder: Path, ground: Ground, proof: Proof, asked: SitesQuestion, state: DistrictState) -> Path:
    """Write a certificate and its inputs, and return the archive of both.

    The columns are the nearest and the second nearest station of each point, then the options by their codes.
    """
    body = folder / "certificate.json"
    parameters = {
        "data_version": state.data_version,
        "district": state.district.code,
        "is_sample": state.is_sample,
        "question": asked.as_json(),
        "columns": ["nearest station", "second nearest station", *(each.code for each in ground.options)],
        "existing": N_EXISTING,
    }
    write_certificate(body, proof.certified, kind="matrix", arrays=proof.arrays, parameters=parameters)
    packed = folder / CERTIFICATE_FILE
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in (body, body.with_name(body.stem + ".inputs.npz")):
            archive.write(path, path.name)
    return packed
