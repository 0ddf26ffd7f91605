"""Names and numbers of persons stand nowhere in the clear: not in the database, not in the log."""

import io
import logging
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.membership import service
from server.membership.rules import Post
from tests.factories.members import PersonFactory
from tests.membership.files import check, take_in, xlsx

NAME, NUMBER = "欧阳种下名", "13977778888"
FILED_NAME, FILED_NUMBER = "司马文件里", "13966665555"
WAITING_NAME = "诸葛还在等"
IDENTITY = "330102199001011234"


@pytest.fixture
def log(migrated_app: object) -> Iterator[io.StringIO]:
    """Everything that any logger says from DEBUG up, SQLAlchemy's statements included."""
    del migrated_app
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    loggers = [logging.getLogger(), logging.getLogger("server"), logging.getLogger("sqlalchemy")]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.addHandler(handler)
    logging.getLogger("server").setLevel(logging.DEBUG)
    logging.getLogger().setLevel(logging.INFO)
    yield written
    for one, level in zip(loggers, levels, strict=True):
        one.removeHandler(handler)
        one.setLevel(level)


def stored() -> str:
    """Return every row of every table as text, bytes in what letters they may hold."""
    db.session.commit()
    tables = db.session.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    ).all()
    found = []
    for table in tables:
        rows = db.session.execute(text(f'SELECT * FROM "{table}"'))
        for row in rows:
            found += [
                bytes(value).decode(errors="replace")
                if isinstance(value, (bytes, memoryview))
                else str(value)
                for value in row
            ]
    return "\n".join(found)


def test_a_planted_name_and_number_are_found_nowhere(
    client: FlaskClient, branch: Organisation, person: PersonFactory, log: io.StringIO
) -> None:
    planted = person(branch.id, NAME, key="planted", phone=NUMBER, post=Post.SECRETARY)
    other = person(branch.id, NAME + "二", code="B2")
    headers = planted.headers
    roster = f"/api/v1/branches/{branch.id}/roster"
    shown = client.get("/api/v1/me/person", headers=headers).json
    assert shown["person"]["name"] == NAME
    assert len(client.get(f"{roster}?q={NAME}", headers=headers).json["items"]) == 2
    assert client.post(f"{roster}/{other.id}/binding-codes", headers=headers).status_code == 201
    bad = client.post("/api/v1/me/person-binding", json={"code": NUMBER}, headers=headers)
    assert bad.status_code == 404
    head = ["姓名", "支部", "手机号", "编号", "身份证号"]
    take_in(
        xlsx(
            [
                head,
                [FILED_NAME, branch.name, FILED_NUMBER, "", IDENTITY],
                [WAITING_NAME, "没有", FILED_NUMBER, IDENTITY, ""],
            ]
        )
    )
    check(xlsx([head, [WAITING_NAME, branch.name, "", IDENTITY, ""]]))
    with transaction():
        service.succeed(other.id, Post.SECRETARY, actor=SYSTEM, now=clock.now())
        service.remove_person(planted.id, actor=SYSTEM, now=clock.now())
        service.export_roster(branch.id, actor=SYSTEM, now=clock.now())
    everything = stored()
    assert branch.name in everything, "the search does find what is there"
    said = log.getvalue()
    for secret in (NAME, NUMBER, FILED_NAME, FILED_NUMBER, WAITING_NAME, IDENTITY):
        assert secret not in everything
        assert secret not in said


def test_the_log_joins_no_phone_to_a_person(
    client: FlaskClient, branch: Organisation, person: PersonFactory
) -> None:
    zhang = person(branch.id, key="zhang", post=Post.SECRETARY)
    client.delete("/api/v1/me/person-binding", headers=zhang.headers)
    audit = db.session.execute(text("SELECT * FROM audit_entry")).all()
    assert str(zhang.id) in str(audit)
    assert str(zhang.member_id) not in str(audit)
