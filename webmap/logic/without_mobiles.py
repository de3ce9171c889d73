"""Remove mobile numbers from texts before they are published.

The loaders and the forms refuse such numbers; an older load, QGIS or psql may have left some.
"""

from dataclasses import replace

from geo.db.offers import Offers
from geo.errors import InputError
from loaders.phone_numbers import drop_mobiles


def published(text: str | None) -> str | None:
    """Return a text as the public reads it, None where nothing is left of it.

    >>> published("敲门找李师傅 138-0013-8000")
    '敲门找李师傅'
    """
    return (drop_mobiles(text)[0] or None) if text else None


def published_name(name: str, code: str) -> str:
    """Return a name as the public reads it; the code where nothing is left of it."""
    return published(name) or code


def published_offers(offers: Offers) -> Offers:
    """Return benefits, activities and the membership note as the public reads them."""
    membership = offers.membership
    return replace(
        offers,
        benefits=tuple(
            replace(
                each, title=published(each.title) or "", text=published(each.text), source=published(each.source) or ""
            )
            for each in offers.benefits
        ),
        activities=tuple(
            replace(
                each,
                title=published(each.title) or "",
                place_text=published(each.place_text),
                text=published(each.text),
            )
            for each in offers.activities
        ),
        membership=replace(membership, note=published(membership.note)) if membership else None,
    )


def require_public(text: str) -> str:
    """Return a text that somebody writes for the public, or raise `InputError` where a mobile number stands in it."""
    if drop_mobiles(text)[1]:
        raise InputError(
            "The text contains a mobile number: {value}. Nobody's own number is published; write an office line.",
            value=text[:60],
        )
    return text
