"""Publishing: what stands becomes a version that nobody changes; the next one is an act."""

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from server.audit.models import AuditEntry
from server.campaigns.models import Campaign
from server.campaigns.rules import Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.evaluation.models import Evaluation
from server.evaluation.settling import Moment
from server.ledger import queries as ledger
from server.publication import queries, service, tasks
from server.publication.models import Publication
from server.scoring import canonical
from server.scoring import service as scoring
from server.scoring import tasks as scoring_tasks
from server.settings import service as settings
from server.settings.rules import OFFICE_NAME, PUBLISH_AT_CLOSE, SMALLEST_GROUP
from tests.factories.city import City
from tests.factories.closing import close_and_settle, store_ratings
from tests.factories.excluding import exclude
from tests.scoring.cities import sampled, stored_scheme, surveyed_campaign


def setting(key: str, value: object, city: City) -> None:
    with transaction():
        settings.change(key, value, reason="试验", actor=city.actors["admin"], now=clock.now())


def publish(campaign: Campaign, city: City, **more: Any) -> Publication:
    with transaction():
        return service.publish(
            campaign.id, actor=city.actors["office1"], now=clock.now(), **{"note": "补充", **more}
        )


def scored(campaign: Campaign, scheme: int) -> UUID:
    with transaction():
        run = scoring.request_run(campaign.id, scheme, actor=SYSTEM, now=clock.now())
    scoring_tasks.work(str(run.id))
    return run.id


def rated(city: City) -> Campaign:
    """Return a settled campaign; in the first department few answered the second question."""
    campaign = city.campaign()
    for place, department in enumerate(city.departments):
        levels = [[5, 4 if rater < 4 else 0, *[3 + rater % 3] * 6] for rater in range(20)]
        store_ratings(
            campaign.id,
            department.id,
            [5] * (12 + place) + [2] * (8 - place),
            channel=Channel.SERVICE_CENTRE,
            levels=levels if place == 0 else None,
        )
        store_ratings(campaign.id, department.id, [4] * 9)
    close_and_settle(campaign.id)
    return campaign


def lines(page: str) -> list[str]:
    """Return the words of a page's table rows."""
    rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in rows]


def first(document: dict[str, Any], city: City) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in document["departments"] if one["id"] == city.departments[0].id
    )
    return found


def test_settling_publishes_the_channels_results_and_nothing_else(city: City) -> None:
    campaign = rated(city)
    found = queries.current(campaign.id)
    assert found is not None
    assert (found.version, found.note, found.published_by, found.score_run_id) == (
        1,
        "",
        None,
        None,
    )
    assert found.document["scheme"] is None
    assert found.digest.hex() == canonical.digest(found.document)
    node = first(found.document, city)
    assert node["score"] is None
    groups = {group["channel"]: group for group in node["channels"]}
    assert groups["open"] == {"channel": "open", "withheld": True}
    assert groups["service_centre"]["count"] == 20
    entry = db.session.scalar(
        select(AuditEntry).where(AuditEntry.action == "publication.published")
    )
    assert entry is not None
    assert entry.detail["version"] == 1


def test_a_publication_prints_the_log_s_head_of_its_moment(city: City, client: FlaskClient) -> None:
    campaign = rated(city)
    found = queries.current(campaign.id)
    assert found is not None
    assert found.checkpoint == ledger.head().note
    told = ledger.newest_tally(campaign.id)
    assert told is not None
    assert told.leaf_index is not None
    size = int(found.checkpoint.splitlines()[1])
    assert size > told.leaf_index, "the head covers what was counted"
    assert found.checkpoint.splitlines()[2] in client.get(f"/board/{campaign.id}").text


def test_a_crash_after_settling_is_made_up_for_once(
    city: City, app: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, Moment.AFTER, [])
    campaign = rated(city)
    assert queries.current(campaign.id) is None
    for _ in range(2):
        tasks.publish_settled(0)
    assert [one.version for one in queries.versions(campaign.id)] == [1]


@pytest.mark.parametrize(
    "statement", ["UPDATE publication SET note = 'x'", "DELETE FROM publication"]
)
def test_the_database_lets_nobody_change_what_was_published(city: City, statement: str) -> None:
    rated(city)
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(text(statement))


def test_without_the_setting_nothing_is_published_by_itself_not_even_once_it_is_on_again(
    city: City, client: FlaskClient
) -> None:
    setting(PUBLISH_AT_CLOSE, "否", city)
    campaign = rated(city)
    tasks.publish_settled(0)
    answer = client.get(f"/api/v1/campaigns/{campaign.id}/results")
    assert (answer.status_code, answer.json["code"]) == (409, "campaign_not_published")
    listed = client.get("/api/v1/results").json["items"][0]
    assert (listed["settled"], listed["published"], listed["version"]) == (True, False, None)
    assert client.get(f"/board/{campaign.id}").status_code == 409
    assert "尚未公布" in client.get("/board").text
    setting(PUBLISH_AT_CLOSE, "是", city)
    tasks.publish_settled(0)
    assert queries.current(campaign.id) is None
    publish(campaign, city, note="")
    assert client.get(f"/api/v1/campaigns/{campaign.id}/results").json["version"] == 1


def test_figures_outside_change_only_by_publishing(city: City, client: FlaskClient) -> None:
    campaign, department = city.campaign(), city.departments[0].id
    poor, *_ = store_ratings(campaign.id, department, [1] + [5] * 11)
    close_and_settle(campaign.id)
    address = f"/api/v1/campaigns/{campaign.id}/results/{department}"
    before = client.get(address).json
    exclude(city, campaign.id, poor)
    setting(SMALLEST_GROUP, 20, city)
    assert client.get(address).json == before
    publish(campaign, city)
    after = client.get(address).json
    assert (after["version"], after["note"]) == (2, "补充")
    assert all(group["withheld"] for group in after["channels"])
    old = client.get(f"{address}?version=1").json
    assert old == before


def test_scores_are_published_by_the_office_with_their_tree(
    city: City, client: FlaskClient
) -> None:
    campaign = rated(city)
    assert (
        client.get(f"/api/v1/campaigns/{campaign.id}/scores").json["code"] == "scores_not_published"
    )
    run = scored(campaign, stored_scheme(city))
    publish(campaign, city, score_run_id=run, note="公布总分")
    assert queries.published_run_ids() == {run}
    body = client.get(f"/api/v1/campaigns/{campaign.id}/scores").json
    assert body["version"] == 2
    for one in body["departments"]:
        assert Decimal(one["interval"][0]) <= Decimal(one["score"]) <= Decimal(one["interval"][1])
        assert 1 <= one["in_table"][0] <= one["alone"][0] <= one["alone"][1] <= one["in_table"][1]
    tree = client.get(f"/api/v1/campaigns/{campaign.id}/scores/{city.departments[1].id}").json
    channels = {channel["channel"]: channel for channel in tree["channels"]}
    assert channels["open"]["reason"] == "too_few"
    assert channels["open"]["panels"] == []
    indicators = channels["service_centre"]["panels"][0]["indicators"]
    assert {one["counts"]["5"] for one in indicators} == {13}
    assert client.get(f"/api/v1/campaigns/{campaign.id}/scores?version=1").status_code == 409
    rows = lines(client.get(f"/board/{campaign.id}").text)
    for one in body["departments"]:
        low, high = one["interval"]
        assert f"{one['name']} {one['score']} {low}–{high}" in " ".join(rows)
        assert f"名次 {one['in_table'][0]}–{one['in_table'][1]}" in " ".join(rows)
    # Taking the scores back is told in a line each, not figure by figure.
    gone = service.preview(campaign.id).changes
    assert [(one.place, one.after) for one in gone] == [
        (("scheme",), None),
        *[(("score",), None)] * len(city.departments),
    ]


def test_what_a_process_keeps_is_never_an_older_version(city: City, client: FlaskClient) -> None:
    campaign = rated(city)
    board, api = f"/board/{campaign.id}", f"/api/v1/campaigns/{campaign.id}/results"
    for _ in range(2):
        assert "第 1 版" in client.get(board).text
        assert client.get(api).json["version"] == 1
    publish(campaign, city, score_run_id=scored(campaign, stored_scheme(city)), note="公布总分")
    for _ in range(2):
        page, body = client.get(board).text, client.get(api).json
        assert "名次区间" in page
        assert "公布总分" in page
        assert (body["version"], body["scored"]) == (2, True)
        assert body["departments"] == client.get(f"{board}.json").json["departments"]
        old = client.get(f"{board}?version=1").text
        assert "看最新的第 2 版" in old
        assert "名次区间" not in old
        assert client.get(f"{api}?version=1").json["version"] == 1
    setting(OFFICE_NAME, "新名字的评价办", city)
    assert "新名字的评价办" in client.get(board).text
    assert len(lines(client.get(f"{board}?q=shichang").text)) < len(lines(client.get(board).text))


def test_a_question_that_few_answered_is_left_out_with_another_one_in_every_form(
    city: City, client: FlaskClient
) -> None:
    campaign = rated(city)
    publish(campaign, city, score_run_id=scored(campaign, stored_scheme(city)))
    found = queries.published(campaign.id)
    node = first(found.document, city)
    hidden = {
        leaf["code"]
        for leaf in node["leaves"]
        if any(cell == {"channel": "service_centre", "withheld": True} for cell in leaf["channels"])
    }
    assert "A2" in hidden
    assert len(hidden) > 1, "its mean would follow from the channel's"
    centre = next(
        channel for channel in node["score"]["channels"] if channel["channel"] == "service_centre"
    )
    in_tree = {one["code"] for one in centre["panels"][0]["indicators"] if one.get("withheld")}
    assert in_tree == hidden
    body = client.get(f"/api/v1/campaigns/{campaign.id}/results/{city.departments[0].id}").json
    for leaf in body["leaves"]:
        cell = next(one for one in leaf["channels"] if one["channel"] == "service_centre")
        assert cell["withheld"] is (leaf["code"] in hidden)
        assert (cell["mean_score"] is None) is (leaf["code"] in hidden)


def test_the_workbook_and_the_file_hold_what_the_document_holds(
    city: City, client: FlaskClient
) -> None:
    campaign = rated(city)
    publish(campaign, city, score_run_id=scored(campaign, stored_scheme(city)))
    found = queries.published(campaign.id)
    data = client.get(f"/board/{campaign.id}/document.json").data
    assert data == canonical.encode(found.document)
    book = load_workbook(BytesIO(client.get(f"/board/{campaign.id}.xlsx").data))
    assert book.sheetnames == ["说明", "各渠道结果", "子项结果", "分数", "分数构成"]
    rows = list(book["子项结果"].iter_rows(min_row=2, values_only=True))
    cells = [
        (department["id"], leaf["code"], cell.get("count"), cell.get("score"))
        for department in found.document["departments"]
        for leaf in department["leaves"]
        for cell in leaf["channels"]
    ]
    assert len(rows) == len(cells)
    for row, (identifier, code, count, score) in zip(rows, cells, strict=True):
        assert (row[0], row[2]) == (identifier, code)
        if count is None:
            assert row[5:] == ("不公布", None, None)
        else:
            assert (row[5], row[7]) == (count, None if score is None else float(score))
    assert client.get(f"/board/{campaign.id}.xlsx?version=1").status_code == 200


def test_a_computation_of_other_counts_or_without_what_was_set_apart_is_not_published(
    city: City,
) -> None:
    campaign = rated(city)
    scheme = stored_scheme(city)
    run = scored(campaign, scheme)
    with transaction():
        other = scoring.request_run(
            campaign.id, scheme, set_apart=True, actor=SYSTEM, now=clock.now()
        ).id
    scoring_tasks.work(str(other))
    with pytest.raises(Refusal) as refusal:
        publish(campaign, city, score_run_id=other)
    assert refusal.value.code == "score_run_not_publishable"
    second = city.campaign()
    store_ratings(second.id, city.departments[0].id, [5] * 12, channel=Channel.SERVICE_CENTRE)
    close_and_settle(second.id)
    with pytest.raises(Refusal) as refusal:
        publish(second, city, score_run_id=run)
    assert refusal.value.code == "score_run_not_publishable"
    rating = review_target(campaign, city)
    exclude(city, campaign.id, rating)
    with pytest.raises(Refusal) as refusal:
        publish(campaign, city, score_run_id=run)
    assert refusal.value.code == "score_run_outdated"


def review_target(campaign: Campaign, city: City) -> UUID:
    found: UUID | None = db.session.scalar(
        select(Evaluation.id)
        .where(
            Evaluation.campaign_id == campaign.id,
            Evaluation.department_id == city.departments[1].id,
            Evaluation.channel == int(Channel.SERVICE_CENTRE),
        )
        .limit(1)
    )
    assert found is not None
    return found


def test_a_later_version_needs_a_note_something_new_and_the_document_that_was_looked_at(
    city: City,
) -> None:
    campaign = rated(city)
    with pytest.raises(Refusal) as refusal:
        publish(campaign, city)
    assert refusal.value.code == "publication_unchanged"
    seen = canonical.digest(service.preview(campaign.id).document)
    exclude(city, campaign.id, review_target(campaign, city))
    with pytest.raises(InvalidInput):
        publish(campaign, city, note="")
    with pytest.raises(Refusal) as refusal:
        publish(campaign, city, digest=seen)
    assert refusal.value.code == "publication_changed"
    found = service.preview(campaign.id)
    assert {(change.department, change.place[:2]) for change in found.changes} >= {
        (city.departments[1].id, ("channels", "service_centre"))
    }
    assert publish(campaign, city, digest=canonical.digest(found.document)).version == 2


def test_an_open_campaign_stays_sealed(city: City) -> None:
    campaign = city.campaign()
    with pytest.raises(Refusal) as refusal:
        publish(campaign, city)
    assert refusal.value.code == "campaign_sealed"


def test_a_district_s_office_publishes_no_city_campaign(city: City) -> None:
    campaign = rated(city)
    exclude(city, campaign.id, review_target(campaign, city))
    with pytest.raises(Refusal) as refusal, transaction():
        service.publish(
            campaign.id, note="越权", actor=city.actors["head"], now=clock.now() + timedelta(days=1)
        )
    assert refusal.value.code == "not_allowed"


def test_a_weighted_panel_with_small_cells_shows_counts_without_the_weighted_means(
    city: City,
) -> None:
    campaign = surveyed_campaign(city)
    scheme = stored_scheme(city, sampled())
    run = scored(campaign, scheme)
    figures = service.preview(campaign.id, score_run_id=run).figures
    tree = next(one.tree for one in figures.departments if one.tree)
    assert Decimal(tree["score"]) < 75, "the cell that is rarer among raters weighs more"
    publish(campaign, city, score_run_id=run)
    node = first(queries.published(campaign.id).document, city)
    (channel,) = node["score"]["channels"]
    (panel,) = channel["panels"]
    assert panel["weighted"] is True
    # All of the small cell answered alike: any mean above these counts would tell it.
    assert panel["withheld"] is channel["withheld"] is node["score"]["withheld"] is True
    for one in panel["indicators"]:
        assert one["counts"] == {"5": 15, "4": 0, "3": 0, "2": 0, "1": 5, "0": 0}
        assert "score" not in one
