"""Encode answers of the application's logic as JSON values: for the API, ``--json`` and the results of jobs."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from webmap.logic.coverage.measured import AnswerBasis
from webmap.logic.district_state import DataMark

_INLINE = (AnswerBasis, DataMark)
"""Their fields are fields of the answer that holds them."""


def to_json(value: Any) -> Any:
    """Return an answer as JSON values: dataclasses as objects of their fields, moments and days in ISO 8601.

    ``is_`` of a field's name is left out: `DataMark.is_sample` becomes ``sample``.

    Examples
    --------
    >>> to_json(DataMark("330111", is_sample=True, data_version=7))
    {'district': '330111', 'sample': True, 'data_version': 7}
    """
    if is_dataclass(value):
        return object_json(value)
    if isinstance(value, Mapping):
        return {name: to_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def object_json(value: Any) -> dict[str, Any]:
    """Return a dataclass as a JSON object."""
    found: dict[str, Any] = {}
    for field in fields(value):
        part = getattr(value, field.name)
        if isinstance(part, _INLINE):
            found |= object_json(part)
        else:
            found[field.name.removeprefix("is_")] = to_json(part)
    return found
