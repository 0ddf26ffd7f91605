"""Pairings: made, changed, ended, taken back; never two of the same two at once."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server.audit.models import AuditEntry
from server.campaigns import service as campaigns
from server.campaigns.rules import Channel
from server.core import clock
from server.core.access import Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.identity import service as identity
from server.pairings import queries, rules, service
from server.pairings.models import Pairing
from tests.factories.city import City
from tests.factories.closing import close
from tests.factories.identity import actor_in, at_once
from tests.factories.pairings import make_community, make_village, pair, signed_campaign

JANUARY, JUNE, DECEMBER = date(2026, 1, 1), date(2026, 6, 30), date(2026, 12, 31)


def refused(action: Callable[[], Any]) -> str:
    """Carry an action out and return the code with which it was refused."""
    with pytest.raises(Refusal) as refusal, transaction():
        action()
    return refusal.value.code


def actions() -> list[str]:
    return list(
        db.session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.subject_kind == "pairing")
            .order_by(AuditEntry.id)
        )
    )


def test_two_are_paired_on_both_days_of_the_period_and_on_no_other(city: City) -> None:
    community, department = make_community(city), city.departments[0]
    pair(city, community, department, starts_on=JANUARY, ends_on=JUNE)
    for day, holds in (
        (JANUARY - timedelta(days=1), False),
        (JANUARY, True),
        (JUNE, True),
        (JUNE + timedelta(days=1), False),
    ):
        assert queries.paired(community.id, department.id, day) is holds
        assert [one.id for one in queries.departments_of(community.id, day)] == (
            [department.id] if holds else []
        )
        assert [one.id for one in queries.organisations_of(department.id, day)] == (
            [community.id] if holds else []
        )


def test_a_pairing_without_an_end_holds_for_good(city: City) -> None:
    community, department = make_community(city), city.departments[0]
    pair(city, community, department, starts_on=JANUARY)
    assert queries.paired(community.id, department.id, date(2099, 1, 1))
    assert not queries.paired(community.id, city.departments[1].id, JUNE)


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (JUNE, DECEMBER),
        (date(2026, 3, 1), date(2026, 3, 31)),
        (date(2025, 1, 1), JANUARY),
        (date(2025, 1, 1), None),
    ],
)
def test_the_same_two_are_never_paired_twice_on_one_day(
    city: City, starts_on: date, ends_on: date | None
) -> None:
    community, department = make_community(city), city.departments[0]
    pair(city, community, department, starts_on=JANUARY, ends_on=JUNE)
    code = refused(lambda: pair(city, community, department, starts_on=starts_on, ends_on=ends_on))
    assert code == "pairing_overlap"
    pair(city, community, city.departments[1], starts_on=starts_on, ends_on=ends_on)
    pair(city, community, department, starts_on=JUNE + timedelta(days=1), ends_on=DECEMBER)


def test_of_many_who_pair_the_same_two_at_once_one_succeeds(app: APIFlask, city: City) -> None:
    community, department = make_community(city).id, city.departments[0].id
    office = city.actors["office1"]
    outcomes = at_once(
        app,
        [
            lambda day=day: service.create_pairing(
                community,
                department,
                starts_on=JANUARY + timedelta(days=day),
                actor=office,
                now=clock.now(),
            )
            for day in range(6)
        ],
    )
    assert sorted(outcomes) == ["done", *["pairing_overlap"] * 5]


def test_only_a_community_or_village_is_paired_with_a_rated_department(city: City) -> None:
    community, village = make_community(city), make_village(city)
    department, library = city.departments[0], city.departments[2]
    pair(city, village, library)
    assert refused(lambda: pair(city, city.enterprise, department)) == "pairing_not_signing"
    assert refused(lambda: pair(city, department, library)) == "pairing_not_signing"
    assert refused(lambda: pair(city, community, village)) == "pairing_not_rated"
    with transaction():
        identity.set_organisation_active(
            community.id, active=False, actor=city.actors["admin"], now=clock.now()
        )
    assert refused(lambda: pair(city, community, department)) == "pairing_side_retired"


def test_an_end_before_the_start_is_named(city: City) -> None:
    with pytest.raises(InvalidInput) as refusal:
        pair(city, make_community(city), city.departments[0], starts_on=JUNE, ends_on=JANUARY)
    assert refusal.value.errors[0]["field"] == "ends_on"


def test_only_an_office_that_reaches_the_department_writes(city: City) -> None:
    community, department = make_community(city), city.departments[0]
    pairing = pair(city, community, department)
    own = actor_in(Role.OFFICE, department)
    foreign = actor_in(Role.OFFICE, city.departments[1])
    now, today = clock.now(), clock.today()
    for actor in (foreign, city.actors["head"], city.actors["admin"], city.actors["liaison"]):
        for action in (
            lambda actor=actor: service.create_pairing(
                community.id, department.id, starts_on=JANUARY, actor=actor, now=now
            ),
            lambda actor=actor: service.change_pairing(
                pairing.id, starts_on=JANUARY, ends_on=None, note="", actor=actor, now=now
            ),
            lambda actor=actor: service.end_pairing(
                pairing.id, ends_on=today, actor=actor, now=now
            ),
            lambda actor=actor: service.drop_pairing(pairing.id, actor=actor, now=now),
            lambda actor=actor: queries.row(pairing.id, actor=actor),
        ):
            assert refused(action) == "not_allowed"
    with transaction():
        service.end_pairing(pairing.id, ends_on=today, actor=own, now=now)


def test_what_was_changed_and_ended_stays_in_the_log_with_both_periods(city: City) -> None:
    pairing = pair(city, make_community(city), city.departments[0], starts_on=JANUARY)
    office, now, today = city.actors["office1"], clock.now(), clock.today()
    with transaction():
        service.change_pairing(
            pairing.id, starts_on=JUNE, ends_on=None, note="会议纪要", actor=office, now=now
        )
        service.end_pairing(pairing.id, ends_on=today, actor=office, now=now)
    assert actions() == ["pairing.created", "pairing.changed", "pairing.ended"]
    changed, ended = db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject_kind == "pairing").order_by(AuditEntry.id)
    ).all()[1:]
    assert changed.detail == {"before": "2026-01-01 至 长期", "after": "2026-06-30 至 长期"}
    assert ended.detail["after"] == f"2026-06-30 至 {today}"
    row = queries.row(pairing.id, actor=office)
    assert (row.pairing.ends_on, row.pairing.note) == (today, "会议纪要")


def test_an_end_in_the_past_and_a_second_end_are_refused(city: City) -> None:
    community, department = make_community(city), city.departments[0]
    today, now, office = clock.today(), clock.now(), city.actors["office1"]
    running = pair(city, community, department)
    over = pair(city, community, city.departments[1], starts_on=JANUARY, ends_on=JUNE)

    def end(pairing_id: int, day: date) -> Callable[[], Any]:
        return lambda: service.end_pairing(pairing_id, ends_on=day, actor=office, now=now)

    assert refused(end(running.id, today - timedelta(days=1))) == "pairing_end_past"
    assert refused(end(over.id, today)) == "pairing_over"


def test_a_pairing_that_has_begun_is_history_and_one_to_come_can_be_taken_back(city: City) -> None:
    community, now = make_community(city), clock.now()
    begun = pair(city, community, city.departments[0], starts_on=clock.today())
    coming = pair(city, community, city.departments[1], starts_on=clock.today() + timedelta(days=1))
    office = city.actors["office1"]
    assert refused(lambda: service.drop_pairing(begun.id, actor=office, now=now)) == "pairing_begun"
    with transaction():
        service.drop_pairing(coming.id, actor=office, now=now)
    assert refused(lambda: queries.pairing(coming.id)) == "pairing_unknown"
    assert actions()[-1] == "pairing.dropped"


def test_nobody_takes_a_pairing_from_a_campaign_that_is_open(city: City) -> None:
    community, department = make_community(city), city.departments[0]
    pairing = pair(city, community, department)
    campaign = signed_campaign(city)
    office, now, today = city.actors["office1"], clock.now(), clock.today()
    opening = clock.local_date(campaign.opens_at)

    def change(starts_on: date, ends_on: date | None) -> Callable[[], Any]:
        return lambda: service.change_pairing(
            pairing.id, starts_on=starts_on, ends_on=ends_on, note="", actor=office, now=now
        )

    before = opening - timedelta(days=1)
    assert refused(change(pairing.starts_on, before)) == "pairing_in_campaign"
    assert refused(change(opening + timedelta(days=1), None)) == "pairing_in_campaign"
    with transaction():
        service.end_pairing(pairing.id, ends_on=today, actor=office, now=now)
    close(campaign.id)
    # Nor afterwards: scores tell how many could have rated.
    assert refused(change(pairing.starts_on, before)) == "pairing_in_campaign"


def test_nobody_adds_a_pairing_to_a_campaign_that_was_opened(city: City) -> None:
    community, department = make_community(city), city.departments[0]
    office, today = city.actors["office1"], clock.today()
    later = pair(city, community, department, starts_on=today + timedelta(days=40))
    campaign = signed_campaign(city)

    def change(pairing: Pairing, starts_on: date) -> Callable[[], Any]:
        return lambda: service.change_pairing(
            pairing.id, starts_on=starts_on, ends_on=None, note="", actor=office, now=clock.now()
        )

    long_ago = today - timedelta(days=400)
    assert refused(change(later, long_ago)) == "pairing_too_late"
    with transaction():
        change(later, today + timedelta(days=20))()
    # One that was made after the opening may have its true days, and doesn't count.
    other = make_community(city, "湖畔社区")
    made_late = pair(city, other, department, starts_on=long_ago)
    with transaction():
        change(made_late, long_ago - timedelta(days=1))()
    assert not queries.counts_in(campaign.id, other.id, department.id)
    close(campaign.id)
    assert refused(change(later, long_ago)) == "pairing_too_late"


def test_a_pairing_can_be_moved_until_its_campaign_opens(city: City) -> None:
    community, department = make_community(city), city.departments[0]
    later = pair(city, community, department, starts_on=clock.today() + timedelta(days=40))
    draft = city.campaign(channels=(Channel.COMMUNITY,), is_open=False)
    with transaction():
        service.change_pairing(
            later.id,
            starts_on=clock.today() - timedelta(days=40),
            ends_on=None,
            note="",
            actor=city.actors["office1"],
            now=clock.now(),
        )
        campaigns.open_campaign(draft.id, actor=city.actors["office1"], now=clock.now())
    assert queries.counts_in(draft.id, community.id, department.id)
    assert queries.numbers_paired(draft.id) == {(department.id, Channel.COMMUNITY): 1}


def test_the_list_finds_either_side_by_pinyin_and_pages_by_key(city: City) -> None:
    communities = [make_community(city, name) for name in ("滨江社区", "东门社区", "西湖社区")]
    for community in communities:
        pair(city, community, city.departments[0])
    pair(city, communities[0], city.departments[1], starts_on=JANUARY, ends_on=JUNE)
    office, today = city.actors["office1"], clock.today()

    def names(**more: Any) -> list[tuple[str, str]]:
        found = queries.pairing_page(actor=office, today=today, **more)
        return [(row.organisation.name, row.department.name) for row in found.items]

    assert names(q="bj") == [("滨江社区", "公安局"), ("滨江社区", "市场监督管理局")]
    assert names(q="gaj") == [("滨江社区", "公安局")]
    assert names(state=rules.OVER) == [("滨江社区", "公安局")]
    assert len(names(state=rules.RUNNING)) == 3
    assert names(state=rules.COMING) == []
    assert len(names(department_id=city.departments[0].id)) == 3
    seen, cursor = [], None
    while True:
        found = queries.pairing_page(actor=office, today=today, cursor=cursor, limit=1)
        seen += [row.pairing.id for row in found.items]
        cursor = found.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 4


def test_an_office_lists_the_pairings_of_its_own_departments_alone(city: City) -> None:
    community = make_community(city)
    for department in city.departments[:2]:
        pair(city, community, department)
    own = actor_in(Role.OFFICE, city.departments[1])
    found = queries.pairing_page(actor=own, today=clock.today())
    assert [row.department.name for row in found.items] == ["公安局"]
    assert [row.department.name for row in queries.every_pairing(actor=own)] == ["公安局"]
    assert (
        refused(lambda: queries.pairing_page(actor=city.actors["head"], today=clock.today()))
        == "not_allowed"
    )
