"""``/plan/hours``: the 168 hours of a week as the map plays them, towns by their class and stations by their state."""

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from webmap.logic.week_by_town import week_by_town
from webmap.planner.views import asked_here, planner
from webmap.web.access import public
from webmap.words.numbers import percent_whole

STATE_SIGNS = {"open": "o", "closed": "c", "unknown": "u"}


@planner.get("/plan/hours")
@public
def hours() -> ResponseReturnValue:
    """Answer what the map shows in each hour of a week, Monday 0:00 first.

    ``towns``: the colour of each town where people are counted by its code, a digit an hour; ``stations``: the state of
    each station by its code, a letter of `STATE_SIGNS` an hour; ``share`` of the district; ``classes`` of the colours.
    """
    state, question, at = asked_here()
    played = week_by_town(state, question.coverage_question(at=at))
    body: dict[str, Any] = {
        "monday": played.monday.isoformat(),
        "share": [round(share, 4) for share in played.share],
        "towns": {code: "".join(map(str, row)) for code, row in played.towns.items()},
        "stations": {code: "".join(STATE_SIGNS[each.value] for each in row) for code, row in played.stations.items()},
        "classes": [
            {"colour": each.colour, "words": f"{percent_whole(each.low)}–{percent_whole(each.high)}"}
            for each in played.classes
        ],
    }
    return jsonify(body)
