"""Alembic's environment: models against the database of the running application."""

from alembic import context
from flask import current_app
from sqlalchemy import text

from server import models
from server.core.database import PARTITION_SCHEMA, db

LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "10min"


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out what others make: the queue's tables, and the partitions' schema."""
    if kind == "schema":
        return name is None
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


def include_object(
    item: object, _name: str | None, kind: str, reflected: bool, _other: object
) -> bool:
    """Leave out foreign keys that reflection sees on partitions."""
    if kind == "foreign_key_constraint" and reflected:
        target: str = item.elements[0].target_fullname  # type: ignore[attr-defined]
        return not target.startswith(f"{PARTITION_SCHEMA}.")
    return True


def run() -> None:
    """Bring the database to the wanted revision, each migration in a transaction of its own."""
    assert models.ALL
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_name=include_name,
            include_object=include_object,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
