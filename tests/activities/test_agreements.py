"""Agreements: states, faults by field, and yearly lists whose lines become activities."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from server.activities import queries, service, tasks
from server.activities.rules import AgreementState, Aspect, Way
from server.activities.service import AgreementContent
from server.audit.models import AuditEntry
from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.identity.rules import OrganisationKind
from tests.factories.activities import content, make_agreement
from tests.factories.city import City
from tests.factories.identity import actor_in
from tests.factories.members import make_branch

THIS_YEAR = clock.today().year


@pytest.fixture
def said(branch: Organisation, other_branch: Organisation) -> AgreementContent:
    return AgreementContent(
        title="结对共建协议",
        host_id=branch.id,
        partner_ids=(other_branch.id,),
        ways=(Way.STUDY,),
        aspects=(Aspect.PLATFORM,),
        aims="共办实事。",
        starts_on=date(THIS_YEAR, 1, 1),
        ends_on=date(THIS_YEAR, 12, 31),
    )


def test_an_agreement_goes_from_draft_over_active_to_ended_and_never_back(
    said: AgreementContent,
) -> None:
    now = clock.now()
    with transaction():
        agreement = service.draft_agreement(said, actor=SYSTEM, now=now)
    assert agreement.state == "draft"
    with pytest.raises(Refusal, match="agreement_not_active"), transaction():
        service.end_agreement(agreement.id, actor=SYSTEM, now=now)
    with transaction():
        service.activate_agreement(agreement.id, actor=SYSTEM, now=now)
    with pytest.raises(Refusal, match="agreement_not_draft"), transaction():
        service.activate_agreement(agreement.id, actor=SYSTEM, now=now)
    with transaction():
        service.change_agreement(agreement.id, replace(said, aims="更多"), actor=SYSTEM, now=now)
        service.end_agreement(agreement.id, actor=SYSTEM, now=now)
    for step in (
        lambda: service.change_agreement(agreement.id, said, actor=SYSTEM, now=now),
        lambda: service.plan_activity(
            agreement.id, title="联学", year=THIS_YEAR, actor=SYSTEM, now=now
        ),
    ):
        with pytest.raises(Refusal, match="agreement_ended"), transaction():
            step()
    actions = db.session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.subject_kind == "agreement")
        .order_by(AuditEntry.id)
    ).all()
    assert actions == [
        "agreement.drafted",
        "agreement.activated",
        "agreement.changed",
        "agreement.ended",
    ]


def test_an_agreement_is_made_with_mass_organisations_too(
    city: City, branch: Organisation, said: AgreementContent
) -> None:
    partners = [
        make_branch(city.departments[0].id, name, kind)
        for name, kind in (
            ("机关工会", OrganisationKind.TRADE_UNION),
            ("机关团委", OrganisationKind.YOUTH_LEAGUE),
            ("机关妇委会", OrganisationKind.WOMENS_FEDERATION),
        )
    ]
    with transaction():
        agreement = service.draft_agreement(
            replace(said, partner_ids=tuple(one.id for one in partners)),
            actor=SYSTEM,
            now=clock.now(),
        )
    assert {one.name for one in queries.agreement_partners(agreement.id)} == {
        "机关工会",
        "机关团委",
        "机关妇委会",
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "长" * 101}, "title"),
        ({"aims": ""}, "aims"),
        ({"aims": "长" * 2001}, "aims"),
        ({"partner_ids": ()}, "partners"),
        ({"partner_ids": (999,)}, "partners"),
        ({"ways": ()}, "ways"),
        ({"ways": (Way.STUDY, Way.STUDY)}, "ways"),
        ({"aspects": ()}, "aspects"),
        ({"ends_on": date(THIS_YEAR, 1, 1)}, "ends_on"),
        ({"ends_on": date(THIS_YEAR - 1, 1, 1)}, "ends_on"),
    ],
)
def test_each_fault_of_an_agreement_is_named(
    said: AgreementContent, change: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused, transaction():
        service.draft_agreement(
            replace(said, **change),  # type: ignore[arg-type]
            actor=SYSTEM,
            now=clock.now(),
        )
    assert [error["field"] for error in refused.value.errors] == [field]


def test_a_host_is_a_party_or_mass_organisation_and_never_its_own_partner(
    city: City, branch: Organisation, said: AgreementContent
) -> None:
    for change, field in (
        ({"host_id": city.departments[0].id}, "host"),
        ({"partner_ids": (branch.id,)}, "partners"),
    ):
        with pytest.raises(InvalidInput) as refused, transaction():
            service.draft_agreement(
                replace(said, **change),  # type: ignore[arg-type]
                actor=SYSTEM,
                now=clock.now(),
            )
        assert field in {error["field"] for error in refused.value.errors}


def test_only_who_may_organise_for_the_host_keeps_an_agreement(
    said: AgreementContent, branch: Organisation, other_branch: Organisation
) -> None:
    now = clock.now()
    agreement = make_agreement(branch.id, (other_branch.id,), active=False)
    own, foreign = (
        actor_in(Role.PARTY_STAFF, branch),
        actor_in(Role.PARTY_STAFF, other_branch),
    )
    with transaction():
        line = service.plan_activity(
            agreement.id, title="联学", year=THIS_YEAR, month=9, actor=own, now=now
        )
    for step in (
        lambda: service.draft_agreement(said, actor=foreign, now=now),
        lambda: service.change_agreement(agreement.id, said, actor=foreign, now=now),
        lambda: service.activate_agreement(agreement.id, actor=foreign, now=now),
        lambda: service.end_agreement(agreement.id, actor=foreign, now=now),
        lambda: service.plan_activity(
            agreement.id, title="联学", year=THIS_YEAR, actor=foreign, now=now
        ),
        lambda: service.remove_planned(line.id, actor=foreign, now=now),
        lambda: service.draft_agreement(said, actor=actor_in(Role.OFFICE, branch), now=now),
    ):
        with pytest.raises(Refusal, match="not_allowed"), transaction():
            step()


def test_an_agreement_in_force_keeps_its_host(said: AgreementContent) -> None:
    now = clock.now()
    agreement = make_agreement(said.host_id, said.partner_ids)
    turned = replace(said, host_id=said.partner_ids[0], partner_ids=(said.host_id,))
    with pytest.raises(InvalidInput) as refused, transaction():
        service.change_agreement(agreement.id, turned, actor=SYSTEM, now=now)
    assert refused.value.errors[0]["field"] == "host"


def test_an_agreement_ends_by_itself_the_day_after_its_last(said: AgreementContent) -> None:
    today = clock.today()
    lasting = make_agreement(said.host_id, said.partner_ids, ends_on=today)
    over = make_agreement(said.host_id, said.partner_ids)
    with transaction():
        over.starts_on, over.ends_on = today - timedelta(days=9), today - timedelta(days=1)
    tasks.end_agreements(timestamp=0)
    db.session.expire_all()
    assert [queries.agreement(one.id).state for one in (lasting, over)] == ["active", "ended"]
    late = make_agreement(said.host_id, said.partner_ids, active=False)
    with pytest.raises(Refusal, match="agreement_over"), transaction():
        service.activate_agreement(late.id, actor=SYSTEM, now=clock.now() + timedelta(days=3 * 366))


def test_a_line_of_the_yearly_list_becomes_one_activity(said: AgreementContent) -> None:
    now = clock.now()
    agreement = make_agreement(said.host_id, said.partner_ids)
    with transaction():
        line = service.plan_activity(
            agreement.id, title="联学一次", year=THIS_YEAR, month=12, actor=SYSTEM, now=now
        )
    plan = content(said.host_id, starts_at=now + timedelta(days=1), agreement_id=agreement.id)
    with transaction():
        activity = service.draft_activity(plan, planned_id=line.id, actor=SYSTEM, now=now)
    assert queries.planned(agreement.id)[0].activity_id == activity.id
    with pytest.raises(Refusal, match="planned_activity_taken"), transaction():
        service.draft_activity(plan, planned_id=line.id, actor=SYSTEM, now=now)
    with pytest.raises(Refusal, match="planned_activity_taken"), transaction():
        service.remove_planned(line.id, actor=SYSTEM, now=now)
    with transaction():
        service.delete_draft(activity.id, actor=SYSTEM, now=now)
    db.session.expire_all()
    with transaction():
        service.remove_planned(line.id, actor=SYSTEM, now=now)
    assert queries.planned(agreement.id) == []


def test_a_line_belongs_to_the_agreement_that_its_activity_names(said: AgreementContent) -> None:
    now = clock.now()
    first, second = (make_agreement(said.host_id, said.partner_ids) for _ in range(2))
    with transaction():
        line = service.plan_activity(first.id, title="联学", year=THIS_YEAR, actor=SYSTEM, now=now)
    plan = content(said.host_id, starts_at=now + timedelta(days=1), agreement_id=second.id)
    with pytest.raises(Refusal, match="planned_activity_unknown"), transaction():
        service.draft_activity(plan, planned_id=line.id, actor=SYSTEM, now=now)
    with pytest.raises(Refusal, match="planned_activity_unknown"), transaction():
        service.draft_activity(plan, planned_id=999, actor=SYSTEM, now=now)


@pytest.mark.parametrize(
    ("title", "year", "month", "field"),
    [
        ("", THIS_YEAR, 1, "title"),
        ("联学", THIS_YEAR - 1, 1, "year"),
        ("联学", THIS_YEAR + 2, 1, "year"),
        ("联学", THIS_YEAR, 0, "month"),
        ("联学", THIS_YEAR, 13, "month"),
    ],
)
def test_each_fault_of_a_line_is_named(
    said: AgreementContent, title: str, year: int, month: int, field: str
) -> None:
    agreement = make_agreement(said.host_id, said.partner_ids)
    with pytest.raises(InvalidInput) as refused, transaction():
        service.plan_activity(
            agreement.id, title=title, year=year, month=month, actor=SYSTEM, now=clock.now()
        )
    assert [error["field"] for error in refused.value.errors] == [field]


def test_agreements_are_listed_for_host_and_partner_and_found_by_title(
    city: City, branch: Organisation, other_branch: Organisation
) -> None:
    first = make_agreement(branch.id, (other_branch.id,), title="甲")
    draft = make_agreement(
        branch.id,
        (other_branch.id,),
        title="乙",
        active=False,
        starts_on=date(THIS_YEAR, 2, 1),
    )
    for path in (branch.path, other_branch.path, city.root.path):
        page = queries.agreement_page(paths=[path], limit=1)
        assert [one.id for one in page.items] == [draft.id]
        page = queries.agreement_page(paths=[path], limit=1, cursor=page.next_cursor)
        assert ([one.id for one in page.items], page.next_cursor) == ([first.id], None)
    assert queries.agreement_page(paths=[city.departments[2].path]).items == []
    found = queries.agreement_page(paths=[city.root.path], q="甲", state=AgreementState.ACTIVE)
    assert [one.id for one in found.items] == [first.id]
    assert queries.agreement_page(paths=[city.root.path], state=AgreementState.ENDED).items == []


def test_an_unknown_agreement_is_a_404(city: City) -> None:
    for step in (
        lambda: queries.agreement(999),
        lambda: queries.agreement_for_update(999),
    ):
        with pytest.raises(Refusal, match="agreement_unknown"):
            step()


@pytest.mark.parametrize("named", ["host_id", "partner"])
def test_a_stranger_who_names_a_party_as_partner_gets_neither_agreement_nor_yearly_line(
    city: City, said: AgreementContent, named: str
) -> None:
    now = clock.now()
    agreement = make_agreement(said.host_id, said.partner_ids)
    with transaction():
        line = service.plan_activity(
            agreement.id, title="联学", year=THIS_YEAR, actor=SYSTEM, now=now
        ).id
    stranger = make_branch(city.departments[0].id, "第三党支部")
    party = said.host_id if named == "host_id" else said.partner_ids[0]
    plan = content(
        stranger.id,
        starts_at=now + timedelta(days=1),
        partner_ids=(party,),
        agreement_id=agreement.id,
    )
    with pytest.raises(InvalidInput) as refused, transaction():
        service.draft_activity(plan, planned_id=line, actor=SYSTEM, now=now)
    assert [fault["field"] for fault in refused.value.errors] == ["agreement"]
    assert queries.planned(agreement.id)[0].activity_id is None
