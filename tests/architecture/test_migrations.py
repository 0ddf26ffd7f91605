"""One head, models equal to migrations, and each step can be taken back."""

from dataclasses import replace

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from apiflask import APIFlask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, text

from server.application import MIGRATIONS, create_app
from server.core.config import Configuration
from server.core.database import db, sqlalchemy_url


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)


def test_there_is_one_head() -> None:
    assert len(scripts().get_heads()) == 1


def test_revisions_are_numbered_in_order() -> None:
    revisions = [script.revision for script in scripts().walk_revisions()]
    assert revisions == [f"{number:04}" for number in range(len(revisions), 0, -1)]


def test_models_equal_the_migrated_database(app: APIFlask) -> None:
    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return not (kind == "table" and (name or "").startswith("procrastinate_"))

    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": ours}
        )
        assert compare_metadata(context, db.metadata) == []


def test_every_migration_can_be_taken_back(configuration: Configuration) -> None:
    engine = create_engine(sqlalchemy_url(configuration.database_url), isolation_level="AUTOCOMMIT")
    name = "ronghe_back_and_forth"
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = engine.url.set(database=name).set(drivername="postgresql")
    other = create_app(
        replace(configuration, database_url=url.render_as_string(hide_password=False))
    )
    with other.app_context():
        upgrade(directory=str(MIGRATIONS))
        downgrade(directory=str(MIGRATIONS), revision="base")
        left = db.session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).all()
        assert left == ["alembic_version"]
        upgrade(directory=str(MIGRATIONS))
        db.session.remove()
        db.engine.dispose()
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
