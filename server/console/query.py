"""What stands in a page's query, as far as it can be used: addresses are typed and passed on."""

from flask import request
from marshmallow import ValidationError

from server.core.errors import InvalidInput
from server.core.text import clean
from server.core.web import LARGEST_INTEGER

LONGEST_SEARCH = 50


def searched(name: str = "q") -> str:
    """Return what is searched for; refuse what can't stand in the database either."""
    try:
        return clean(request.args.get(name, ""))[:LONGEST_SEARCH]
    except ValidationError as error:
        raise InvalidInput([{"field": name, "message": str(error.messages[0])}]) from error


def number(name: str) -> int | None:
    """Return a row's number; what is none, or too large for one, counts as not given."""
    value = request.values.get(name, type=int)
    return value if value is not None and 0 < value <= LARGEST_INTEGER else None
