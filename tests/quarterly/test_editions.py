"""An edition's way: frozen, approved by another, published by a job; corrected by a new one."""

from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from server.audit.models import AuditEntry
from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.access import Actor, ActorKind, Grant, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.evaluation import registering
from server.ledger import queries as ledger
from server.notifications.models import DeskNotice
from server.notifications.rules import DeskKind
from server.publication import service as publication
from server.quarterly import checking, gathering, queries, service, tasks
from server.quarterly.models import QuarterEdition
from server.quarterly.rules import EditionState, Measure, quarter_of_campaign
from tests.factories.city import City
from tests.factories.excluding import exclude
from tests.factories.quarters import (
    campaign_with,
    freeze,
    group,
    publish,
    register_entries,
    register_everywhere,
    this_quarter,
)

UNLOCK = "ALTER TABLE quarter_edition {} TRIGGER USER"


def forge(edition_id: int, **values: object) -> None:
    """Change a row as somebody who owns the database can."""
    with transaction():
        db.session.execute(text(UNLOCK.format("DISABLE")))
        db.session.execute(
            update(QuarterEdition).where(QuarterEdition.id == edition_id).values(**values)
        )
        db.session.execute(text(UNLOCK.format("ENABLE")))


PLEASED = {(0, Channel.OPEN): [5] * 12, (1, Channel.OPEN): [4] * 14}


def test_a_second_person_approves_and_the_job_publishes_at_the_time_with_the_logs_head(
    city: City,
) -> None:
    campaign_with(city, PLEASED)
    frozen = freeze(city)
    assert frozen.state == EditionState.FROZEN
    now = clock.now()
    later = now + timedelta(hours=2)
    with transaction():
        service.approve(frozen.id, publish_at=later, actor=city.actors["office2"], now=now)
    assert list(queries.due_ids(now)) == []
    with transaction():
        assert not service.publish_due(frozen.id, now=now)
    # Runs were missed for a day: the next one makes up for them, and once.
    with transaction():
        assert service.publish_due(frozen.id, now=later + timedelta(days=1))
    with transaction():
        assert not service.publish_due(frozen.id, now=later + timedelta(days=2))
    found = queries.published_edition(this_quarter())
    assert found.id == frozen.id
    assert found.checkpoint == ledger.head().note
    assert found.digest == frozen.digest


def test_who_froze_it_can_not_approve_it_nor_can_who_stands_in_for_him(city: City) -> None:
    campaign_with(city, PLEASED)
    frozen = freeze(city)
    mine = city.actors["office1"]
    other = city.actors["office2"]
    lent = tuple(
        Grant(one.role, one.organisation_id, one.path, lent_by=mine.id) for one in mine.grants
    )
    stand_in = Actor(ActorKind.ACCOUNT, other.id, other.grants + lent)
    for actor in (mine, stand_in):
        with pytest.raises(Refusal, match="quarter_same_person"), transaction():
            service.approve(frozen.id, publish_at=clock.now(), actor=actor, now=clock.now())
    assert queries.edition(frozen.id).state == EditionState.FROZEN


def test_an_office_of_one_department_can_not_freeze_the_citys_quarter(city: City) -> None:
    campaign_with(city, PLEASED)
    place = city.departments[0]
    small = Actor(
        ActorKind.ACCOUNT, city.actors["office1"].id, (Grant(Role.OFFICE, place.id, place.path),)
    )
    with pytest.raises(Refusal, match="not_allowed"), transaction():
        service.freeze(this_quarter(), actor=small, now=clock.now())


def test_only_one_edition_of_a_quarter_is_under_way(city: City) -> None:
    campaign_with(city, PLEASED)
    first = freeze(city)
    with pytest.raises(Refusal, match="quarter_underway"):
        freeze(city)
    with transaction():
        service.drop(first.id, reason="数字有误", actor=city.actors["office2"], now=clock.now())
    again = freeze(city)
    assert again.edition == 1
    assert [one.state for one in queries.every_edition(this_quarter())] == ["frozen", "dropped"]


def test_what_was_looked_at_is_what_is_frozen(city: City) -> None:
    campaign_with(city, PLEASED)
    seen = service.preview(this_quarter(), now=clock.now()).digest
    register_everywhere(city)
    with pytest.raises(Refusal, match="quarter_changed"), transaction():
        service.freeze(this_quarter(), digest=seen, actor=city.actors["office1"], now=clock.now())


def test_an_empty_quarter_and_an_unchanged_one_are_refused(city: City) -> None:
    with pytest.raises(Refusal, match="quarter_empty"):
        freeze(city)
    campaign_with(city, PLEASED)
    publish(city)
    with pytest.raises(Refusal, match="quarter_unchanged"):
        freeze(city, note="再来一次")


def test_a_correction_is_a_new_edition_that_says_why_and_what(city: City) -> None:
    campaign, stored = campaign_with(
        city, {(0, Channel.OPEN): [1] * 12 + [5] * 12}, kind=CampaignKind.SURVEY
    )
    first = publish(city)
    for identifier in stored[0, Channel.OPEN][:12]:
        exclude(city, campaign.id, identifier)
    with transaction():
        publication.publish(
            campaign.id, note="剔除刷评", actor=city.actors["office1"], now=clock.now()
        )
    with pytest.raises(InvalidInput):
        freeze(city)
    second = publish(city, note="剔除组织刷评")
    assert (second.edition, second.note) == (2, "剔除组织刷评")
    assert [one.edition for one in queries.published_editions(this_quarter())] == [2, 1]
    assert queries.published_edition(this_quarter(), 1).digest == first.digest
    changed = service.changes(first.document, second.document)
    told = {("，".join(one.words()), one.before, one.after) for one in changed}
    assert ("评价活动，2026 年第四季度评价，公众自主评价，份数", 24, 12) in told
    assert ("评价活动，2026 年第四季度评价，公众自主评价，得分", "50.00", "100.00") in told


def test_what_was_published_never_changes_and_can_not_be_dropped(city: City) -> None:
    campaign_with(city, PLEASED)
    done = publish(city)
    with pytest.raises(Refusal, match="edition_final"), transaction():
        service.drop(done.id, reason="后悔", actor=city.actors["office2"], now=clock.now())
    with pytest.raises(Refusal, match="edition_not_frozen"), transaction():
        service.approve(
            done.id, publish_at=clock.now(), actor=city.actors["office2"], now=clock.now()
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE quarter_edition SET document = '{}'",
        "UPDATE quarter_edition SET checkpoint = ''",
        "DELETE FROM quarter_edition",
    ],
)
def test_the_database_lets_nobody_change_what_was_published(city: City, statement: str) -> None:
    campaign_with(city, PLEASED)
    publish(city)
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(text(statement))


def test_the_command_makes_editions_again_and_finds_the_one_that_differs(city: City) -> None:
    campaign_with(city, PLEASED)
    register_everywhere(city)
    made = publish(city)
    runner = current_app.test_cli_runner()
    sound = runner.invoke(args=["check-quarter", this_quarter()])
    assert sound.exit_code == 0
    assert f"{made.digest.hex()} ok" in sound.output
    forge(made.id, document={**made.document, "smallest_group": 5})
    broken = runner.invoke(args=["check-quarter"])
    assert broken.exit_code == 1
    assert "公布文件与登记的校验码不符" in broken.output
    assert runner.invoke(args=["check-quarter", "2026Q9"]).exit_code == 1


def test_a_rating_that_is_taken_back_changes_no_edition_and_stays_in_the_next(city: City) -> None:
    poor = {(0, Channel.OPEN): [1] * 12 + [5] * 20}
    campaign, stored = campaign_with(city, poor, visits={(0, Channel.OPEN): 12})
    for place in (1, 2):
        register_entries(city, place, 15)
    made, later = publish(city), clock.now() + timedelta(days=2)
    with transaction():
        ids = stored[0, Channel.OPEN][:3]
        registering.release(campaign.id, ids, by_rater=True, now=later)
    runner = current_app.test_cli_runner()
    assert f"{made.digest.hex()} ok" in runner.invoke(args=["check-quarter"]).output
    found = gathering.case_figures(this_quarter(), as_of=later)[city.departments[0].id]
    assert found[Measure.REGISTERED].of == 12


def test_each_step_is_in_the_audit_log_and_approvers_are_told(city: City) -> None:
    campaign_with(city, PLEASED)
    publish(city)
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.startswith("quarter."))
    ).all()
    assert sorted(actions) == ["quarter.approved", "quarter.frozen", "quarter.published"]
    told = db.session.execute(select(DeskNotice.kind, DeskNotice.account_id)).all()
    frozen = {row.account_id for row in told if row.kind == DeskKind.QUARTER_FROZEN.value}
    assert city.actors["office2"].id in frozen
    assert city.actors["office1"].id not in frozen
    assert any(row.kind == DeskKind.QUARTER_PUBLISHED.value for row in told)


def test_the_same_inputs_give_the_same_digest_and_a_changed_figure_is_found(city: City) -> None:
    campaign_with(city, PLEASED)
    register_everywhere(city)
    group(city, "窗口部门", [0, 1])
    made = publish(city)
    assert checking.faults(made) == []
    row = db.session.get_one(QuarterEdition, made.id)
    forged = {**row.document, "smallest_group": 11}
    forge(made.id, document=forged)
    assert checking.faults(made) == ["公布文件与登记的校验码不符"]


def test_an_edition_that_was_altered_after_its_approval_is_not_published(city: City) -> None:
    campaign_with(city, PLEASED)
    register_everywhere(city)
    frozen = freeze(city)
    now = clock.now()
    with transaction():
        service.approve(frozen.id, publish_at=now, actor=city.actors["office2"], now=now)
    inputs = frozen.inputs
    department = next(iter(inputs["cases"]))
    inputs["cases"][department]["registered"]["of"] = 14
    forge(frozen.id, inputs=inputs)
    tasks.publish_quarters(0)
    assert queries.edition(frozen.id).state == EditionState.APPROVED
    assert db.session.scalar(select(func.count()).select_from(QuarterEdition)) == 1


def test_departments_stand_in_their_groups_by_name_and_ranks_are_of_the_group(city: City) -> None:
    campaign_with(city, {(place, Channel.OPEN): [5] * 12 for place in range(3)})
    group(city, "窗口部门", [0, 1])
    document = publish(city).document
    names = [(one["name"], len(one["departments"])) for one in document["groups"]]
    assert names == [("窗口部门", 2), (None, 1)]
    assert "cases" not in document["groups"][1], "departments of no group have no sum"


def test_the_day_of_freezing_is_shanghais(city: City) -> None:
    campaign_with(city, PLEASED)
    frozen = freeze(city, now=clock.now().replace(hour=20, minute=30))
    assert frozen.document["as_of"] == clock.local_date(frozen.frozen_at).isoformat()


def test_a_campaign_belongs_to_one_quarter(city: City) -> None:
    del city
    at = clock.now().replace(2026, 9, 30, 15, 30)
    kinds = {"opens_at": at - timedelta(days=90), "closes_at": at}
    survey, visits = CampaignKind.SURVEY, CampaignKind.SERVICE
    assert quarter_of_campaign(survey, closed_at=at + timedelta(hours=9), **kinds) == "2026Q3"
    assert quarter_of_campaign(survey, closed_at=None, **kinds) is None
    assert quarter_of_campaign(visits, closed_at=None, **kinds) == "2026Q3"
