"""Fixtures: private servers for the session, a clean database and key ring for each test."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import text
from werkzeug.test import TestResponse

from server.application import MIGRATIONS, create_app
from server.core.config import Configuration, from_environment
from server.core.database import PARTITION_SCHEMA, db
from server.core.keyring import FileKeyRing
from server.supervisor.instance import throwaway_servers

pytest_plugins = ["tests.factories.fixtures", "tests.factories.identity", "tests.factories.members"]


class RequestClient(FlaskClient):
    """Gives each request an application context of its own, as a server does.

    The tests hold one open for their own queries; without this, requests would share its ``g`` and
    its database session.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Run a PostgreSQL and a Valkey for the session."""
    with throwaway_servers(tmp_path_factory.mktemp("servers")) as addresses:
        yield addresses


@pytest.fixture(scope="session")
def redis_url(servers: tuple[str, str]) -> str:
    return servers[1]


@pytest.fixture(scope="session")
def configuration(
    servers: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Configuration:
    folder = tmp_path_factory.mktemp("var")
    return from_environment(
        {
            "RONGHE_ENV": "testing",
            "DATABASE_URL": servers[0],
            "REDIS_URL": servers[1],
            "SECRET_KEY": "tests only, and long enough to look like one",
            "VAR_DIR": str(folder),
            "PUBLIC_URL": "http://ronghe.test",
            "WECHAT_TOKEN": "callback-token",
        }
    )


@pytest.fixture(scope="session")
def migrated_app(configuration: Configuration) -> APIFlask:
    app = create_app(configuration)
    app.testing = True
    app.test_client_class = RequestClient
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))
    return app


@pytest.fixture
def app(migrated_app: APIFlask, tmp_path: Path) -> Iterator[APIFlask]:
    """The application with an empty database and a key ring of the test's own."""
    migrated_app.extensions["key_ring"] = FileKeyRing(tmp_path / "keys")
    migrated_app.extensions.pop("evaluation_forms", None)
    migrated_app.extensions["redis_switch"].client.flushdb()
    with migrated_app.app_context():
        yield migrated_app
        db.session.remove()
        empty_database()
        db.session.remove()


JOB_TABLES = ["procrastinate_events", "procrastinate_periodic_defers", "procrastinate_jobs"]
RESTART_DRAWN_SEQUENCES = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
"""


def empty_database() -> None:
    """Remove every row and partition, whatever the last test left.

    Only what holds rows is emptied: truncating costs several files a table, and one test touches
    few of the eighty. Foreign keys rest meanwhile, since all goes. The vacuum lets the next test's
    rows stand in the order in which they came, as in a new table.
    """
    connection = db.session.connection()
    for partition in connection.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = :schema"),
        {"schema": PARTITION_SCHEMA},
    ).all():
        connection.execute(text(f"DROP TABLE {PARTITION_SCHEMA}.{partition}"))
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    filled = connection.scalars(text(_tables_with_rows())).all()
    for name in filled:
        connection.execute(text(f'DELETE FROM "{name}"'))
    connection.execute(text(RESTART_DRAWN_SEQUENCES))
    db.session.commit()
    if filled:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
            own.execute(text("VACUUM " + ", ".join(f'"{name}"' for name in filled)))


@cache
def _tables_with_rows() -> str:
    names = [table.name for table in db.metadata.sorted_tables] + JOB_TABLES
    return " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names
    )


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    return app.test_client()
