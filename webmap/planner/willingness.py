"""What hosts of candidate sites say, in words."""

from flask_babel import lazy_gettext

WILLINGNESS_WORDS = {
    "unasked": lazy_gettext("not asked yet"),
    "interested": lazy_gettext("interested"),
    "agreed": lazy_gettext("agreed"),
    "refused": lazy_gettext("refused"),
}
