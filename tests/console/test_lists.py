"""Long lists: paged by key, with the same number of queries however long they are."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from apiflask import APIFlask
from sqlalchemy import event

from server.campaigns import service as campaigns
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation.rules import CommentState
from server.identity import service as identity
from server.identity.rules import OrganisationKind
from tests.console.conftest import Desk, Rate, SignIn
from tests.factories.city import City


@contextmanager
def counted(app: APIFlask) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def departments(city: City, number: int, start: int = 0) -> None:
    with transaction():
        for place in range(start, start + number):
            identity.create_organisation(
                name=f"第{place}局",
                kind=OrganisationKind.DEPARTMENT,
                parent_id=city.root.id,
                actor=SYSTEM,
                now=clock.now(),
            )


def queries_of(app: APIFlask, person: Desk, path: str) -> int:
    with counted(app) as statements:
        person.read(path)
    return len(statements)


def test_lists_ask_the_database_as_often_for_many_rows_as_for_few(
    app: APIFlask, desk: SignIn, city: City, rate: Rate
) -> None:
    office, administrator = desk("office1"), desk("admin")
    campaign = city.campaign()
    held = {"comment": "待审", "comment_state": CommentState.HELD}
    pages = [
        (office, "/campaigns"),
        (office, f"/campaigns/{campaign.id}"),
        (office, f"/codes?campaign={campaign.id}"),
        (office, "/qr-codes"),
        (office, "/review"),
        (office, "/organisations"),
        (office, "/audit"),
        (administrator, "/accounts"),
    ]

    def fill(number: int, start: int) -> None:
        departments(city, number, start)
        rate(campaign, city.departments[0], [1] * number, **held)
        for place in range(start, start + number):
            city.campaign(is_open=False)
            city.codes(campaign, city.departments[place % 3], 1)
            with transaction():
                identity.create_account(
                    name=f"person{place}", display_name="某人", actor=SYSTEM, now=clock.now()
                )

    fill(2, 0)
    few = {path: queries_of(app, person, path) for person, path in pages}
    fill(6, 2)
    assert {path: queries_of(app, person, path) for person, path in pages} == few


def test_pages_follow_each_other_without_gap_or_repetition(desk: SignIn, city: City) -> None:
    departments(city, 70)
    office, path, seen = desk("office1"), "/organisations?kind=department", []
    while path:
        text = office.read(path)
        seen += re.findall(r'href="/console/organisations/(\d+)"', text)
        following = re.search(r'href="/console(/organisations\?[^"]+)" rel="next"', text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 72


def test_batches_and_campaigns_of_the_same_moment_are_all_listed(desk: SignIn, city: City) -> None:
    campaign, now = city.campaign(), clock.now()
    with transaction():
        for _ in range(55):
            campaigns.issue_codes(
                campaign.id, department_id=city.departments[0].id, size=1, actor=SYSTEM, now=now
            )
    office, seen, path = desk("office1"), [], f"/codes?campaign={campaign.id}"
    while path:
        text = office.read(path)
        seen += re.findall(r'href="/console/codes/([0-9a-f-]{36})">', text)
        following = re.search(r'href="/console(/codes\?[^"]+)" rel="next"', text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 55


def test_an_altered_cursor_is_a_page_that_says_so(desk: SignIn) -> None:
    assert "页码已失效" in desk("office1").read("/organisations?cursor=rubbish", 422)
