"""Batches by API: signed, fresh, new; rows judged one by one."""

import json
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.sources import service
from server.sources.models import Source, SourceMatter, SourceNonce
from server.sources.service.batches import signed
from tests.factories.city import City

ROW = {
    "ticket": "H-1",
    "time": "2026-11-01 09:30",
    "department": "公安局",
    "level": 5,
    "text": "很快",
    "contact": "13800000000",
}
Post = Callable[..., TestResponse]


@pytest.fixture
def secret(hotline: Source, city: City) -> str:
    with transaction():
        return service.issue_secret(hotline.id, actor=city.actors["office1"], now=clock.now())


@pytest.fixture
def post(app: APIFlask, client: FlaskClient, hotline: Source, secret: str) -> Post:
    def send(
        rows: Any, *, nonce: str = "", age: timedelta = timedelta(), **headers: str
    ) -> TestResponse:
        body = json.dumps({"rows": rows}).encode()
        timestamp = str(int((clock.now() - age).timestamp()))
        nonce = nonce or secrets.token_hex(16)
        return client.post(
            f"/api/v1/sources/{hotline.id}/batches",
            data=body,
            content_type="application/json",
            headers={
                "Ronghe-Timestamp": timestamp,
                "Ronghe-Nonce": nonce,
                "Ronghe-Signature": signed(secret, timestamp, nonce, body),
                **headers,
            },
        )

    return send


def tickets() -> list[str]:
    return sorted(db.session.scalars(select(SourceMatter.ticket)))


def test_good_rows_go_in_and_bad_ones_are_named(post: Post) -> None:
    answer = post([ROW, {**ROW, "ticket": ""}, {**ROW, "ticket": "H-3", "level": "6\0"}])
    assert answer.status_code == 201, answer.text
    assert answer.json["counts"] | {"read": 3, "new": 1, "refused": 2} == answer.json["counts"]
    assert [(one["row"], one["ticket"]) for one in answer.json["refused"]] == [(2, ""), (3, "H-3")]
    assert answer.json["refused"][0]["errors"][0]["field"] == "ticket"
    assert tickets() == ["H-1"]


def test_a_batch_sent_again_is_answered_alike_and_changes_nothing(post: Post) -> None:
    nonce = secrets.token_hex(16)
    first = post([ROW], nonce=nonce)
    again = post([ROW], nonce=nonce)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    other = post([{**ROW, "ticket": "H-2"}], nonce=nonce)
    assert (other.status_code, other.json["code"]) == (409, "batch_nonce_reused")
    assert tickets() == ["H-1"]


def test_what_is_not_signed_just_now_stays_out(post: Post, secret: str) -> None:
    for headers, status, code in (
        ({"Ronghe-Signature": "0" * 64}, 401, "batch_signature_wrong"),
        ({"Ronghe-Nonce": "other-nonce-of-16-characters"}, 401, "batch_signature_wrong"),
        ({"Ronghe-Signature": "x"}, 400, "batch_header_missing"),
        ({"Ronghe-Nonce": "short"}, 400, "batch_header_missing"),
        ({"Ronghe-Timestamp": "now"}, 400, "batch_header_missing"),
    ):
        answer = post([ROW], **headers)
        assert (answer.status_code, answer.json["code"]) == (status, code)
    for age in (timedelta(minutes=6), timedelta(minutes=-6)):
        answer = post([ROW], age=age)
        assert (answer.status_code, answer.json["code"]) == (401, "batch_too_old")
    assert tickets() == []
    assert db.session.scalars(select(SourceNonce)).all() == []


def test_a_new_secret_ends_the_one_before(
    post: Post, hotline: Source, city: City, client: FlaskClient
) -> None:
    assert post([ROW]).status_code == 201
    with transaction():
        service.issue_secret(hotline.id, actor=city.actors["office1"], now=clock.now())
    assert post([ROW]).status_code == 401


def test_what_is_no_batch_is_refused_by_field(post: Post) -> None:
    for rows in ([], "x", [{"ticket": {"a": 1}}], [{"unknown": 1}], [1]):
        answer = post(rows)
        assert answer.status_code == 422, answer.text
        assert answer.json["errors"][0]["field"].startswith("rows")
    assert tickets() == []


def test_texts_have_no_limit_but_the_body_s(post: Post) -> None:
    answer = post([{**ROW, "text": "长" * 300_000}])
    assert answer.status_code == 201
    (matter,) = db.session.scalars(select(SourceMatter))
    assert len(matter.body) == 300_000


def test_a_forgotten_nonce_s_timestamp_is_refused_anyway(post: Post) -> None:
    post([ROW])
    with transaction():
        service.forget_expired(clock.now() + timedelta(days=2))
    assert db.session.scalars(select(SourceNonce)).all() == []
