"""Names of named places and gaps as people say them: north of a street, around a village, the south of a town."""

from collections.abc import Callable

from webmap.logic.labels import Texts, msgid

Translate = Callable[[str], str]

OF_STREET: Texts = {
    "here": msgid("along {name}"),
    "north": msgid("north of {name}"),
    "south": msgid("south of {name}"),
    "east": msgid("east of {name}"),
    "west": msgid("west of {name}"),
}
OF_SETTLEMENT: Texts = {
    "north": msgid("north of {name}"),
    "south": msgid("south of {name}"),
    "east": msgid("east of {name}"),
    "west": msgid("west of {name}"),
    "northeast": msgid("northeast of {name}"),
    "northwest": msgid("northwest of {name}"),
    "southeast": msgid("southeast of {name}"),
    "southwest": msgid("southwest of {name}"),
}
OF_TOWN: Texts = {
    "here": msgid("middle of {name}"),
    "north": msgid("{name}, north"),
    "south": msgid("{name}, south"),
    "east": msgid("{name}, east"),
    "west": msgid("{name}, west"),
    "northeast": msgid("{name}, northeast"),
    "northwest": msgid("{name}, northwest"),
    "southeast": msgid("{name}, southeast"),
    "southwest": msgid("{name}, southwest"),
}
_OF = {"street": OF_STREET, "settlement": OF_SETTLEMENT, "town": OF_TOWN}


def place_words(translate: Translate, name: str, *, kind: str, direction: str = "", part: int | None = None) -> str:
    """Return the name of a place, with the direction of a gap from it and the number of its part.

    >>> place_words(str, "Mill Lane", kind="street", direction="north", part=2)
    'north of Mill Lane (part 2)'
    """
    form = _OF[kind].get(direction)
    words = translate(form).format(name=name) if form and name else name
    return words if part is None else translate("{name} (part {part})").format(name=words, part=part)


def gap_words(
    translate: Translate, name: str, *, town: str, kind: str, direction: str = "", part: int | None = None
) -> str:
    """Return the whole name of a gap: its town first, where that is not what it is named by.

    >>> gap_words(str, "Mill Lane", town="Westhill", kind="street", direction="north")
    'Westhill · north of Mill Lane'
    """
    words = place_words(translate, name or town, kind=kind, direction=direction, part=part)
    return words if not town or kind == "town" or words.startswith(town) else f"{town} · {words}"
