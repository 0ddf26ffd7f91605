"""The one path beside the session: it survives a lost connection, and its plan stays good."""

from collections.abc import Callable
from typing import NoReturn

import psycopg
import pytest
from apiflask import APIFlask
from sqlalchemy import text
from sqlalchemy.exc import DataError

from server.campaigns.rules import partition_name
from server.core.database import PARTITION_SCHEMA, db
from server.core.transaction import _statement_engine, single_statement
from tests.factories.city import City
from tests.factories.rating import Phone, new_receipt
from tests.load.campaigns import RatedCampaign, fill


def test_a_connection_that_died_while_idle_is_replaced(app: APIFlask) -> None:
    def backend() -> int:
        row = single_statement("SELECT pg_backend_pid() AS pid", {})
        assert row is not None
        return int(row["pid"])

    before = backend()
    db.session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": before})
    assert backend() != before


def test_an_error_of_the_statement_comes_out_as_any_other(app: APIFlask) -> None:
    with pytest.raises(DataError):
        single_statement("SELECT 1 / %(zero)s", {"zero": 0})
    assert single_statement("SELECT 1 AS one", {}) == {"one": 1}


def test_without_a_database_a_rating_is_put_off_and_not_called_a_fault(
    phone: Callable[[str], Phone], city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, person = city.campaign(), phone("anna")
    body = person.body(campaign.id, city.departments[0].id)

    def refused(*_: object, **__: object) -> NoReturn:
        message = "the database system is in recovery mode"
        raise psycopg.OperationalError(message)

    with monkeypatch.context() as patched:
        _statement_engine().dispose()
        patched.setattr(_statement_engine().dialect, "connect", refused)
        receipt = new_receipt()
        answer = person.send(campaign.id, body, receipt)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), answer.text
    assert answer.json["code"] == "database_away"
    assert person.send(campaign.id, body, receipt).status_code == 201


def test_a_plan_made_for_an_empty_partition_still_looks_up_by_index(city: City) -> None:
    campaign = city.campaign()
    partition = f"{PARTITION_SCHEMA}.{partition_name(campaign.id)}"
    # Now PostgreSQL knows that it is empty, and would read all of it.
    db.session.execute(text(f"ANALYZE {partition}"))
    db.session.commit()
    plan = single_statement(
        f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {partition}"
        f" WHERE campaign_id = {campaign.id} AND receipt_key = %(key)s",
        {"key": b"0" * 16},
    )
    assert plan is not None
    assert "Seq Scan" not in str(plan)


def test_no_plan_from_an_empty_partition_is_kept_for_a_full_one(city: City) -> None:
    campaign = city.campaign()
    partition = f"{PARTITION_SCHEMA}.{partition_name(campaign.id)}"
    lookup = (
        f"SELECT 1 AS found, pg_stat_force_next_flush() FROM {partition}"
        f" WHERE campaign_id = {campaign.id} AND receipt_key = %(key)s"
    )
    for _ in range(10):
        assert single_statement(lookup, {"key": b"0" * 16}, keep_plan=False) is None
    fill(RatedCampaign(campaign.id, (city.departments[0].id,), ()), 3000)
    key = db.session.scalar(text(f"SELECT receipt_key FROM {partition} LIMIT 1"))
    read = (
        f"SELECT sum(idx_tup_read) FROM pg_stat_all_indexes WHERE relid = '{partition}'::regclass"
    )
    single_statement("SELECT pg_stat_force_next_flush()", {})
    before = db.session.scalar(text(read))
    db.session.rollback()
    assert single_statement(lookup, {"key": key}, keep_plan=False) is not None
    assert db.session.scalar(text(read)) - before == 1
