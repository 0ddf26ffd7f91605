"""Quarters, attacked: no small number of cases follows from editions, sums or other quarters."""

import json
from collections.abc import Iterator, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from server.quarterly.rules import Measure
from server.scoring import canonical
from tests.quarterly.attack import as_if_unchanged, equations
from tests.quarterly.cities import (
    LIMIT,
    City,
    Document,
    city_of,
    drawn,
    later,
    publish,
    without_protection,
)

SEEDS = st.integers(0, 2**32)
SLACK = 0.01


def read(document: Document) -> Document:
    """Return what an outsider gets: the canonical bytes, read."""
    found: Document = json.loads(canonical.encode(document))
    return found


def shown(document: Document, department: int, measure: Measure) -> bool:
    """Tell whether a department's number stands in a document."""
    return any(
        one["id"] == department and "withheld" not in one["cases"][measure.value]
        for group in document["groups"]
        for one in group["departments"]
    )


def narrowed(city: City, documents: Sequence[Document]) -> Iterator[str]:
    """Yield each small number of which not everything from none to the limit is possible."""
    for measure in Measure:
        alone = equations(documents[-1:], measure, "of")
        for one in city.departments:
            if city.numbers[one][measure].of >= LIMIT:
                continue
            low, high = alone.range({(0, one): 1.0})
            if low > SLACK or high < LIMIT - SLACK:
                yield f"{measure} of {one}: {low} to {high}"


def narrowed_by_all(city: City, documents: Sequence[Document]) -> Iterator[str]:
    """The same with all editions, taken for one, where no number has changed between them."""
    for measure in Measure:
        joint = as_if_unchanged(documents, measure, "of")
        for one in city.departments:
            if city.numbers[one][measure].of >= LIMIT:
                continue
            if any(shown(document, one, measure) for document in documents):
                continue
            low, high = joint.range({(0, one): 1.0})
            if high - low < LIMIT - SLACK:
                yield f"{measure} of {one}: {low} to {high}"


def differences(cities: Sequence[City], documents: Sequence[Document]) -> Iterator[str]:
    """Yield each small difference between the last edition and an earlier one that is told."""
    *_, last = cities
    for measure in Measure:
        joint = equations(documents, measure, "of")
        for place, before in enumerate(reversed(cities)):
            for one in last.departments if place else ():
                # The numbers count from the last edition, which is 0.
                earlier = documents[-1 - place]
                change = last.numbers[one][measure].of - before.numbers[one][measure].of
                if 0 < abs(change) < LIMIT and shown(earlier, one, measure):
                    low, high = joint.range({(0, one): 1.0, (place, one): -1.0})
                    if high - low < LIMIT - SLACK:
                        yield f"{measure} of {one}: {change} more than {place} before"


def editions(seed: int, count: int, *, change: bool = True) -> tuple[list[City], list[Document]]:
    draw = drawn(seed)
    cities = [city_of(draw)]
    published = [read(publish(cities[0]))]
    for _ in range(count - 1):
        city = later(cities[-1], draw)
        if not change:
            city.numbers = cities[-1].numbers
        cities.append(city)
        published.append(read(publish(city, published)))
    return cities, published


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_no_small_number_follows_from_the_sums_of_one_edition(seed: int) -> None:
    cities, published = editions(seed, 1)
    assert list(narrowed(cities[0], published)) == []


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_nor_from_three_editions_between_which_departments_change_groups(seed: int) -> None:
    cities, published = editions(seed, 3, change=False)
    for last in (1, 2, 3):
        assert list(narrowed_by_all(cities[last - 1], published[:last])) == []


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_no_small_change_follows_from_subtracting_one_edition_from_another(seed: int) -> None:
    cities, published = editions(seed, 3)
    for last in (2, 3):
        assert list(narrowed(cities[last - 1], published[:last])) == []
        assert list(differences(cities[:last], published[:last])) == []


def test_the_attacks_succeed_where_only_the_small_numbers_themselves_are_left_out() -> None:
    alone, joint, changed = 0, 0, 0
    with without_protection():
        for seed in range(40):
            cities, published = editions(seed, 1)
            alone += any(narrowed(cities[0], published))
            cities, published = editions(seed, 3, change=False)
            joint += any(narrowed_by_all(cities[-1], published))
            cities, published = editions(seed, 3)
            changed += any(differences(cities, published))
    assert alone > 20
    assert joint > 20
    assert changed > 20


def test_editions_that_take_no_account_of_each_other_are_subtracted() -> None:
    found = 0
    for seed in range(40):
        draw = drawn(seed)
        cities = [city_of(draw)]
        cities.append(later(cities[0], draw))
        published = [read(publish(city)) for city in cities]
        found += any(differences(cities, published))
    assert found > 4


def test_the_same_numbers_are_withheld_every_time() -> None:
    for seed in range(10):
        cities, published = editions(seed, 2)
        assert read(publish(cities[1], published[:1])) == published[1]
        again = publish(cities[1], published)
        assert read(again) == published[1], "a repeated edition shows neither more nor less"
