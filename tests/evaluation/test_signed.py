"""Ratings that a community or village signs: its own, one a department, without a person."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.campaigns.rules import Channel
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import queries
from server.evaluation.models import Evaluation
from server.identity import service as identity
from tests.factories.city import City, member_id_of
from tests.factories.closing import close_and_settle, store_ratings
from tests.factories.pairings import (
    make_community,
    make_paired,
    make_village,
    pair,
    represent,
    signed_campaign,
)
from tests.factories.rating import Phone, new_receipt

People = Callable[[str], Phone]
CONTACT = {"name": "张三", "phone": "13800000000"}


def stored(campaign: int) -> list[Evaluation]:
    db.session.expire_all()
    return list(db.session.scalars(select(Evaluation).where(Evaluation.campaign_id == campaign)))


def receipt_of(phone: Phone, campaign: int, receipt: str, method: str, **more: object) -> object:
    call = getattr(phone.client, method)
    headers = {**phone.headers, "Receipt": receipt}
    return call(f"/api/v1/campaigns/{campaign}/receipt", headers=headers, **more)


def test_a_rating_is_stored_with_its_organisation_and_without_its_person(
    client: FlaskClient, city: City
) -> None:
    community, village = make_community(city), make_village(city)
    department = city.departments[0]
    pair(city, community, department)
    pair(city, village, department)
    campaign = signed_campaign(city).id
    anna, ben = represent(client, "anna", community), represent(client, "ben", village)
    first = anna.rate(campaign, department.id, 4, organisation=community.id)
    second = ben.rate(campaign, department.id, 2, organisation=village.id)
    assert (first.status_code, first.json["channel"]) == (201, "community")
    assert (second.status_code, second.json["channel"]) == (201, "village")
    rows = {row.organisation_id: row for row in stored(campaign)}
    assert rows[community.id].channel == Channel.COMMUNITY
    assert rows[village.id].channel == Channel.VILLAGE
    for row in rows.values():
        for member in (member_id_of(anna.token), member_id_of(ben.token)):
            assert member.bytes not in b"".join(
                value for value in row.__dict__.values() if isinstance(value, bytes)
            )


def test_a_second_representative_rates_no_second_time(client: FlaskClient, city: City) -> None:
    community, department = make_paired(city)
    campaign = signed_campaign(city).id
    anna, ben = (represent(client, key, community) for key in ("anna", "ben"))
    assert anna.rate(campaign, department.id, organisation=community.id).status_code == 201
    again = ben.rate(campaign, department.id, organisation=community.id)
    assert (again.status_code, again.json["code"]) == (409, "already_rated")
    assert ben.rate(campaign, department.id).status_code == 201  # as a citizen, for himself
    assert len(stored(campaign)) == 2


def test_of_representatives_at_once_one_rating_stands(
    client: FlaskClient, city: City, app: APIFlask
) -> None:
    community, department = make_paired(city)
    campaign = signed_campaign(city).id
    phones = [represent(client, f"p{number}", community) for number in range(6)]
    bodies = [phone.body(campaign, department.id, organisation=community.id) for phone in phones]

    def send(place: int) -> int:
        own = Phone(app.test_client(), phones[place].token)
        return own.send(campaign, bodies[place], new_receipt()).status_code

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(send, range(6)))
    assert sorted(outcomes) == [201, *[409] * 5]
    assert len(stored(campaign)) == 1


def test_only_the_own_organisation_and_paired_departments_are_rated(
    client: FlaskClient, city: City, phone: People
) -> None:
    community, other = make_community(city), make_community(city, "东门社区")
    paired, unpaired = city.departments[:2]
    pair(city, community, paired)
    pair(city, other, unpaired)
    campaign = signed_campaign(city).id
    anna = represent(client, "anna", community)
    refusals = [
        (anna, unpaired.id, community.id, 409, "department_not_paired"),
        (anna, unpaired.id, other.id, 403, "organisation_not_yours"),
        (phone("ben"), paired.id, community.id, 403, "organisation_not_yours"),
        (anna, paired.id, 999_999, 403, "organisation_not_yours"),
        (anna, paired.id, city.enterprise.id, 403, "organisation_not_yours"),
    ]
    for rater, department, organisation, status, code in refusals:
        answer = rater.rate(campaign, department, organisation=organisation)
        assert (answer.status_code, answer.json["code"]) == (status, code)
    assert stored(campaign) == []


def test_an_enterprises_representative_signs_for_no_community_and_the_other_way_round(
    client: FlaskClient, city: City
) -> None:
    community, department = make_paired(city)
    campaign = city.campaign(channels=(Channel.COMMUNITY, Channel.ENTERPRISE_ONLINE)).id
    firm, local = (
        represent(client, "anna", city.enterprise),
        represent(client, "ben", community),
    )
    answer = firm.rate(campaign, department.id, organisation=city.enterprise.id)
    assert (answer.status_code, answer.json["code"]) == (403, "organisation_not_yours")
    answer = local.rate(campaign, department.id, enterprise=community.id)
    assert (answer.status_code, answer.json["code"]) == (403, "enterprise_not_yours")


def test_a_campaign_that_does_not_ask_villages_takes_none_of_theirs(
    client: FlaskClient, city: City
) -> None:
    village, department = make_village(city), city.departments[0]
    pair(city, village, department)
    campaign = city.campaign(channels=(Channel.COMMUNITY,)).id
    answer = represent(client, "anna", village).rate(
        campaign, department.id, organisation=village.id
    )
    assert (answer.status_code, answer.json["code"]) == (409, "channel_not_offered")


def test_a_signed_rating_takes_no_contact_and_no_second_claim(
    client: FlaskClient, city: City
) -> None:
    community, department = make_paired(city)
    campaign = signed_campaign(city).id
    anna, receipt = represent(client, "anna", community), new_receipt()
    for more in ({"contact": CONTACT}, {"enterprise": city.enterprise.id}, {"code": "0" * 12}):
        answer = anna.rate(campaign, department.id, organisation=community.id, **more)
        assert answer.status_code == 422, answer.text
    anna.rate(campaign, department.id, organisation=community.id, receipt=receipt)
    body = anna.body(campaign, department.id, contact=CONTACT)
    del body["department"]
    answer = receipt_of(anna, campaign, receipt, "put", json=body)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "contact")


def test_a_retry_of_a_signed_rating_gets_the_first_answer(client: FlaskClient, city: City) -> None:
    community, department = make_paired(city)
    campaign = signed_campaign(city).id
    anna, receipt = represent(client, "anna", community), new_receipt()
    first = anna.rate(campaign, department.id, organisation=community.id, receipt=receipt)
    again = anna.rate(campaign, department.id, organisation=community.id, receipt=receipt)
    assert (again.status_code, again.json) == (201, first.json)
    other = anna.rate(campaign, department.id, receipt=receipt)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


def test_a_receipt_names_who_signed_and_lets_the_representative_correct(
    client: FlaskClient, city: City
) -> None:
    community, department = make_paired(city)
    campaign = signed_campaign(city).id
    anna, receipt = represent(client, "anna", community), new_receipt()
    anna.rate(campaign, department.id, organisation=community.id, receipt=receipt)
    state = receipt_of(anna, campaign, receipt, "get")
    assert (state.json["signed_by"], state.json["channel"]) == ("滨江社区", "community")
    body = anna.body(campaign, department.id, 2)
    del body["department"]
    assert receipt_of(anna, campaign, receipt, "put", json=body).json["revision"] == 2
    assert receipt_of(anna, campaign, receipt, "delete").json["state"] == "withdrawn"
    assert receipt_of(anna, campaign, receipt, "put", json=body).json["state"] == "counted"
    (row,) = stored(campaign)
    assert (row.overall, row.organisation_id) == (2, community.id)


def test_who_represents_no_longer_looks_at_the_receipt_and_changes_nothing(
    client: FlaskClient, city: City, phone: People
) -> None:
    community, department = make_paired(city)
    campaign = city.campaign(
        channels=(Channel.COMMUNITY, Channel.ENTERPRISE_ONLINE, Channel.OPEN)
    ).id
    for key, organisation, claim in (
        ("anna", community, {"organisation": community.id}),
        ("ben", city.enterprise, {"enterprise": city.enterprise.id}),
    ):
        former, receipt = represent(client, key, organisation), new_receipt()
        assert former.rate(campaign, department.id, receipt=receipt, **claim).status_code == 201
        body = former.body(campaign, department.id, 1)
        del body["department"]
        assert receipt_of(former, campaign, receipt, "put", json=body).status_code == 200
        with transaction():
            identity.resign(member_id_of(former.token), organisation.id)
        assert receipt_of(former, campaign, receipt, "get").json["state"] == "counted"
        for method, sent in (("put", {"json": body}), ("delete", {})):
            for rater in (former, phone("carl")):
                answer = receipt_of(rater, campaign, receipt, method, **sent)
                assert (answer.status_code, answer.json["code"]) == (
                    403,
                    "receipt_not_representative",
                )
        successor = represent(client, f"{key}2", organisation)
        assert receipt_of(successor, campaign, receipt, "put", json=body).status_code == 200


def test_a_persons_own_rating_is_changed_by_the_receipt_alone(city: City, phone: People) -> None:
    campaign, department = signed_campaign(city).id, city.departments[0].id
    anna, receipt = phone("anna"), new_receipt()
    anna.rate(campaign, department, receipt=receipt)
    headers = {"Receipt": receipt}
    path = f"/api/v1/campaigns/{campaign}/receipt"
    assert anna.client.get(path, headers=headers).json["signed_by"] is None
    assert anna.client.delete(path, headers=headers).json["state"] == "withdrawn"


def test_the_office_and_the_inspector_read_who_signed_once_the_seal_is_off(
    client: FlaskClient, city: City
) -> None:
    community, department = make_paired(city)
    campaign = signed_campaign(city).id
    represent(client, "anna", community).rate(
        campaign, department.id, organisation=community.id, comment="路灯修好了"
    )
    with transaction():
        (row,) = stored(campaign)
        row.comment_state = 3
    (held,) = queries.held(actor=city.actors["office1"]).items
    assert (held.sealed, held.signed_by) == (True, None)
    close_and_settle(campaign)
    for actor in (city.actors["office1"], city.actors["inspector"]):
        (read,) = queries.evaluations(campaign, queries.EvaluationFilters(), actor=actor).items
        assert read.signed_by == "滨江社区"
        detail = queries.detail(campaign, read.evaluation_id, actor=actor)
        assert detail.signed_by == "滨江社区"
    assert clock.today() == read.rated_on


def test_signed_ratings_are_shown_at_any_size_and_personal_ones_from_ten_on(
    client: FlaskClient, city: City
) -> None:
    community, department = make_paired(city)
    campaign = signed_campaign(city).id
    represent(client, "anna", community).rate(campaign, department.id, 4, organisation=community.id)
    store_ratings(campaign, department.id, [5] * 9)
    close_and_settle(campaign)
    shown = client.get(f"/api/v1/campaigns/{campaign}/results/{department.id}").json
    groups = {group["channel"]: group for group in shown["channels"]}
    signed = groups["community"]
    assert (signed["withheld"], signed["count"], signed["score"]) == (False, 1, "80.00")
    assert groups["open"]["withheld"]
    assert groups["village"]["count"] == 0  # nobody has rated, which is no secret of a person
    leaf = {group["channel"]: group for group in shown["leaves"][0]["channels"]}
    assert (leaf["community"]["count"], leaf["community"]["mean_score"]) == (1, "80.00")
    assert leaf["open"]["withheld"]
