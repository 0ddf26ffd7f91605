"""Settings: a change is a new row with its reason, and the rules of each are kept."""

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from server.audit.models import AuditEntry
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.settings import queries, service
from server.settings.rules import (
    LEVEL_SCORES,
    OFFICE_NAME,
    QUIET_HOURS,
    SETTINGS,
    SMALLEST_GROUP,
)
from tests.factories.city import City
from tests.factories.identity import at_once

SCORES = {"5": "100", "4": "75", "3": "55", "2": "20", "1": "0"}


def change(key: str, value: object) -> None:
    with transaction():
        service.change(key, value, reason="市里要求", actor=SYSTEM, now=clock.now())


def test_a_setting_has_its_default_until_it_is_changed(app: APIFlask) -> None:
    for key, setting in SETTINGS.items():
        assert queries.value(key) == queries.values()[key] == setting.default
    assert queries.value(SMALLEST_GROUP) == 10
    assert queries.value(LEVEL_SCORES) == {"5": "100", "4": "80", "3": "60", "2": "30", "1": "0"}


def test_every_default_passes_its_own_check() -> None:
    for setting in SETTINGS.values():
        assert setting.check(setting.default, setting.default) == setting.default


def test_a_change_takes_effect_and_its_history_tells_all(city: City) -> None:
    office = city.actors["admin"]
    for name in ("第一评价办", "第二评价办"):
        with transaction():
            service.change(OFFICE_NAME, name, reason="更名", actor=office, now=clock.now())
    assert queries.value(OFFICE_NAME) == queries.values()[OFFICE_NAME] == "第二评价办"
    history = queries.history(OFFICE_NAME)
    assert [version.value for version in history] == ["第二评价办", "第一评价办"]
    assert (history[0].reason, history[0].changed_by) == ("更名", office.id)
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "setting.changed").order_by(AuditEntry.id)
    ).all()[-1]
    assert entry.detail == {"before": "第一评价办", "after": "第二评价办"}


@pytest.mark.parametrize(
    "statement", ["UPDATE setting_version SET value = '1'", "DELETE FROM setting_version"]
)
def test_history_can_not_be_rewritten(app: APIFlask, statement: str) -> None:
    change(OFFICE_NAME, "评价办")
    with pytest.raises(IntegrityError, match="append-only"):
        db.session.execute(text(statement))
    db.session.rollback()


def test_the_smallest_group_only_rises(app: APIFlask) -> None:
    change(SMALLEST_GROUP, "15")
    assert queries.value(SMALLEST_GROUP) == 15
    for lower in (14, 10, 9, 0, -1):
        with pytest.raises(Refusal) as refusal:
            change(SMALLEST_GROUP, lower)
        assert refusal.value.code == "setting_refused"
        assert "15" in refusal.value.message
    assert queries.value(SMALLEST_GROUP) == 15


def test_two_changes_at_once_are_checked_one_after_the_other(app: APIFlask) -> None:
    def rise_to(value: int) -> object:
        return service.change(SMALLEST_GROUP, value, reason="", actor=SYSTEM, now=clock.now())

    at_once(app, [lambda: rise_to(12), lambda: rise_to(30)])
    assert queries.value(SMALLEST_GROUP) == 30


@pytest.mark.parametrize(
    "value",
    [
        {**SCORES, "5": "99"},
        {**SCORES, "1": "1"},
        {**SCORES, "3": "76"},
        {**SCORES, "4": "many"},
        {**SCORES, "4": "NaN"},
        {**SCORES, "4": "Infinity"},
        {key: SCORES[key] for key in "5431"},
        {**SCORES, "0": "0"},
        "100",
        None,
    ],
)
def test_a_wrong_table_of_scores_is_refused(app: APIFlask, value: object) -> None:
    with pytest.raises(Refusal) as refusal:
        change(LEVEL_SCORES, value)
    assert (refusal.value.code, refusal.value.field) == ("setting_refused", LEVEL_SCORES)


def test_other_scores_are_taken(app: APIFlask) -> None:
    change(LEVEL_SCORES, SCORES)
    assert queries.value(LEVEL_SCORES) == SCORES


@pytest.mark.parametrize(
    ("key", "value"), [(SMALLEST_GROUP, "ten"), (SMALLEST_GROUP, None), (OFFICE_NAME, "长" * 61)]
)
def test_a_value_of_the_wrong_kind_is_refused(app: APIFlask, key: str, value: object) -> None:
    with pytest.raises(Refusal):
        change(key, value)


def test_an_unknown_setting_is_404(app: APIFlask) -> None:
    with pytest.raises(Refusal) as refusal:
        change("unrated_counts_as_satisfied", True)
    assert refusal.value.status == 404


@pytest.mark.parametrize(
    ("value", "kept"),
    [("22:00-07:30", "22:00-07:30"), (" 22：00—07：30 ", "22:00-07:30"), ("", "")],
)
def test_quiet_hours_are_two_times_of_the_day_or_none(app: APIFlask, value: str, kept: str) -> None:
    change(QUIET_HOURS, value)
    assert queries.value(QUIET_HOURS) == kept


@pytest.mark.parametrize("value", ["22:00", "24:00-07:00", "22:00-22:00", "night", "9:00-17:00"])
def test_other_quiet_hours_are_refused(app: APIFlask, value: str) -> None:
    with pytest.raises(Refusal):
        change(QUIET_HOURS, value)
