"""Validate requests against ``openapi.yaml``, the only description of the API.

At the start every operation of the document becomes two validators, one for the query and one for the body. A fault
is answered with where it is and what would be right, in the language of the caller.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from json import JSONDecoder
from pathlib import Path
from typing import Any

import yaml
from flask import Request, json
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString
from jsonschema_rs import Draft202012Validator, ValidationError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from webmap.web.errors import InvalidRequestError

DOCUMENT = Path(__file__).parents[1] / "api" / "openapi.yaml"
METHODS = ("get", "post", "put", "patch", "delete")

NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
INTEGER = re.compile(r"-?[0-9]+")

MESSAGES: dict[str, LazyString] = {
    "required": lazy_gettext("is missing"),
    "additionalProperties": lazy_gettext("is not known here"),
    "enum": lazy_gettext("must be one of: {value}"),
    "const": lazy_gettext("must be {value}"),
    "minimum": lazy_gettext("must be {value} or more"),
    "maximum": lazy_gettext("must be {value} or less"),
    "minItems": lazy_gettext("must hold at least {value}"),
    "maxItems": lazy_gettext("must hold at most {value}"),
    "minLength": lazy_gettext("must have at least {value} characters"),
    "maxLength": lazy_gettext("must have at most {value} characters"),
    "uniqueItems": lazy_gettext("must not name anything twice"),
    "format": lazy_gettext("must be a time with its zone, such as 2026-11-23T12:10:00+08:00"),
    "pattern": lazy_gettext("must lie between the years 2000 and 2099"),
    "oneOf": lazy_gettext("must have one of the forms that the interface document shows"),
}
"""What to say about each keyword of JSON Schema that the document uses; ``{value}`` is what the keyword asks for."""

TYPES: dict[str, LazyString] = {
    "array": lazy_gettext("must be a list"),
    "boolean": lazy_gettext("must be true or false"),
    "integer": lazy_gettext("must be a whole number"),
    "number": lazy_gettext("must be a number"),
    "object": lazy_gettext("must be an object"),
    "string": lazy_gettext("must be a text"),
}


@dataclass(frozen=True)
class Schema:
    """A compiled schema and the defaults of its properties."""

    validator: Draft202012Validator
    defaults: Mapping[str, Any]

    def errors(self, instance: object) -> Iterator[ValidationError]:
        """Yield what is wrong with `instance`."""
        # Most requests are right, and to find that out takes half as long.
        return iter(()) if self.validator.is_valid(instance) else self.validator.iter_errors(instance)

    @cached_property
    def takes_nothing(self) -> bool:
        """Whether an empty object fits."""
        return bool(self.validator.is_valid({}))


@dataclass(frozen=True)
class Operation:
    """One operation of the document: how to read its query and its body.

    Attributes
    ----------
    path, method : str
        As the document writes them.
    types : mapping of str to str
        JSON type of each query parameter, ``date-time`` for moments.
    query : Schema
    body : Schema or None
        None where no body is taken.
    """

    path: str
    method: str
    types: Mapping[str, str]
    query: Schema
    body: Schema | None

    def read_query(self, args: MultiDict[str, str]) -> dict[str, Any]:
        """Return the query as values of the types it should have, with defaults; refuse what does not fit."""
        if not args and self.query.takes_nothing:
            return dict(self.query.defaults)
        values = {name: _coerced(self.types.get(name), args.getlist(name)) for name in args}
        _refuse([_fault(error, is_query=True) for error in self.query.errors(values)])
        return {**self.query.defaults, **values}

    def read_body(self, request: Request) -> dict[str, Any]:
        """Return the JSON body with defaults; refuse what does not fit.

        Raises
        ------
        UnsupportedMediaType, BadRequest
            The body is not declared as JSON, or is none.
        InvalidRequestError
            It does not fit the document.
        """
        if self.body is None:
            return {}
        if request.mimetype != "application/json":
            raise UnsupportedMediaType
        try:
            values = json.loads(request.get_data(), parse_float=_number)
        except (ValueError, RecursionError) as error:
            raise BadRequest from error
        return self.check_body(values)

    def read_valid(self, data: bytes) -> dict[str, Any] | None:
        """Return what `read_body` does for JSON in UTF-8 that fits; None for anything else, without saying why."""
        if self.body is None:
            return None
        try:
            values = _DECODER.decode(data.decode())
            return {**self.body.defaults, **values} if self.body.validator.is_valid(values) else None
        except (ValueError, RecursionError):
            return None

    def check_body(self, values: Any) -> dict[str, Any]:
        """Return `values` with defaults if they are a body of this operation; raises as `read_body`."""
        if self.body is None:
            return {}
        try:
            # Half a surrogate pair ("\ud800") is read by Python and by nobody else: UnicodeEncodeError, a ValueError.
            errors = list(self.body.errors(values))
        except (ValueError, RecursionError) as error:
            raise BadRequest from error
        _refuse([_fault(error, is_query=False) for error in errors])
        return {**self.body.defaults, **values}


@dataclass(frozen=True)
class Interface:
    """The interface document and its operations by ``operationId``."""

    document: Mapping[str, Any]
    operations: Mapping[str, Operation]

    def response_schema(self, operation_id: str, status: int, media_type: str) -> Draft202012Validator:
        """Return the validator of an answer; raises KeyError for an answer that the document does not foresee."""
        operation = self.operations[operation_id]
        responses = self.document["paths"][operation.path][operation.method]["responses"]
        response = _resolved(self.document, responses.get(str(status)) or responses["default"])
        return _compiled(self.document, response["content"][media_type]["schema"])


@cache
def load_interface(path: Path = DOCUMENT) -> Interface:
    """Read the document and compile its validators, once in a process."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    operations = {}
    for address, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operations[item[method]["operationId"]] = _operation(document, address, method, item[method])
    return Interface(document, operations)


def _operation(document: Mapping[str, Any], path: str, method: str, item: Mapping[str, Any]) -> Operation:
    # What stands in the path has been read by the router.
    resolved_parameters = (_resolved(document, parameter) for parameter in item.get("parameters", ()))
    parameters = [parameter for parameter in resolved_parameters if parameter["in"] == "query"]
    properties = {p["name"]: p["schema"] for p in parameters}
    query = {
        "type": "object",
        "properties": properties,
        "required": [p["name"] for p in parameters if p.get("required")],
        "additionalProperties": False,
    }
    types = {}
    for name, schema in properties.items():
        resolved = _resolved(document, schema)
        types[name] = resolved["format"] if resolved.get("format") == "date-time" else resolved["type"]
    body = item.get("requestBody")
    return Operation(
        path=path,
        method=method,
        types=types,
        query=_schema(document, query),
        body=_schema(document, body["content"]["application/json"]["schema"]) if body else None,
    )


def _schema(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Schema:
    properties = _resolved(document, schema)["properties"]
    resolved = {name: _resolved(document, value) for name, value in properties.items()}
    defaults = {name: value["default"] for name, value in resolved.items() if "default" in value}
    return Schema(_compiled(document, schema), defaults)


def _compiled(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Draft202012Validator:
    # The references of the document point into its components, so these stand beside the schema.
    return Draft202012Validator({**schema, "components": document["components"]}, validate_formats=True)


def _resolved(document: Mapping[str, Any], item: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in item:
        target: Mapping[str, Any] = document
        for part in item["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        item = target
    return item


def _coerced(type_: str | None, values: list[str]) -> Any:
    """Return the query's `values` as the JSON that the schema speaks of; what does not convert stays a text."""
    if type_ == "array":
        return values
    if len(values) > 1:
        return values  # a list, which no single parameter accepts
    value = values[0]
    if type_ == "integer" and INTEGER.fullmatch(value):
        return int(value)
    if type_ == "number" and NUMBER.fullmatch(value):
        return float(value)
    if type_ == "boolean" and value in ("true", "false"):
        return value == "true"
    if type_ == "date-time":
        # In an address an unescaped + arrives as a space, and only the zone can stand there.
        return re.sub(r" (?=[0-9]{2}:[0-9]{2}$)", "+", value)
    return value


def _number(text: str) -> int | float:
    """Return a JSON number with a point or an exponent: an int where it is a whole one, as JSON Schema sees it.

    >>> _number("3.0"), _number("3.5"), _number("1e999")
    (3, 3.5, inf)
    """
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


# Made once: `json.loads` makes one a call where it is given a function.
_DECODER = JSONDecoder(parse_float=_number)


def _fault(error: ValidationError, *, is_query: bool) -> dict[str, str]:
    path = [str(part) for part in error.instance_path]
    kind = error.kind.name
    value = error.kind.value
    if kind == "required":
        path.append(str(value))
    elif kind == "additionalProperties":
        path.append(str(value[0]))
    if kind == "type":
        names = [value] if isinstance(value, str) else [name for name in value if name != "null"]
        detail = str(TYPES[names[0]])
    else:
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        detail = gettext(MESSAGES[kind]).format(value=text) if kind in MESSAGES else error.message
    where = {"parameter": path[0]} if is_query and path else {"pointer": json_pointer(path)}
    return {**where, "detail": detail}


def json_pointer(path: list[str]) -> str:
    """Return the JSON pointer (RFC 6901) of `path` as a URI fragment.

    >>> json_pointer(["services", "0"])
    '#/services/0'
    >>> json_pointer([])
    '#'
    """
    return "#" + "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


def _refuse(faults: list[dict[str, str]]) -> None:
    if faults:
        # By place, so that one request is always answered the same way.
        faults.sort(key=lambda fault: tuple(fault.values()))
        raise InvalidRequestError("The request does not fit the interface; see the errors", errors=faults)
