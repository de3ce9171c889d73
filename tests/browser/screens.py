"""The screens on which a day is played, and what holds on each of them."""

import pytest

SIZES = {
    "tiny": (320, 568),
    "small": (360, 740),
    "phone": (390, 844),
    "landscape": (740, 360),
    "tablet": (1024, 768),
    "desk": (1440, 900),
}
ALL = pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
DESKS = pytest.mark.parametrize("size", [SIZES["tablet"], SIZES["desk"]], ids=["tablet", "desk"])
NO_WIDER = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
"""Nothing stands out over the edge of the page."""
