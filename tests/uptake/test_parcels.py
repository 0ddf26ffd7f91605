"""Parcels: what is handed on, signed once and for good, and what becomes of it."""

import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from docx import Document
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from werkzeug.test import TestResponse

from server.core import clock
from server.core.access import Actor, ActorKind, Grant, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.ledger.signing import signer
from server.rectification.models import Case
from server.uptake import lists, queries, service, signing
from server.uptake.models import Parcel, Recipient
from server.uptake.rules import ItemState, RecipientKind
from tests.console.conftest import SignIn
from tests.factories.city import City
from tests.factories.quarters import publish, register_everywhere, this_quarter
from tests.factories.results import open_case, rated_campaign

NONCE = "n" * 24


@pytest.fixture
def quarter(city: City) -> str:
    rated_campaign(city)
    register_everywhere(city)
    publish(city)
    return this_quarter()


def recipient(city: City, name: str = "市纪委监委", webhook: str = "") -> tuple[Recipient, str]:
    with transaction():
        found, secret = service.add_recipient(
            name,
            RecipientKind.DISCIPLINE,
            webhook,
            actor=city.actors["office1"],
            now=clock.now(),
        )
    db.session.refresh(found)
    return found, secret


def parcel(city: City, to: Recipient, *, case: Case | None = None, note: str = "请查收") -> Parcel:
    wanted: list[Any] = [(city.departments[0].id, None, "供参考")]
    if case is not None:
        wanted.append((case.department_id, case, "请研究"))
    with transaction():
        made = service.make_parcel(
            to.id,
            this_quarter(),
            wanted,
            note=note,
            actor=city.actors["office1"],
            now=clock.now(),
        )
    db.session.refresh(made)
    return made


def call(
    client: FlaskClient,
    path: str,
    secret: str,
    *,
    body: object = None,
    at: datetime | None = None,
    signed_path: str = "",
) -> TestResponse:
    data = b"" if body is None else json.dumps(body).encode()
    method = "GET" if body is None else "POST"
    timestamp = str(int((at or clock.now()).timestamp()))
    signature = signing.request_signature(
        secret, method, signed_path or path, timestamp, NONCE, data
    )
    headers = {
        signing.TIMESTAMP: timestamp,
        signing.NONCE: NONCE,
        signing.SIGNATURE: signature,
        "Content-Type": "application/json",
    }
    return client.open(path, method=method, data=data, headers=headers)


def address(to: Recipient, made: Parcel, end: str = "") -> str:
    return f"/api/v1/uptake/recipients/{to.id}/parcels/{made.id}{end}"


def test_a_parcel_holds_what_is_published_and_nothing_of_a_rater(city: City, quarter: str) -> None:
    case = open_case(city)
    to, _ = recipient(city)
    document = parcel(city, to, case=case).document
    (department,) = document["departments"]
    assert document["quarter"] == quarter
    channels = {one["channel"]: one for one in department["campaigns"][0]["channels"]}
    assert channels["enterprise_online"] == {"channel": "enterprise_online", "withheld": True}
    assert document["items"][1]["case"]["number"] == case.number
    assert case.title not in str(document["items"])


def test_a_second_tap_hands_nothing_on_twice(city: City, quarter: str) -> None:
    del quarter
    to, _ = recipient(city)
    case = open_case(city)
    parcel(city, to, case=case)
    with pytest.raises(Refusal) as refusal:
        parcel(city, to, case=case)
    assert refusal.value.code == "parcel_repeated"
    assert parcel(city, to, case=case, note="另一次").note == "另一次"


def test_a_changed_file_is_not_genuine(city: City, quarter: str) -> None:
    del quarter
    to, _ = recipient(city)
    file = json.loads(json.dumps(service.file_of(parcel(city, to))))
    key = str(signer().key)
    assert file["key"] == key
    assert signing.is_genuine(file, key)
    file["document"]["items"][0]["text"] += "。"
    assert not signing.is_genuine(file, key)


def test_nothing_is_handed_on_of_a_quarter_that_is_not_published(city: City) -> None:
    to, _ = recipient(city)
    with pytest.raises(Refusal) as refusal:
        parcel(city, to)
    assert refusal.value.code == "quarter_not_published"


def test_only_the_office_of_the_whole_city_hands_on(city: City, quarter: str) -> None:
    del quarter
    department = city.departments[0]
    small = Actor(
        ActorKind.ACCOUNT,
        city.accounts["office2"].id,
        (Grant(Role.OFFICE, department.id, department.path),),
    )
    for actor in (small, city.actors["inspector"], city.actors["admin"]):
        with pytest.raises(Refusal), transaction():
            service.add_recipient(
                "组织部", RecipientKind.PERSONNEL, "", actor=actor, now=clock.now()
            )


def test_a_recipient_fetches_and_acknowledges_by_its_signature(
    city: City, quarter: str, client: FlaskClient
) -> None:
    del quarter
    to, secret = recipient(city)
    made = parcel(city, to)
    fetched = call(client, address(to, made), secret)
    assert fetched.status_code == 200, fetched.text
    assert signing.is_genuine(fetched.json, str(signer().key))
    item = str(queries.items(made.id)[0].id)
    said = {
        "by": "案件监督管理室",
        "items": [{"id": item, "state": "done", "by": "王处", "outcome": "已列入监督重点"}],
    }
    path = address(to, made, "/acknowledgements")
    for _ in range(2):
        answer = call(client, path, secret, body=said)
        assert answer.status_code == 200, answer.text
    assert answer.json["acknowledged_by"] == "案件监督管理室"
    assert answer.json["items"][0]["state"] == "done"
    assert answer.json["items"][0]["outcome"] == "已列入监督重点"


def test_an_old_message_takes_nothing_back(city: City, quarter: str, client: FlaskClient) -> None:
    del quarter
    to, secret = recipient(city)
    made = parcel(city, to)
    item = str(queries.items(made.id)[0].id)
    path = address(to, made, "/acknowledgements")
    for state, outcome in (("done", "已运用"), ("taken_over", "")):
        move = {"id": item, "state": state, "outcome": outcome}
        answer = call(client, path, secret, body={"by": "王处", "items": [move]})
    assert answer.json["items"][0]["state"] == "done"


@pytest.mark.parametrize("wrong", ["secret", "path", "age", "recipient"])
def test_a_request_that_the_recipient_did_not_sign_just_now_is_refused(
    city: City, quarter: str, client: FlaskClient, wrong: str
) -> None:
    del quarter
    to, secret = recipient(city)
    other, others_secret = recipient(city, "组织部")
    made = parcel(city, to)
    path = address(to, made)
    if wrong == "secret":
        answer = call(client, path, others_secret)
    elif wrong == "path":
        answer = call(client, path, secret, signed_path=address(to, made, "/acknowledgements"))
    elif wrong == "age":
        answer = call(client, path, secret, at=clock.now() - timedelta(minutes=6))
    else:
        answer = call(client, address(other, made), others_secret)
    assert answer.status_code == (404 if wrong == "recipient" else 401)


def test_a_recipient_that_is_no_longer_used_gets_nothing(
    city: City, quarter: str, client: FlaskClient
) -> None:
    del quarter
    to, secret = recipient(city)
    made = parcel(city, to)
    with transaction():
        service.change_recipient(
            to.id,
            to.name,
            RecipientKind.DISCIPLINE,
            "",
            active=False,
            actor=city.actors["office1"],
            now=clock.now(),
        )
    assert call(client, address(to, made), secret).status_code == 401


def test_by_hand_the_first_digits_of_the_file_are_needed(city: City, quarter: str) -> None:
    del quarter
    to, _ = recipient(city)
    made = parcel(city, to)
    office, now = city.actors["office1"], clock.now()
    with pytest.raises(InvalidInput), transaction():
        service.acknowledge_by_hand(made.id, "李处", "00000000", actor=office, now=now)
    with transaction():
        code = made.digest.hex()[:8].upper()
        service.acknowledge_by_hand(made.id, "李处", code, actor=office, now=now)
    item = queries.items(made.id)[0].id
    with transaction():
        service.note_item(item, ItemState.TAKEN_OVER, "张科", "", actor=office, now=now)
    with pytest.raises(InvalidInput), transaction():
        service.note_item(item, ItemState.DONE, "张科", "", actor=office, now=now)
    with transaction():
        service.note_item(item, ItemState.DONE, "张科", "已用于考察", actor=office, now=now)
    found = queries.item(item)
    assert (found.taken_by, found.state, found.outcome) == ("张科", "done", "已用于考察")
    with pytest.raises(Refusal), transaction():
        service.note_item(item, ItemState.RETURNED, "张科", "不用了", actor=office, now=now)


def test_the_files_of_a_parcel_can_be_kept(city: City, quarter: str, desk: SignIn) -> None:
    del quarter
    to, _ = recipient(city)
    made = parcel(city, to, note="=1+1")
    office = desk("office1")
    for end, start in (("parcel.json", b"{"), ("list.docx", b"PK"), ("list.xlsx", b"PK")):
        answer = office.get(f"/uptake/parcels/{made.id}/{end}")
        assert answer.data.startswith(start)
        assert "attachment" in answer.headers["Content-Disposition"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    assert book.get_sheet_by_name("清单").to_python()[1][1] == "市场监督管理局"
    assert ["说明", "=1+1"] in book.get_sheet_by_name("说明").to_python()


def test_the_document_of_a_list_is_to_be_signed() -> None:
    line = lists.Line("公安局", "2026-00001", "请研究", "待接收", "", "", "", "")
    head = lists.Head("清单", "市纪委监委", "编号 1", "", "ab" * 32, "评价办", "2026-10-20")
    pages = Document(io.BytesIO(lists.as_document(head, [line])))
    assert "接收人" in pages.paragraphs[-1].text
    assert pages.tables[0].rows[1].cells[1].text == "公安局"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE uptake_parcel SET document = '{}'",
        "UPDATE uptake_parcel SET signature = ''",
        "DELETE FROM uptake_parcel",
    ],
)
def test_the_database_keeps_a_parcel_as_it_was_signed(
    city: City, quarter: str, statement: str
) -> None:
    del quarter
    to, _ = recipient(city)
    parcel(city, to)
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(text(statement))
