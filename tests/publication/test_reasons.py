"""Why a score is missing never tells whether nobody rated or one to nine persons did."""

import re
from collections.abc import Iterator
from io import BytesIO
from random import Random
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from server.campaigns.rules import SIGNED, Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction
from server.publication import queries, service
from server.scoring import canonical
from server.scoring import service as scoring
from server.scoring import tasks as scoring_tasks
from tests.factories.city import City
from tests.factories.closing import close_and_settle, store_ratings
from tests.publication.cases import (
    CHANNELS,
    CODES,
    LIMIT,
    OVERALL,
    PANELS,
    Case,
    case_of,
    department,
    publish,
    scheme_of,
)
from tests.scoring.cities import stored_scheme

Key = tuple[Channel, str]
NOBODY = 0


def keys() -> Iterator[Key]:
    for channel in CHANNELS:
        yield from ((channel, panel) for panel in (PANELS if channel is Channel.SAMPLE else ("",)))


def of_raters(number: int) -> Case:
    """Return a department that as many persons rated through each channel; no village signed."""
    rating = dict.fromkeys((OVERALL, *CODES), 4)
    return Case({key: [rating] * (0 if key[0] in SIGNED else number) for key in keys()})


def silenced(case: Case) -> Case:
    """Return the case as if nobody had rated where too few persons did."""
    few = {channel for channel in CHANNELS if channel not in SIGNED and len(case.of(channel)) < 10}
    return Case({key: [] if key[0] in few else found for key, found in case.ratings.items()})


def reasons(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("reason"):
            yield node["reason"]
        for inner in node.values():
            yield from reasons(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from reasons(inner)


@pytest.mark.parametrize("number", range(1, 4))
def test_a_department_that_few_rated_reads_like_one_that_nobody_rated(number: int) -> None:
    scheme = scheme_of(Random(1))  # noqa: S311 the same weights every time
    few, nobody = (
        publish(department(of_raters(raters), scheme), scheme) for raters in (number, NOBODY)
    )
    # Three in each of three panels are nine in the channel.
    assert canonical.encode(few) == canonical.encode(nobody)
    assert set(reasons(few)) == {"too_few"}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_what_few_said_leaves_no_trace_beside_what_many_said(seed: int) -> None:
    draw = Random(seed)  # noqa: S311 the same cases for the same seed
    case, scheme = case_of(draw), scheme_of(draw)
    before = publish(department(case, scheme), scheme)
    after = publish(department(silenced(case), scheme), scheme)
    assert [*reasons(before)] == [*reasons(after)]
    assert canonical.encode(before) == canonical.encode(after)


@pytest.mark.parametrize("number", range(1, LIMIT, 4))
def test_neither_api_nor_pages_nor_files_tell_few_from_nobody(
    city: City, client: FlaskClient, number: int
) -> None:
    campaign = city.campaign()
    many, few, nobody = (one.id for one in city.departments)
    store_ratings(campaign.id, many, [4] * 20, channel=Channel.SERVICE_CENTRE)
    store_ratings(campaign.id, few, [5] * number, channel=Channel.SERVICE_CENTRE)
    store_ratings(campaign.id, few, [5] * number)
    close_and_settle(campaign.id)
    with transaction():
        run = scoring.request_run(
            campaign.id, stored_scheme(city), actor=SYSTEM, now=clock.now()
        ).id
    scoring_tasks.work(str(run))
    published(city, campaign.id, run)

    listed = client.get(f"/api/v1/campaigns/{campaign.id}/scores").json["departments"]
    scores = {one["id"]: one for one in listed}
    assert scores[many]["score"] is not None
    assert alike(scores[few]) == alike(scores[nobody])
    for kind in ("results", "scores"):
        address = f"/api/v1/campaigns/{campaign.id}/{kind}"
        one, other = (client.get(f"{address}/{identifier}").json for identifier in (few, nobody))
        assert alike(one) == alike(other)
    one, other = (
        words(client.get(f"/board/{campaign.id}/{identifier}").text, city)
        for identifier in (few, nobody)
    )
    assert one == other
    rows = re.findall(r"<tr>.*?</tr>", client.get(f"/board/{campaign.id}").text, re.DOTALL)
    assert len({words(row, city) for row in rows[-3:]}) == 2
    book = load_workbook(BytesIO(client.get(f"/board/{campaign.id}.xlsx").data))
    for sheet in book.worksheets[1:]:
        lines = [row for row in sheet.iter_rows(values_only=True) if row[0] in (few, nobody)]
        by_department = [[row[2:] for row in lines if row[0] == one] for one in (few, nobody)]
        assert by_department[0] == by_department[1], sheet.title


def published(city: City, campaign_id: int, run: UUID) -> None:
    with transaction():
        service.publish(
            campaign_id,
            score_run_id=run,
            note="分数",
            actor=city.actors["office1"],
            now=clock.now(),
        )
    assert queries.published(campaign_id).version == 2


def alike(node: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what names its department."""
    return {key: value for key, value in node.items() if key not in {"id", "name", "department"}}


def words(page: str, city: City) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    for one in city.departments:
        text = text.replace(one.name, "部门").replace(f"/{one.id}", "/N")
    return text
