"""The only place that commits.

Ordinary requests: the route has returned, the work is committed once, at the edge, and only then
does the answer leave. The submission is the one exception in form, not in place: it is a single
statement, atomic by itself, that runs on an autocommit connection and saves two round trips, by
itself (``single_statement``) or with those that arrive at the same moment (``stored_with_others``).
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from flask import current_app
from psycopg.rows import dict_row
from sqlalchemy import create_engine, func, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from server.core.database import db, engine_options
from server.core.gathering import Gathering

View = TypeVar("View", bound=Callable[..., Any])
Row = dict[str, Any]
ID_BYTES = 16
AFTER_COMMIT = "after_commit"

# Planned while a campaign's partition is empty a statement would read all of it: every table that
# one of these names is looked up by an index. Which index is the right one can't be told of an
# empty partition either: there, a lookup's plan must not be kept (``keep_plan``).
PLANNING = " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off"


@contextmanager
def transaction() -> Iterator[None]:
    """Commit the session's work on leaving, or roll all of it back."""
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        db.session().info.pop(AFTER_COMMIT, None)
        raise
    for act in db.session().info.pop(AFTER_COMMIT, ()):
        act()


def after_commit(act: Callable[[], None]) -> None:
    """Have ``act`` done once this transaction is committed, and never if it is not.

    It may be lost with the process in between: what it does must be made up for by the next one.
    """
    db.session().info.setdefault(AFTER_COMMIT, []).append(act)


def lock(name: str) -> None:
    """Let one transaction at a time go on from here with what has this name, until it ends."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def commits(view: View) -> View:
    """Wrap a route that writes, so that its answer leaves only after the commit."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with transaction():
            return view(*args, **kwargs)

    return wrapped  # type: ignore[return-value]


def _statement_engine() -> Engine:
    """Return the engine of single statements, whose connections are in autocommit from the start.

    Switching the ordinary engine's connections to autocommit and back cost more than the statement
    itself did in Python.
    """
    engine: Engine | None = current_app.extensions.get("statement_engine")
    if engine is None:
        options = engine_options()
        options["connect_args"]["options"] += PLANNING
        fresh = create_engine(
            db.engine.url,
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
            # The one that was used last: PostgreSQL's process behind it is still warm.
            pool_use_lifo=True,
            **options,
        )
        engine = current_app.extensions.setdefault("statement_engine", fresh)
    return engine


def single_statement(
    statement: str, values: Mapping[str, Any], *, keep_plan: bool = True
) -> Row | None:
    """Run one statement that is its own transaction and return its first row.

    ``keep_plan`` is False for one that looks up by one of several indexes in a table that begins
    empty: it is planned each time.

    The statement is written as psycopg takes it, with ``%(name)s`` for a value: SQLAlchemy lends
    its pooled connection and names the errors, no more. A connection that died while idle is
    replaced once: the statement had not begun, or is made safe to repeat by its caller (the
    submission is, through its Idempotency-Key).
    """
    rows = _repeated_once(statement, values, keep_plan=keep_plan)
    return rows[0] if rows else None


def stored_with_others(statement: str, row: Mapping[str, Any]) -> bool:
    """Store a row, in one statement with the rows that other threads store now; tell if it was.

    The statement is a transaction of its own: one wait for the disk is enough for all its rows. It
    takes ``%(rows)s``, a JSON array of the rows, to each of which a random ``id`` is added, and
    returns the ids of those that it stored. Like any single statement it must be safe to repeat.
    """
    gatherings: dict[str, Gathering[Mapping[str, Any], bool]]
    gatherings = current_app.extensions.setdefault("gathered_statements", {})
    gathering = gatherings.get(statement)
    if gathering is None:
        gathering = gatherings.setdefault(
            statement, Gathering(lambda rows: _store_together(statement, rows))
        )
    return gathering.ask(row)


def _store_together(statement: str, rows: list[Mapping[str, Any]]) -> list[bool]:
    ids = _random_ids(len(rows))
    named = [{**row, "id": str(identifier)} for row, identifier in zip(rows, ids, strict=True)]
    values = {"rows": json.dumps(named, default=_as_json)}
    stored = {row["id"] for row in _repeated_once(statement, values, keep_plan=True)}
    return [identifier in stored for identifier in ids]


def _random_ids(count: int) -> list[UUID]:
    # From one call: each lets go of the interpreter's lock, and wakes another thread for nothing.
    noise = os.urandom(count * ID_BYTES)
    return [
        UUID(bytes=noise[place : place + ID_BYTES], version=4)
        for place in range(0, len(noise), ID_BYTES)
    ]


def _as_json(value: object) -> str:
    # As PostgreSQL reads the type's text.
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _repeated_once(statement: str, values: Mapping[str, Any], *, keep_plan: bool) -> list[Row]:
    try:
        return _run(statement, values, keep_plan=keep_plan)
    except OperationalError as error:
        if not error.connection_invalidated:
            raise
        return _run(statement, values, keep_plan=keep_plan)


def _run(statement: str, values: Mapping[str, Any], *, keep_plan: bool) -> list[Row]:
    engine = _statement_engine()
    try:
        pooled = engine.raw_connection()
    except psycopg.Error as error:
        # The pool passes on psycopg's own: there is no database to connect to.
        raise _named(statement, error, lost=False) from error
    connection: psycopg.Connection[Any] = pooled.driver_connection  # type: ignore[assignment]
    try:
        with connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement, values, prepare=keep_plan).fetchall()
    except psycopg.Error as error:
        if connection.closed:
            # The others in the pool are older or as old: all of them go.
            pooled.invalidate(error)
            engine.dispose()
        raise _named(statement, error, lost=bool(connection.closed)) from error
    finally:
        pooled.close()


def _named(statement: str, error: psycopg.Error, *, lost: bool) -> BaseException:
    """Return an error as SQLAlchemy names it; ``lost``: its connection broke."""
    return DBAPIError.instance(
        statement,
        None,
        error,
        psycopg.Error,
        connection_invalidated=lost,
        dialect=_statement_engine().dialect,
    )
