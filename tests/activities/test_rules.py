"""The law behind check-in, quarters, and who an activity is for."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest

from server.activities.rules import (
    ALWAYS_ENOUGH,
    OPTIONAL_KINDS,
    ActivityState,
    Audience,
    EvidenceKind,
    Quarter,
    evidence_fault,
    is_for,
    moves_up,
    proposed_day,
    refusal_of_joining,
)

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_no_activity_makes_place_and_photo_the_only_ways() -> None:
    for size in range(1, len(EvidenceKind) + 1):
        for kinds in combinations(EvidenceKind, size):
            for needed in (1, 2):
                allowed = evidence_fault(kinds, needed) is None
                voluntary_only = set(kinds) <= {EvidenceKind.PLACE, EvidenceKind.PHOTO}
                assert not (allowed and voluntary_only)
                assert allowed == (not voluntary_only and needed <= size)


def test_the_organisers_confirmation_suffices_alone_and_is_no_matter_of_choice() -> None:
    assert {EvidenceKind.ORGANISER} == ALWAYS_ENOUGH
    assert {EvidenceKind.PLACE, EvidenceKind.PHOTO} == OPTIONAL_KINDS
    assert ALWAYS_ENOUGH.isdisjoint(OPTIONAL_KINDS)


@pytest.mark.parametrize("needed", [0, 3, -1])
def test_one_or_two_kinds_of_evidence_can_be_needed(needed: int) -> None:
    assert evidence_fault(tuple(EvidenceKind), needed) is not None


def test_evidence_is_chosen_once_each_and_never_left_out() -> None:
    assert evidence_fault((), 1) is not None
    assert evidence_fault((EvidenceKind.CODE, EvidenceKind.CODE), 1) is not None


@pytest.mark.parametrize(
    ("state", "now", "refusal"),
    [
        (ActivityState.DRAFT, NOON, "activity_not_announced"),
        (ActivityState.CANCELLED, NOON, "activity_cancelled"),
        (ActivityState.ANNOUNCED, NOON, None),
        (ActivityState.ANNOUNCED, NOON + HOUR, "activity_join_closed"),
        (ActivityState.ANNOUNCED, NOON + 2 * HOUR, "activity_over"),
    ],
)
def test_joining_is_refused_with_a_name_of_its_own(
    state: ActivityState, now: datetime, refusal: str | None
) -> None:
    assert (
        refusal_of_joining(state, join_until=NOON + HOUR, ends_at=NOON + 2 * HOUR, now=now)
        == refusal
    )


def test_the_list_moves_up_until_the_start_or_the_end_of_joining() -> None:
    assert moves_up(starts_at=NOON, join_until=NOON - HOUR, now=NOON - HOUR / 2)
    assert not moves_up(starts_at=NOON, join_until=NOON - HOUR, now=NOON)
    assert moves_up(starts_at=NOON, join_until=NOON + HOUR, now=NOON + HOUR / 2)


def test_an_activity_of_partners_is_for_their_people_and_those_below_them() -> None:
    def meant(places: list[int], holders: list[int]) -> bool:
        return is_for(
            Audience.PARTNERS, branch_places=places, groups=[], holders=holders, audience_groups=[]
        )

    assert meant([1, 5, 51], [51])
    assert meant([1, 5, 51], [7, 5])
    assert not meant([1, 5, 51], [52, 511])


def test_an_activity_of_groups_is_for_who_is_in_one_of_them() -> None:
    for groups, expected in (([1, 2], True), ([2, 3], True), ([4], False), ([], False)):
        meant = is_for(
            Audience.GROUPS,
            branch_places=[1],
            groups=groups,
            holders=[1],
            audience_groups=[1, 3],
        )
        assert meant is expected


def test_quarters_begin_and_end_in_shanghai() -> None:
    fourth = Quarter.of(date(2026, 11, 23))
    assert (fourth.code, fourth.label) == ("2026-4", "2026 年第 4 季度")
    assert Quarter.read("2026-4") == fourth
    assert fourth.starts_at.astimezone(UTC) == datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert fourth.ends_at.astimezone(UTC) == datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert [Quarter.of(date(2026, month, 1)).number for month in (1, 3, 4, 6, 7, 9, 10, 12)] == [
        1,
        1,
        2,
        2,
        3,
        3,
        4,
        4,
    ]


@pytest.mark.parametrize("code", ["", "2026", "2026-0", "2026-5", "1999-1", "x-1", "2026-1-2"])
def test_what_is_no_quarter_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Quarter.read(code)


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        (2026, 12, date(2026, 12, 1)),
        (2027, 5, date(2027, 5, 3)),
        (2026, 11, date(2026, 11, 30)),
        (2026, 10, None),
    ],
    ids=["weekday", "weekend", "now", "over"],
)
def test_a_day_is_proposed_in_the_month_of_a_yearly_line(
    year: int, month: int, day: date | None
) -> None:
    assert proposed_day(year, month, date(2026, 11, 23)) == day
