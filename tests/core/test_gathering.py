"""Work done for several threads at once: together when they meet, each with its own outcome."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest

from server.core.gathering import MOST_TOGETHER, Gathering
from tests.factories.waiting import wait_until

ENDS = 1001


class Halves:
    """Halves numbers; the first call waits until it is let go, and every call is noted."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.begun, self.go_on = Event(), Event()

    def __call__(self, numbers: list[int]) -> list[int]:
        self.calls.append(numbers)
        self.begun.set()
        assert self.go_on.wait(10)
        if any(number < 0 for number in numbers):
            raise ValueError(min(numbers))
        if ENDS in numbers:
            raise SystemExit
        return [number // 2 for number in numbers]


@contextmanager
def asked(*numbers: int) -> Iterator[tuple[Halves, dict[int, Future[int]]]]:
    """Ask the first question, and while it is worked on all the others."""
    halves = Halves()
    gathering = Gathering[int, int](halves)
    with ThreadPoolExecutor(len(numbers)) as pool:
        answers = {numbers[0]: pool.submit(gathering.ask, numbers[0])}
        assert halves.begun.wait(10)
        for place, number in enumerate(numbers[1:], start=1):
            answers[number] = pool.submit(gathering.ask, number)
            wait_until(lambda: len(gathering._waiting) == place)  # noqa: B023 ends before the next
        halves.go_on.set()
        yield halves, answers
    assert not gathering._at_work
    assert gathering.ask(8) == 4, "it goes on afterwards"


def test_who_comes_alone_waits_for_nobody() -> None:
    halves = Halves()
    halves.go_on.set()
    gathering = Gathering[int, int](halves)
    assert [gathering.ask(number) for number in (2, 4)] == [1, 2]
    assert halves.calls == [[2], [4]]


def test_those_who_come_meanwhile_are_answered_together() -> None:
    with asked(0, 2, 4, 6) as (halves, answers):
        assert {number: answer.result(10) for number, answer in answers.items()} == {
            0: 0,
            2: 1,
            4: 2,
            6: 3,
        }
    assert halves.calls[:2] == [[0], [2, 4, 6]]


def test_no_more_than_so_many_share_a_trip() -> None:
    numbers = range(MOST_TOGETHER + 3)
    with asked(*numbers) as (halves, answers):
        assert [answers[number].result(10) for number in numbers] == [n // 2 for n in numbers]
    assert [len(call) for call in halves.calls[:3]] == [1, MOST_TOGETHER, 2]


def test_a_neighbour_does_not_suffer_for_a_bad_question() -> None:
    with asked(0, 2, -1, 4) as (_, answers):
        assert [answers[number].result(10) for number in (0, 2, 4)] == [0, 1, 2]
        with pytest.raises(ValueError, match="-1"):
            answers[-1].result(10)


def test_nobody_waits_for_a_worker_that_was_ended() -> None:
    with asked(0, ENDS, 2) as (_, answers):
        assert answers[2].result(10) == 1
        with pytest.raises(SystemExit):
            answers[ENDS].result(10)
