"""What the database keeps of a rater: searched as text, table by table."""

from collections.abc import Callable

from sqlalchemy import text

from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import service, tasks
from server.wechat.sandbox import openid_of
from tests.evaluation.test_photos import picture
from tests.factories.city import City, member_id_of
from tests.factories.rating import Phone, key_of, new_receipt

People = Callable[[str], Phone]
WHO_MAY_KNOW_A_MEMBER = {"member", "role_grant"}


def dump() -> dict[str, str]:
    """Return each table's rows as text."""
    tables = db.session.execute(
        text("SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'part')")
    ).all()
    return {
        table: "\n".join(
            db.session.scalars(text(f'SELECT row::text FROM "{schema}"."{table}" AS row'))
        )
        for schema, table in tables
    }


def forms_of(value: bytes | str) -> set[str]:
    raw = value.encode() if isinstance(value, str) else value
    found = {raw.hex()}
    if isinstance(value, str):
        found.add(value)
    return found


def test_no_table_joins_a_rating_with_a_member(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    photo = anna.upload(campaign, picture()).json["id"]
    contact = {"name": "张三丰", "phone": "13800001111"}
    sent = anna.rate(
        campaign, department, 1, receipt=receipt, comment="慢", photos=[photo], contact=contact
    )
    assert sent.status_code == 201
    member = member_id_of(anna.token)
    member_forms = forms_of(member.bytes) | {str(member)}
    for closed in (False, True):
        if closed:
            with transaction():
                service.close_campaign(campaign, actor=SYSTEM, now=clock.now())
            tasks.settle(campaign)
        tables = dump()
        knowing = {
            table for table, rows in tables.items() if any(form in rows for form in member_forms)
        }
        assert knowing <= WHO_MAY_KNOW_A_MEMBER
        everything = "\n".join(tables.values())
        for secret in (openid_of("anna"), receipt, contact["phone"], contact["name"]):
            assert not any(form in everything for form in forms_of(secret))
        assert key_of(receipt) in everything, "the search would find what is there"


def test_nothing_but_the_rating_and_its_photos_is_written_with_it(
    phone: People, city: City
) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    phone("anna").rate(campaign, department, comment="慢")
    (transaction_id,) = db.session.execute(
        text(f"SELECT xmin::text FROM part.evaluation_{campaign}")
    ).one()
    tables = db.session.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ).all()
    with_it = [
        table
        for table in tables
        if db.session.scalar(
            text(f'SELECT count(*) FROM "{table}" WHERE xmin::text = :id'),
            {"id": transaction_id},
        )
    ]
    # The parent shows its partition's row; the change of the counts holds levels and no name, and
    # is gone when it is folded; what waits for the log holds the commitment, which the row has too,
    # and is gone with the next batch.
    assert set(with_it) <= {"evaluation", "rating_change", "ledger_pending"}
    tasks.fold_changes(0)
    assert db.session.scalar(text("SELECT count(*) FROM rating_change")) == 0


def test_the_stored_time_is_a_day(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    phone("anna").rate(campaign, department)
    kinds = db.session.scalars(
        text("SELECT data_type FROM information_schema.columns WHERE table_name = 'evaluation'")
    ).all()
    assert "date" in kinds
    assert not any("timestamp" in kind or "time" in kind for kind in kinds)


def test_erasing_the_account_leaves_the_rating(phone: People, city: City) -> None:
    campaign, department = city.campaign().id, city.departments[0].id
    anna = phone("anna")
    anna.rate(campaign, department, 2)
    assert anna.client.delete("/api/v1/me", headers=anna.headers).status_code == 204
    rows = db.session.scalar(text("SELECT count(*) FROM evaluation"))
    assert rows == 1
    again = phone("anna").rate(campaign, department, 5)
    assert again.json["code"] == "already_rated"
