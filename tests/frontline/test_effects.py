"""The effect: one rating of each person who was served, and nothing that tells who gave it."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.activities.rules import Quarter
from server.core import clock
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import KeyMissingError, key_ring
from server.core.transaction import transaction
from server.frontline import queries, service
from server.frontline.models import EffectLink, EffectRating, Entry
from server.frontline.rules import LinkKind, effect_key
from server.identity import queries as identity
from server.identity.rules import OrganisationKind
from tests.factories.city import City
from tests.factories.frontline import (
    approve,
    make_codes,
    make_entry,
    make_poster,
    store_effects,
    words_of,
)
from tests.factories.identity import at_once
from tests.factories.members import Comrade, PersonFactory, make_branch
from tests.factories.rating import Phone
from tests.frontline.conftest import Team

ENTRIES = "/api/v1/frontline/entries"


@pytest.fixture
def entry(team: Team) -> Entry:
    """An approved entry."""
    found = make_entry(team.author)
    approve(found.id, team.secretary.actor, team.office)
    return found


def rate(phone: Phone, scene: str, level: object = 5) -> TestResponse:
    return phone.client.post(
        "/api/v1/effects/ratings", json={"scene": scene, "level": level}, headers=phone.headers
    )


def ratings() -> list[EffectRating]:
    db.session.expire_all()
    return list(db.session.scalars(select(EffectRating)))


def links(comrade: Comrade, entry: Entry, **body: object) -> TestResponse:
    assert comrade.phone is not None
    return comrade.phone.client.post(
        f"{ENTRIES}/{entry.id}/effect-links", json=body, headers=comrade.headers
    )


def test_the_poster_is_the_same_however_often_it_is_asked_for(team: Team, entry: Entry) -> None:
    first = links(team.author, entry, kind="poster")
    second = links(team.secretary, entry, kind="poster")
    assert (first.status_code, first.json) == (201, second.json)
    poster = first.json["poster"]
    assert poster["scene"].startswith("f")
    assert len(poster["scene"]) == 13
    picture = team.author.phone.client.get(poster["address"])
    assert (picture.status_code, picture.mimetype) == (200, "image/png")
    until = clock.today() + timedelta(days=90)
    assert first.json["expires_on"] == until.isoformat()
    (link,) = db.session.scalars(select(EffectLink)).all()
    assert poster["scene"][1:].encode() not in link.code_hash + (link.code_sealed or b"")


def test_one_time_codes_come_in_batches_and_are_kept_as_hashes(team: Team, entry: Entry) -> None:
    answer = links(team.author, entry, kind="one_time", size=200)
    assert answer.status_code == 201, answer.text
    codes = answer.json["codes"]
    assert len({one["code"] for one in codes}) == 200
    assert codes[0]["address"] == f"http://ronghe.test/effect/{codes[0]['code']}"
    assert answer.json["poster"] is None
    assert all(link.code_sealed is None for link in db.session.scalars(select(EffectLink)))
    assert links(team.author, entry, kind="one_time", size=201).status_code == 422
    assert links(team.author, entry, kind="one_time", size=0).status_code == 422


def test_only_the_author_the_branchs_leaders_and_the_office_make_links(
    team: Team, entry: Entry
) -> None:
    assert links(team.colleague, entry, kind="poster").status_code == 403
    assert links(team.stranger, entry, kind="poster").status_code == 403
    assert links(team.organiser, entry, kind="poster").status_code == 201
    assert make_codes(entry.id, team.office)


def test_an_entry_that_is_not_approved_has_no_links(team: Team) -> None:
    fresh = make_entry(team.author)
    answer = links(team.author, fresh, kind="poster")
    assert (answer.status_code, answer.json["code"]) == (409, "entry_not_approved")


def test_a_scanned_code_tells_the_matter_and_nobodys_name(
    client: FlaskClient, team: Team, entry: Entry
) -> None:
    scene = make_poster(entry.id, team.author.actor)
    answer = client.post("/api/v1/effects", json={"scene": scene})
    assert answer.status_code == 200, answer.text
    assert answer.json["entry"]["branch"] == "第一党支部"
    assert answer.json["entry"]["measures"] == "联系物业更换了六盏灯。"
    assert "第一党支部" in words_of(answer)
    assert "张三" not in words_of(answer)


def test_a_person_who_was_served_rates_once(client: FlaskClient, team: Team, entry: Entry) -> None:
    scene = make_poster(entry.id, team.author.actor)
    citizen = Phone.of(client, "citizen")
    answer = rate(citizen, scene, 4)
    assert answer.status_code == 201, answer.text
    assert set(answer.json) == {"message"}
    for level in (4, 1):
        again = rate(citizen, scene, level)
        assert (again.status_code, again.json["code"]) == (409, "effect_already_rated")
    (rating,) = ratings()
    assert (rating.level, rating.rated_on) == (4, clock.today())
    assert {column.name for column in EffectRating.__table__.columns} == {
        "entry_id",
        "pseudonym",
        "level",
        "rated_on",
    }


def test_one_person_who_taps_twice_at_once_rates_once(
    app: APIFlask, client: FlaskClient, team: Team, entry: Entry
) -> None:
    scene, now = make_poster(entry.id, team.author.actor), clock.now()
    member = identity.Member
    Phone.of(client, "citizen")
    citizen = db.session.scalars(
        select(member.id).where(
            member.id.not_in(
                [one.member_id for one in vars(team).values() if isinstance(one, Comrade)]
            )
        )
    ).one()

    def send() -> None:
        service.rate(scene, 5, member_id=citizen, now=now)

    outcomes = at_once(app, [send, send, send])
    assert sorted(outcomes) == ["done", "effect_already_rated", "effect_already_rated"]


@pytest.mark.parametrize("who", ["author", "colleague", "secretary"])
def test_nobody_rates_the_work_of_the_own_branch(team: Team, entry: Entry, who: str) -> None:
    scene = make_poster(entry.id, team.author.actor)
    (code,) = make_codes(entry.id, team.author.actor)
    comrade: Comrade = getattr(team, who)
    assert comrade.phone is not None
    for given in (scene, f"f{code}"):
        answer = rate(comrade.phone, given)
        assert (answer.status_code, answer.json["code"]) == (409, "effect_own_work")
    assert ratings() == []


def test_units_that_sent_people_do_not_rate_their_own_work_either(team: Team) -> None:
    joint = make_entry(team.author, units={team.author.branch_id: 2, team.stranger.branch_id: 3})
    approve(joint.id, team.secretary.actor, team.office)
    scene = make_poster(joint.id, team.author.actor)
    assert team.stranger.phone is not None
    assert rate(team.stranger.phone, scene).json["code"] == "effect_own_work"


def test_who_belongs_above_or_below_a_unit_that_did_the_work_does_not_rate_it(
    team: Team, city: City, person: PersonFactory
) -> None:
    committee = make_branch(city.root.id, "城东党委", OrganisationKind.PARTY_COMMITTEE)
    below = person(make_branch(committee.id, "第三党支部").id, "孙六", key="sun")
    above = person(committee.id, "周七", key="zhou")
    joint = make_entry(team.author, units={team.author.branch_id: 2, committee.id: 3})
    theirs = make_entry(team.author, units={team.author.branch_id: 2, below.branch_id: 1})
    for entry, rater in ((joint, below), (theirs, above)):
        approve(entry.id, team.secretary.actor, team.office)
        assert rater.phone is not None
        answer = rate(rater.phone, make_poster(entry.id, team.author.actor))
        assert (answer.status_code, answer.json["code"]) == (409, "effect_own_work")
    assert ratings() == []


def test_a_member_of_another_branch_who_was_served_may_rate(team: Team, entry: Entry) -> None:
    assert team.stranger.phone is not None
    assert rate(team.stranger.phone, make_poster(entry.id, team.author.actor)).status_code == 201


def test_a_one_time_code_is_used_once_whoever_uses_it(
    client: FlaskClient, team: Team, entry: Entry
) -> None:
    (code,) = make_codes(entry.id, team.author.actor)
    assert rate(Phone.of(client, "citizen"), f"f{code}").status_code == 201
    again = rate(Phone.of(client, "other"), code.lower())
    assert (again.status_code, again.json["code"]) == (409, "effect_already_rated")


@pytest.mark.parametrize("scene", ["fAAAAAAAAAAAA", "nonsense", "d12", "f" + "%" * 12])
def test_a_forged_code_leads_nowhere(
    client: FlaskClient, team: Team, entry: Entry, scene: str
) -> None:
    make_poster(entry.id, team.author.actor)
    answer = rate(Phone.of(client, "citizen"), scene)
    assert (answer.status_code, answer.json["code"]) == (404, "effect_link_unknown")
    assert client.post("/api/v1/effects", json={"scene": scene}).status_code == 404


@pytest.mark.parametrize("level", [0, 6, "5", 4.5, None, True])
def test_only_the_five_levels_are_taken(
    client: FlaskClient, team: Team, entry: Entry, level: object
) -> None:
    scene = make_poster(entry.id, team.author.actor)
    assert rate(Phone.of(client, "citizen"), scene, level).status_code == 422
    assert ratings() == []


def test_after_ninety_days_a_link_is_over(team: Team, entry: Entry) -> None:
    now = clock.now()
    (code,) = make_codes(entry.id, team.author.actor, now=now)
    last, after = now + timedelta(days=90), now + timedelta(days=91)
    with pytest.raises(Refusal) as refused, transaction():
        service.rate(code, 5, member_id=None, now=after)
    assert (refused.value.code, refused.value.status) == ("effect_link_over", 410)
    with transaction():
        service.rate(code, 5, member_id=None, now=last)
    with pytest.raises(Refusal) as late:
        make_codes(entry.id, team.author.actor, now=after)
    assert late.value.code == "effect_too_late"


def test_the_quarters_key_is_destroyed_once_no_link_of_it_serves(team: Team, entry: Entry) -> None:
    now = clock.now()
    codes = make_codes(entry.id, team.author.actor, 2)
    with transaction():
        service.rate(codes[0], 5, member_id=None, now=now)
    quarter = Quarter.of(clock.local_date(now))
    name = effect_key(quarter)
    last = quarter.ends_at.date() - timedelta(days=1) + timedelta(days=180)
    assert service.destroy_spent_keys(last) == 0
    assert len(key_ring().get(name)) == 32
    for _ in range(2):
        assert service.destroy_spent_keys(last + timedelta(days=1)) == 1
    with pytest.raises(KeyMissingError):
        key_ring().get(name)
    assert len(ratings()) == 1


# What is told


YESTERDAY = timedelta(days=1)


def effect(team: Team, entry: Entry, today: date | None = None) -> queries.EffectResult:
    return queries.effect_of_entry(entry.id, team.author.actor, today=today or clock.today())


def test_nine_ratings_are_withheld_and_ten_are_told(team: Team, entry: Entry) -> None:
    day = clock.today() - YESTERDAY
    store_effects(entry.id, [5] * 9, day)
    assert effect(team, entry) == queries.EffectResult()
    store_effects(entry.id, [1], day)
    told = effect(team, entry)
    assert (told.withheld, told.count) == (False, 10)
    assert told.distribution == {5: 9, 4: 0, 3: 0, 2: 0, 1: 1}


def test_todays_ratings_are_told_tomorrow(team: Team, entry: Entry) -> None:
    store_effects(entry.id, [5] * 12, clock.today())
    assert effect(team, entry).withheld
    assert effect(team, entry, clock.today() + YESTERDAY).count == 12


def test_an_unrated_entry_counts_as_nothing(team: Team, entry: Entry) -> None:
    assert effect(team, entry).withheld
    assert queries.effect_by_branch(Quarter.of(clock.today()), today=clock.today()) == {}


def test_the_phone_is_told_the_same(team: Team, entry: Entry) -> None:
    store_effects(entry.id, [5] * 10, clock.today() - YESTERDAY)
    path = f"{ENTRIES}/{entry.id}/effect"
    assert team.author.phone is not None
    answer = team.author.phone.client.get(path, headers=team.author.headers)
    assert answer.json == {
        "count": 10,
        "withheld": False,
        "distribution": {"5": 10, "4": 0, "3": 0, "2": 0, "1": 0},
        "smallest_group": 10,
        "mine_may_share": True,
    }
    theirs = team.author.phone.client.get(path, headers=team.stranger.headers)
    assert theirs.json["mine_may_share"] is False


def test_what_the_unit_shows_less_what_its_entries_show_is_nobodys_rating(team: Team) -> None:
    now = clock.now()
    rated, lonely = make_entry(team.author, now=now), make_entry(team.colleague, now=now)
    for one in (rated, lonely):
        approve(one.id, team.secretary.actor, team.office)
    day = clock.today() - YESTERDAY
    store_effects(rated.id, [5] * 10, day)
    store_effects(lonely.id, [1] * 3, day)
    found = queries.effect_by_branch(Quarter.of(clock.today()), today=clock.today())
    assert found[team.author.branch_id].count == 10
    assert effect(team, lonely).withheld


def test_links_say_nothing_of_their_use(team: Team, entry: Entry) -> None:
    (code,) = make_codes(entry.id, team.author.actor)
    before = _links()
    with transaction():
        service.rate(code, 1, member_id=None, now=clock.now())
    assert _links() == before


def _links() -> list[tuple[UUID, str, bytes, datetime]]:
    db.session.expire_all()
    return [
        (row.id, row.kind, row.code_hash, row.created_at)
        for row in db.session.scalars(select(EffectLink).order_by(EffectLink.id))
    ]


def test_a_poster_is_never_rated_without_a_member(team: Team, entry: Entry) -> None:
    scene = make_poster(entry.id, team.author.actor)
    with pytest.raises(Refusal) as refused, transaction():
        service.rate(scene, 5, member_id=None, now=clock.now())
    assert refused.value.code == "sign_in_needed"
    assert LinkKind.POSTER == "poster"
