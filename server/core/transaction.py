"""The only place that commits.

Ordinary requests: the route has returned, the work is committed once, at the edge, and only then
does the answer leave. The submission is the one exception in form, not in place: it is a single
statement, atomic by itself, that runs through ``single_statement`` on an autocommit connection and
saves two round trips.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from flask import current_app
from sqlalchemy import RowMapping, TextClause
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from server.core.database import db

View = TypeVar("View", bound=Callable[..., Any])


@contextmanager
def transaction() -> Iterator[None]:
    """Commit the session's work on leaving, or roll all of it back."""
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def commits(view: View) -> View:
    """Wrap a route that writes, so that its answer leaves only after the commit."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with transaction():
            return view(*args, **kwargs)

    return wrapped  # type: ignore[return-value]


def _autocommit_engine() -> Engine:
    engine: Engine | None = current_app.extensions.get("autocommit_engine")
    if engine is None:
        engine = db.engine.execution_options(isolation_level="AUTOCOMMIT")
        current_app.extensions["autocommit_engine"] = engine
    return engine


def single_statement(statement: TextClause, values: Mapping[str, Any]) -> RowMapping | None:
    """Run one statement that is its own transaction and return its first row.

    A connection that died while idle is replaced once: the statement had not begun, or is made
    safe to repeat by its caller (the submission is, through its Idempotency-Key).
    """
    try:
        return _run(statement, values)
    except OperationalError as error:
        if not error.connection_invalidated:
            raise
        return _run(statement, values)


def _run(statement: TextClause, values: Mapping[str, Any]) -> RowMapping | None:
    with _autocommit_engine().connect() as connection:
        return connection.execute(statement, values).mappings().first()
