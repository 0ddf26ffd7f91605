"""The rating behind a case: what its department sees of it, and the contact, once and recorded."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from server.audit.models import AuditEntry
from server.campaigns.rules import Channel, contact_key_name
from server.core import clock
from server.core.access import Actor
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import KeyMissingError, key_ring
from server.core.transaction import transaction
from server.evaluation import casework, registering, retention
from server.evaluation.casework import RatingBehind
from server.evaluation.models import Evaluation
from server.evaluation.rules import CommentState
from server.rectification import service as rectification
from server.rectification.models import Case, CaseEvent, CaseOrigin
from server.rectification.rules import EventKind, OriginKind
from tests.factories.cases import (
    CONTACT,
    People,
    Poor,
    only_case,
    origins,
    rate_poorly,
    registered,
    service_campaign,
)
from tests.factories.city import City
from tests.factories.closing import close_and_settle, store_ratings


def of_service(phone: People, city: City, **more: object) -> tuple[Poor, CaseOrigin]:
    poor = rate_poorly(
        phone("anna"), service_campaign(city), city.departments[0].id, contact=CONTACT, **more
    )
    return poor, registered(poor)[1]


def refused(action: object, *values: object) -> tuple[str, int]:
    with pytest.raises(Refusal) as caught:
        action(*values)  # type: ignore[operator]
    return caught.value.code, caught.value.status


def shown_to(actor: Actor, origin: CaseOrigin) -> RatingBehind:
    return casework.rating_behind(origin, actor)


def test_the_department_sees_the_rating_behind_its_case(phone: People, city: City) -> None:
    _, origin = of_service(phone, city, tags=["推诿拖延"])
    shown = shown_to(city.actors["liaison"], origin)
    assert (shown.overall, shown.standing, shown.withheld) == (1, True, False)
    assert {answer.level for answer in shown.answers} == {1}
    assert shown.tags == ("推诿拖延",)
    assert not hasattr(shown, "rated_on")


def test_no_other_department_sees_it(phone: People, city: City) -> None:
    poor = rate_poorly(
        phone("anna"), service_campaign(city), city.departments[1].id, contact=CONTACT
    )
    _, origin = registered(poor)
    now = clock.now()
    assert refused(casework.rating_behind, origin, city.actors["liaison"])[1] == 403
    assert refused(casework.contact_of, origin, city.actors["liaison"], now)[1] == 403
    assert shown_to(city.actors["office1"], origin).overall == 1
    for role in ("admin", "auditor", "party"):
        assert refused(casework.rating_behind, origin, city.actors[role])[1] == 403


def test_words_are_shown_after_their_check_alone(phone: People, city: City) -> None:
    _, origin = of_service(phone, city, comment="太慢")
    liaison = city.actors["liaison"]
    for state in CommentState:
        if state is CommentState.NONE:
            continue
        with transaction():
            db.session.execute(update(Evaluation).values(comment_state=int(state)))
        passed = state in {CommentState.PASSED, CommentState.RELEASED}
        assert shown_to(liaison, origin).comment == ("太慢" if passed else None), state


def test_after_a_transfer_the_former_department_sees_nothing(phone: People, city: City) -> None:
    _, origin = of_service(phone, city)
    with transaction():
        rectification.transfer(
            origin.case_id,
            city.departments[1].id,
            "不属于本部门职责",
            actor=city.actors["office1"],
            now=clock.now(),
        )
    assert refused(casework.rating_behind, origin, city.actors["liaison"])[1] == 403


def test_what_is_withdrawn_tells_nothing_any_more(phone: People, city: City) -> None:
    poor, origin = of_service(phone, city, tags=["推诿拖延"])
    poor.ask(method="DELETE")
    db.session.expire_all()
    shown = shown_to(city.actors["liaison"], origin)
    assert (shown.standing, shown.overall, shown.tags, shown.answers) == (False, None, (), ())
    assert shown.channel is None


def survey_origin(city: City, levels: list[int], channel: Channel = Channel.OPEN) -> CaseOrigin:
    campaign = city.campaign()
    store_ratings(campaign.id, city.departments[0].id, levels, channel=channel)
    close_and_settle(campaign.id)
    registering.register_closed(campaign.id, now=clock.now())
    return origins()[0]


def test_of_a_small_survey_group_the_indicator_is_all_there_is(city: City) -> None:
    origin = survey_origin(city, [1] + [5] * 8)
    for role in ("liaison", "office1"):
        shown = shown_to(city.actors[role], origin)
        assert (shown.standing, shown.withheld, shown.overall, shown.answers) == (
            True,
            True,
            None,
            (),
        )
        assert shown.channel is None, "a channel of few would name them"


def test_of_a_large_survey_group_the_rating_is_shown(city: City) -> None:
    shown = shown_to(city.actors["liaison"], survey_origin(city, [1] + [5] * 9))
    assert (shown.withheld, shown.overall, shown.channel) == (False, 1, Channel.OPEN)


def test_a_wished_rating_of_an_open_survey_is_shown_and_no_other(phone: People, city: City) -> None:
    campaign = city.campaign()
    rate_poorly(phone("anna"), campaign, city.departments[0].id, handle_now=True)
    rate_poorly(phone("bert"), campaign, city.departments[0].id)
    registering.register_at_once(now=clock.now())
    (origin,) = origins()
    assert shown_to(city.actors["liaison"], origin).overall == 1
    other = db.session.scalars(select(Evaluation).where(~Evaluation.handle_now)).one()
    # As if somebody had put the other rating behind the case by hand.
    made_up = CaseOrigin(
        id=99,
        case_id=origin.case_id,
        kind=OriginKind.EVALUATION.value,
        origin_id=f"{campaign.id}:{other.id}",
    )
    assert shown_to(city.actors["liaison"], made_up).withheld


def test_a_look_at_the_contact_is_recorded(phone: People, city: City) -> None:
    _, origin = of_service(phone, city)
    with transaction():
        contact = casework.contact_of(origin, city.actors["liaison"], clock.now())
    assert (contact.name, contact.phone) == (CONTACT["name"], CONTACT["phone"])
    event = db.session.scalars(
        select(CaseEvent).where(CaseEvent.kind == EventKind.CONTACT_SHOWN.value)
    ).one()
    assert event.internal
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "case.contact_shown")
    ).one()
    assert entry.actor_id == str(city.accounts["liaison"].id)
    assert CONTACT["phone"] not in str(entry.detail)


def test_the_contact_is_for_calling_back_alone(phone: People, city: City) -> None:
    poor, origin = of_service(phone, city)
    now = clock.now()
    for role in ("inspector", "adjudicator", "admin"):
        assert refused(casework.contact_of, origin, city.actors[role], now)[1] == 403
    poor.ask(method="DELETE")
    db.session.expire_all()
    assert refused(casework.contact_of, origin, city.actors["liaison"], now)[1] == 409


def test_an_anonymous_rating_has_no_contact(phone: People, city: City) -> None:
    campaign = city.campaign()
    poor = rate_poorly(phone("anna"), campaign, city.departments[0].id, handle_now=True)
    _, origin = registered(poor)
    code = refused(casework.contact_of, origin, city.actors["liaison"], clock.now())
    assert code == ("case_without_contact", 409)


def contacts() -> int:
    db.session.expire_all()
    kept = select(Evaluation.id).where(Evaluation.contact_sealed.is_not(None))
    return len(db.session.scalars(kept).all())


def erase(*, days: float) -> int:
    with transaction():
        return retention.erase_contacts(now=clock.now() + timedelta(days=days))


def test_contacts_are_erased_when_case_and_campaign_are_over_and_with_them_the_key(
    phone: People, city: City
) -> None:
    campaign, department = service_campaign(city), city.departments[0].id
    rate_poorly(phone("anna"), campaign, department, contact=CONTACT)
    rate_poorly(phone("bert"), campaign, department, 5, contact=CONTACT)
    registering.register_at_once(now=clock.now())
    assert erase(days=100) == 0
    close_and_settle(campaign.id)
    assert erase(days=29) == 0
    assert erase(days=31) == 1
    assert contacts() == 1
    close_case(only_case().id)
    assert erase(days=31) == 0
    assert erase(days=45) == 1
    assert contacts() == 0
    with pytest.raises(KeyMissingError):
        key_ring().get(contact_key_name(campaign.id))


def close_case(case_id: UUID) -> None:
    """Close a case in ten days from now, as its office would."""
    with transaction():
        case = db.session.get_one(Case, case_id)
        case.stage, case.closed_by = "closed", "evidence"
        case.closed_at = clock.now() + timedelta(days=10)
