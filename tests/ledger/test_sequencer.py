"""The sequencer: who is taken up when, in what order, and that it continues what was signed."""

from datetime import timedelta
from itertools import pairwise

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select, text

from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import service as evaluation
from server.ledger import queries, sequencer, service, tasks, tree
from server.ledger.models import Head, Leaf
from server.ledger.rules import Event
from server.ledger.store import LedgerBrokenError
from tests.factories import naive_tree
from tests.factories.city import City
from tests.factories.logged import (
    append,
    checkpoint,
    entries,
    leaves,
    note_accepted,
    note_excluded,
    pending,
    tally,
)


def test_an_empty_log_has_a_signed_head_of_size_nought(app: APIFlask) -> None:
    assert checkpoint().size == 0
    assert checkpoint().root == tree.EMPTY_ROOT
    assert append() == 0
    assert db.session.scalar(select(func.count()).select_from(Head)) == 0


def test_a_batch_becomes_leaves_and_a_signed_head_over_them(app: APIFlask) -> None:
    commitments = note_accepted(1, 25)
    assert append() == 25
    assert pending() == 0
    assert {leaf.commitment for leaf in leaves()} == set(commitments)
    assert [leaf.index for leaf in leaves()] == list(range(25))
    found = checkpoint()
    assert (found.origin, found.size) == ("ronghe.test/log", 25)
    assert found.root == naive_tree.root(list(entries()))


def test_an_entry_says_what_happened_and_nothing_of_whom_or_how(app: APIFlask) -> None:
    one, *_ = note_accepted(7, 10)
    append()
    found = queries.leaf_of(7, one)
    assert found is not None
    assert found.entry == f"v1 7 accepted - {one.hex()} -"
    note_excluded(7, one, "duplicate")
    append(7)
    later = queries.later_leaf(7, one)
    assert later is not None
    assert later.entry == f"v1 7 excluded duplicate - {one.hex()}"


def test_fewer_than_ten_of_a_campaign_wait_and_others_do_not_help_them(app: APIFlask) -> None:
    note_accepted(1, 9)
    note_accepted(2, 9)
    assert append() == 0
    note_accepted(2, 1)
    assert append() == 10
    assert {leaf.campaign_id for leaf in leaves()} == {2}
    assert pending() == 9


def test_corrections_and_withdrawals_hide_no_rating_and_wait_with_it(app: APIFlask) -> None:
    one, *_ = note_accepted(1, 9)
    with transaction():
        for _ in range(5):
            service.note(1, Event.CORRECTED, commitment=b"c" * 32, previous=one)
    note_excluded(1, one)
    assert append() == 0
    note_accepted(1, 1)
    assert append() == 16
    with transaction():
        for _ in range(20):
            service.note(1, Event.WITHDRAWN, previous=one)
    assert append() == 0
    assert append(1) == 20


def test_at_the_close_all_are_taken_however_few(app: APIFlask) -> None:
    note_accepted(1, 3)
    note_accepted(1, 2, at_close=True)
    note_accepted(2, 4)
    assert append(1) == 5
    assert {leaf.campaign_id for leaf in leaves()} == {1}


def test_of_the_sample_survey_nothing_is_told_before_the_close(app: APIFlask) -> None:
    note_accepted(1, 50, at_close=True)
    note_accepted(1, 12)
    assert append() == 12
    assert append() == 0
    assert append(1) == 50


def test_what_a_killed_close_left_behind_is_taken_by_the_next_run(city: City) -> None:
    campaign = city.campaign()
    note_accepted(campaign.id, 4, at_close=True)
    assert append() == 0
    with transaction():
        evaluation.close_campaign(campaign.id, actor=SYSTEM, now=clock.now())
    tasks.append_hourly(0)
    assert [leaf.campaign_id for leaf in leaves()] == [campaign.id] * 4


def test_a_broken_seal_waits_for_nobody(app: APIFlask) -> None:
    note_accepted(1, 3)
    with transaction():
        service.note(1, Event.SEAL_BROKEN, body="at=2026-11-23")
    assert append() == 1
    assert list(entries()) == [b"v1 1 seal_broken - - - at=2026-11-23"]


def test_leaves_stand_in_another_order_than_events_came_in(app: APIFlask) -> None:
    commitments = note_accepted(1, 200)
    append()
    order = [leaf.commitment for leaf in leaves()]
    assert sorted(order) == sorted(commitments)  # type: ignore[type-var]
    assert order != commitments
    assert order != sorted(order)  # type: ignore[type-var]
    # By chance about one in two neighbours goes up: that of an order kept is 199.
    places = {one: place for place, one in enumerate(commitments)}
    rising = sum(
        places[first] < places[second]  # type: ignore[index]
        for first, second in pairwise(order)
    )
    assert 60 < rising < 140


def test_each_head_continues_the_one_before_it(app: APIFlask) -> None:
    sizes = [0]
    for count in (10, 246, 1, 255, 300):
        note_accepted(1, count)
        append(1)
        sizes.append(sizes[-1] + count)
    everything = list(entries())
    roots = {row.size: row.root for row in db.session.scalars(select(Head))}
    assert list(roots) == sizes[1:]
    for size, root in roots.items():
        assert root == naive_tree.root(everything[:size])
    for old, new in pairwise(sizes[1:]):
        path = queries.consistency(old, new)
        tree.check_consistency(old, new, roots[old], roots[new], path)
    for index in (0, 9, 255, 256, sizes[-1] - 1):
        path = queries.inclusion(index, sizes[-1])
        tree.check_inclusion(
            index, sizes[-1], tree.leaf_hash(everything[index]), path, roots[sizes[-1]]
        )


def test_two_equal_commitments_do_not_stop_the_log(app: APIFlask) -> None:
    with transaction():
        for _ in range(12):
            service.note(1, Event.ACCEPTED, commitment=b"x" * 32)
    assert append() == 12
    assert queries.leaf_of(1, b"x" * 32) is not None


def test_a_batch_larger_than_what_is_read_at_once_is_one_head(
    app: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "A_TIME", 100)
    note_accepted(1, 777)
    assert append() == 777
    assert [row.size for row in db.session.scalars(select(Head))] == [777]
    assert checkpoint().root == naive_tree.root(list(entries()))


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE ledger_tile SET hashes = hashes || hashes WHERE level = 0",
        "UPDATE ledger_tile SET hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1)",
        "DELETE FROM ledger_tile",
        "UPDATE ledger_head SET root = sha256(root)",
    ],
)
def test_nothing_is_signed_over_tables_that_contradict_each_other(app: APIFlask, harm: str) -> None:
    note_accepted(1, 30)
    append()
    with transaction():
        db.session.execute(text(harm))
    note_accepted(1, 30)
    if "||" in harm:
        # What stands behind the signed size is passed over, but never written over.
        with pytest.raises(LedgerBrokenError):
            append()
    else:
        with pytest.raises(Exception, match="ledger_head_lost"):
            append()
    assert checkpoint().size == 30
    assert pending() == 30
    assert db.session.scalar(select(func.count()).select_from(Leaf)) == 30


def test_a_tally_comes_behind_all_that_it_counts(city: City) -> None:
    campaign = city.campaign().id
    commitments = note_accepted(campaign, 12)
    append()
    note_excluded(campaign, commitments[0])
    made = tally(campaign, commitments[1:], excluded={"test": 1})
    last = list(entries())[-1].decode()
    assert made.leaf_index == 13
    assert last == (
        f"v1 {campaign} tallied - - - edition=1 counted=11 withdrawn=0 excluded.test=1"
        f" root={naive_tree.root(sorted(commitments[1:])).hex()}"
    )


def test_a_rolled_back_event_never_comes_into_the_log(app: APIFlask) -> None:
    note_accepted(1, 10)
    service.note(1, Event.ACCEPTED, commitment=b"y" * 32)
    db.session.rollback()
    assert append() == 10
    assert queries.leaf_of(1, b"y" * 32) is None


def test_the_hourly_job_signs_with_the_time_of_its_run(app: APIFlask) -> None:
    note_accepted(1, 10)
    tasks.append_hourly(0)
    found = queries.newest_head()
    assert found is not None
    assert clock.now() - found.at < timedelta(minutes=5)
