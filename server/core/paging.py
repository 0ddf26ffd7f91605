"""Keyset paging: a cursor names the last row seen, so page 1,000 costs what page 1 does."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, SQLColumnExpression, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from server.core.database import db
from server.core.errors import InvalidInput

Row = TypeVar("Row")
LARGEST_PAGE = 100
LARGEST_NUMBER = 2**31 - 1


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the cursor of the next page or None."""

    items: Sequence[Row]
    next_cursor: str | None


def encode(values: Sequence[object]) -> str:
    """Turn the sort values of a row into an opaque cursor."""
    text = json.dumps([value if isinstance(value, int) else str(value) for value in values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str, kinds: Sequence[Callable[[Any], Any]]) -> list[Any]:
    """Read a cursor back; an altered one is a 422."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_checked(kind(value)) for kind, value in zip(kinds, values, strict=True)]
    except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
        message = "页码已失效，请从第一页重新查看。"
        raise InvalidInput([{"field": "cursor", "message": message}]) from error


def _checked(value: Any) -> Any:
    """Return a cursor's value unless PostgreSQL could not take it."""
    if isinstance(value, str):
        value.encode()
        if "\0" in value:
            raise ValueError(value)
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        raise ValueError(value)
    return value


def page(
    query: Select[*tuple[Any, ...]],
    order: Sequence[SQLColumnExpression[Any]],
    *,
    kinds: Sequence[Callable[[Any], Any]],
    key: Callable[[Any], Sequence[object]],
    cursor: str | None,
    limit: int,
    descending: bool = False,
) -> Page[Any]:
    """Run ``query`` for one page, ordered by ``order`` (which must be unique as a whole).

    ``kinds`` read the cursor's values back, ``key`` gives a row's values of ``order``.
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    if cursor:
        mine, last = tuple_(*order), tuple_(*decode(cursor, kinds))
        query = query.where(mine < last if descending else mine > last)
    sorting = [column.desc() for column in order] if descending else order
    rows = db.session.execute(query.order_by(*sorting).limit(limit + 1)).all()
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], encode(key(rows[limit - 1])))


def newest_first(
    query: Select[Any],
    moment: InstrumentedAttribute[datetime],
    identifier: InstrumentedAttribute[Any],
    *,
    kind: Callable[[Any], Any],
    cursor: str | None,
    limit: int,
) -> Page[Any]:
    """Run a query of one entity for one page, the latest ``moment`` first.

    ``identifier`` parts equal moments, and ``kind`` reads it back from a cursor.
    """
    found = page(
        query,
        [moment, identifier],
        kinds=[_moment, kind],
        key=lambda row: [
            getattr(row[0], moment.key).isoformat(),
            getattr(row[0], identifier.key),
        ],
        cursor=cursor,
        limit=limit,
        descending=True,
    )
    return Page([row[0] for row in found.items], found.next_cursor)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment
