"""Experiences: draft, review by two, the shared collection, its search and its reuse."""

from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.core import clock
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.frontline import queries, service
from server.frontline.rules import Verdict
from server.pictures import service as pictures
from tests.factories.frontline import make_entry, make_experience, upload, words_of
from tests.factories.members import Comrade
from tests.factories.rating import Phone
from tests.frontline.conftest import Team

EXPERIENCES = "/api/v1/experiences"


def put(author: Comrade, experience_id: UUID, **more: object) -> TestResponse:
    assert author.phone is not None
    return author.phone.client.put(
        f"{EXPERIENCES}/{experience_id}",
        json={"title": "修灯先修心", "body": "先解决小事。", "tags": ["民生"], **more},
        headers=author.headers,
    )


def post(caller: Comrade, experience_id: UUID, step: str, **body: object) -> TestResponse:
    assert caller.phone is not None
    path = f"{EXPERIENCES}/{experience_id}/{step}"
    given = {"json": body} if body else {}
    return caller.phone.client.post(path, headers=caller.headers, **given)  # type: ignore[arg-type]


def shared(team: Team, **more: object) -> UUID:
    return make_experience(team.author, team.secretary.actor, team.office, **more).id


def found(reader: Comrade, **query: str) -> list[str]:
    assert reader.phone is not None
    answer = reader.phone.client.get(EXPERIENCES, query_string=query, headers=reader.headers)
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json["items"]]


def test_a_draft_is_its_authors_alone(team: Team) -> None:
    identifier = uuid4()
    assert put(team.author, identifier).status_code == 201
    assert put(team.author, identifier).status_code == 200
    assert team.secretary.phone is not None
    hidden = team.secretary.phone.client.get(
        f"{EXPERIENCES}/{identifier}", headers=team.secretary.headers
    )
    assert hidden.status_code == 404
    assert put(team.colleague, identifier).status_code == 404


def test_an_experience_goes_from_draft_to_the_shared_collection(team: Team) -> None:
    identifier = uuid4()
    put(team.author, identifier)
    for _ in range(2):
        sent = post(team.author, identifier, "submission")
        assert (sent.status_code, sent.json["state"]) == (200, "submitted")
    assert found(team.stranger) == []
    approved = post(team.secretary, identifier, "reviews", verdict="approved")
    assert (approved.status_code, approved.json["state"]) == (201, "branch_approved")
    with transaction():
        service.review_experience(
            identifier, verdict=Verdict.APPROVED, actor=team.office, now=clock.now()
        )
    assert found(team.stranger) == ["修灯先修心"]


def test_the_collection_shows_the_branch_and_never_the_author(team: Team) -> None:
    identifier = shared(team)
    assert team.stranger.phone is not None
    for path in (EXPERIENCES, f"{EXPERIENCES}/{identifier}"):
        answer = team.stranger.phone.client.get(path, headers=team.stranger.headers)
        assert "第一党支部" in words_of(answer)
        assert "张三" not in words_of(answer)


def test_who_is_bound_to_no_person_finds_nothing(client: FlaskClient, team: Team) -> None:
    identifier = shared(team)
    citizen = Phone.of(client, "citizen")
    assert client.get(EXPERIENCES, headers=citizen.headers).json["items"] == []
    assert client.get(f"{EXPERIENCES}/{identifier}", headers=citizen.headers).status_code == 404


@pytest.mark.parametrize(
    "q", ["修灯", "xiudeng", "xdxx", "先解决小事", "民生", "minsheng", "第一党支部", "dydzb"]
)
def test_a_search_finds_title_words_tags_and_branch_also_in_pinyin(team: Team, q: str) -> None:
    shared(team)
    shared(team, title="办实事不过夜", body="当天的事当天办。", tags=("效率",))
    titles = found(team.stranger, q=q)
    assert "修灯先修心" in titles
    assert found(team.stranger, q="没有的词") == []


def test_tags_are_counted_and_narrow_the_list(team: Team) -> None:
    shared(team)
    shared(team, title="办实事不过夜", tags=("民生", "效率"))
    assert team.stranger.phone is not None
    answer = team.stranger.phone.client.get(EXPERIENCES, headers=team.stranger.headers)
    assert answer.json["tags"] == [
        {"tag": "民生", "count": 2},
        {"tag": "效率", "count": 1},
    ]
    assert found(team.stranger, tag="效率") == ["办实事不过夜"]


def test_nobody_reviews_the_own_experience_and_one_person_not_twice(team: Team) -> None:
    own = make_experience(team.secretary)
    with transaction():
        service.submit_experience(own.id, actor=team.secretary.actor, now=clock.now())
    answer = post(team.secretary, own.id, "reviews", verdict="approved")
    assert (answer.status_code, answer.json["code"]) == (403, "review_own")
    with transaction():
        service.review_experience(
            own.id, verdict=Verdict.APPROVED, actor=team.party, now=clock.now()
        )
    with pytest.raises(Refusal) as refused, transaction():
        service.review_experience(
            own.id, verdict=Verdict.APPROVED, actor=team.party, now=clock.now()
        )
    assert refused.value.code == "review_same_person"


def test_a_returned_experience_is_mended_and_sent_in_again(team: Team) -> None:
    experience = make_experience(team.author, team.secretary.actor)
    with transaction():
        service.review_experience(
            experience.id,
            verdict=Verdict.RETURNED,
            reason="请补充做法。",
            actor=team.office,
            now=clock.now(),
        )
    shown = put(team.author, experience.id, body="补充了做法。", revision=1)
    assert (shown.json["state"], shown.json["return_reason"]) == ("returned", "请补充做法。")
    assert shown.json["reviews"][-1]["step"] == "office"
    again = post(team.author, experience.id, "submission")
    assert again.json["state"] == "submitted"
    assert again.json["reviews"] == []


def test_a_change_of_a_shared_one_goes_through_review_again(team: Team) -> None:
    identifier = shared(team)
    changed = put(team.author, identifier, body="改写之后。", revision=1)
    assert (changed.json["state"], changed.json["revision"]) == ("submitted", 2)
    assert found(team.stranger) == []
    stale = put(team.author, identifier, body="又改写。", revision=1)
    assert (stale.status_code, stale.json["code"]) == (409, "experience_changed_meanwhile")


def test_the_office_takes_a_shared_one_out_again(team: Team) -> None:
    identifier = shared(team)
    with transaction():
        service.review_experience(
            identifier,
            verdict=Verdict.RETURNED,
            reason="数据有误。",
            actor=team.office,
            now=clock.now(),
        )
    assert found(team.stranger) == []
    answer = post(team.secretary, identifier, "reviews", verdict="approved")
    assert answer.json["code"] == "experience_decided"


def test_an_entrys_lesson_is_taken_over_as_a_draft(team: Team) -> None:
    entry, foreign = make_entry(team.author), make_entry(team.colleague)
    answer = put(team.author, uuid4(), entry=str(entry.id), body="")
    assert answer.json["body"] == "先把灯修好，再谈别的。"
    assert answer.json["entry"] == str(entry.id)
    theirs = put(team.author, uuid4(), entry=str(foreign.id), body="")
    assert (theirs.status_code, theirs.json["code"]) == (404, "entry_unknown")


def test_a_branch_notes_once_that_it_made_use_of_one(team: Team) -> None:
    identifier = shared(team)
    refused = post(team.stranger, identifier, "uses", note="学着做了。")
    assert (refused.status_code, refused.json["code"]) == (403, "experience_use_by_organiser")
    for note in ("学着做了。", "全楼推广。"):
        used = post(team.other_secretary, identifier, "uses", note=note)
        assert used.status_code == 201, used.text
    assert used.json["use_count"] == 1
    (use,) = used.json["uses"]
    assert (use["branch"]["name"], use["note"]) == ("第二党支部", "全楼推广。")
    own = post(team.secretary, identifier, "uses", note="自己的。")
    assert (own.status_code, own.json["code"]) == (409, "experience_own_branch")


def test_its_author_takes_it_back_from_the_collection(team: Team) -> None:
    identifier = shared(team)
    for _ in range(2):
        answer = post(team.author, identifier, "withdrawal")
        assert (answer.status_code, answer.json["state"]) == (200, "withdrawn")
    assert found(team.stranger) == []
    assert put(team.author, identifier, body="又来。", revision=1).status_code == 409
    assert post(team.author, identifier, "submission").status_code == 409


def test_an_empty_experience_is_not_sent_in(team: Team) -> None:
    identifier = uuid4()
    put(team.author, identifier, body="")
    answer = post(team.author, identifier, "submission")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "body")
    assert queries.my_experiences(team.author.actor).items[0].state == "draft"


def test_a_withdrawn_experiences_pictures_are_shown_to_nobody(team: Team) -> None:
    client, identifier = team.author.phone.client, uuid4()
    picture = upload(team.author)
    put(team.author, identifier, pictures=[picture])
    with transaction():
        pictures.decide(UUID(picture), shown=True)
    path = f"{EXPERIENCES}/{identifier}"
    address = client.get(path, headers=team.author.headers).json["pictures"][0]["address"]
    assert client.get(address).status_code == 200
    assert post(team.author, identifier, "withdrawal").json["pictures"] == []
    assert client.get(address).status_code == 404
