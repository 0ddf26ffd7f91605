"""Stationed inspectors: their own list, and what they see of their departments and no others."""

from datetime import date

import pytest

from server.core import clock
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.uptake import queries, service
from server.uptake.queries import EntryFilter
from tests.console.conftest import SignIn
from tests.factories.city import City
from tests.factories.results import open_case


def add(city: City, place: int = 0, *, name: str = "inspector", **more: object) -> object:
    with transaction():
        return service.add_entry(
            city.departments[place].id,
            "盯住这一件",
            actor=city.actors[name],
            now=clock.now(),
            **more,  # type: ignore[arg-type]
        ).id


def test_an_entry_is_followed_to_its_end_and_can_be_taken_up_again(city: City) -> None:
    entry = add(city, due_on=date(2026, 1, 1))
    inspector = city.actors["inspector"]
    first = city.departments[0].id
    assert queries.open_entries([first], today=clock.today()) == {first: (1, 1)}
    with transaction():
        service.finish_entry(entry, "已整改到位", actor=inspector, now=clock.now())  # type: ignore[arg-type]
    assert queries.open_entries([first], today=clock.today()) == {first: (0, 0)}
    with pytest.raises(Refusal), transaction():
        service.finish_entry(entry, "又一次", actor=inspector, now=clock.now())  # type: ignore[arg-type]
    with transaction():
        service.reopen_entry(entry, actor=inspector, now=clock.now())  # type: ignore[arg-type]
    (found,) = queries.entry_page(EntryFilter(), actor=inspector, cursor=None).items
    assert (found.state, found.outcome, found.done_at) == ("open", "已整改到位", None)


def test_a_second_tap_writes_nothing_twice(city: City) -> None:
    assert add(city) == add(city)


@pytest.mark.parametrize("name", ["office1", "liaison", "head", "admin", "auditor"])
def test_nobody_else_writes_or_reads_the_inspectors_list(city: City, name: str) -> None:
    add(city)
    with pytest.raises(Refusal):
        add(city, name=name)
    assert not queries.entry_page(EntryFilter(), actor=city.actors[name], cursor=None).items


def test_another_department_stays_closed(city: City, desk: SignIn) -> None:
    with pytest.raises(Refusal):
        add(city, 1)
    inspector = desk("inspector")
    inspector.read(f"/inspection/{city.departments[1].id}", 403)


def test_a_case_of_another_department_can_not_be_tied_to_an_entry(city: City) -> None:
    case = open_case(city, 1)
    with pytest.raises(Refusal) as refusal:
        add(city, case_id=case.id)
    assert refusal.value.code == "case_unknown"


def test_the_departments_page_shows_its_cases_and_has_no_step_to_take(
    city: City, desk: SignIn
) -> None:
    case = open_case(city)
    other = open_case(city, 1)
    text = desk("inspector").read(f"/inspection/{city.departments[0].id}")
    assert case.number in text
    assert other.number not in text
