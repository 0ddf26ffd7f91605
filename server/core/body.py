"""Reading JSON bodies: what is no JSON is a 400, what is of another type a 415, never a crash."""

import json
from typing import NoReturn

from apiflask.schema_adapters.marshmallow import parser
from flask import Request
from marshmallow import Schema

from server.core.errors import Refusal


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


# One for all: json.loads would make a decoder for each body.
_DECODER = json.JSONDecoder(parse_constant=_no_constant)


@parser.location_loader("json")
def load_json(request: Request, _schema: Schema) -> object:
    """Return the parsed body.

    Besides broken syntax this refuses what Python's parser would let through or fall over:
    NaN and Infinity, nesting without end, numbers of thousands of digits.
    """
    if not request.is_json:
        raise Refusal("http_415", 415)
    try:
        return _DECODER.decode(_text(request.get_data()))
    except (ValueError, RecursionError) as error:
        raise Refusal("not_json", 400) from error


def _text(body: bytes) -> str:
    # The encodings that json.loads tells apart, and what it makes of lone surrogates.
    return body.decode(json.detect_encoding(body), "surrogatepass")
