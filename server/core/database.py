"""The database: one dialect, PostgreSQL, with Flask-SQLAlchemy's session for all ordinary work."""

from typing import TYPE_CHECKING, Any, cast

import psycopg
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.orm import DeclarativeBase

PARTITION_SCHEMA = "part"

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every model."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:
    # Flask-SQLAlchemy builds its model class at run time, where a type checker can't follow.
    Entity = Base
else:
    Entity = db.Model


def session_connection() -> "psycopg.Connection[tuple[Any, ...]]":
    """Return the connection of the session's transaction, for what only psycopg offers: COPY."""
    return cast(
        "psycopg.Connection[tuple[Any, ...]]",
        db.session.connection().connection.driver_connection,
    )


def sqlalchemy_url(url: str) -> str:
    """Name the psycopg 3 driver in a plain ``postgresql://`` address."""
    return str(
        make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    )


def engine_options() -> dict[str, Any]:
    """Return the pool's options: a connection a thread, and no wait without an end."""
    return {
        "pool_size": 20,
        "max_overflow": 4,
        "pool_timeout": 10,
        "pool_pre_ping": False,
        "pool_recycle": 1800,
        "connect_args": {"connect_timeout": 5, "options": "-c timezone=UTC"},
    }


@event.listens_for(Engine, "handle_error")
def _forget_dead_connections(context: Any) -> None:
    # Without a ping before each use, the first failure has to empty the pool.
    if context.is_disconnect:
        context.invalidate_pool_on_disconnect = True
