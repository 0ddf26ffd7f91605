"""Work that several threads ask for at the same time, done by one of them for all.

A round trip to a server costs mostly the trip: its system calls, the wait, and in Python the two
changes of the thread that runs. Whoever finds nobody at work does the work, for itself alone when
nobody else asks: nothing is ever put off in the hope of company. Who comes meanwhile waits, and the
first of those does it next for all who wait by then. So the busier a process is, the more share a
trip, and the fewer trips there are.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")

MOST_TOGETHER = 16


class _Asked(Generic[Question, Answer]):
    """A question under way. ``woken`` is held until its thread has something to do."""

    __slots__ = ("answers", "question", "woken", "works")

    def __init__(self, question: Question) -> None:
        self.question = question
        self.works = False
        # One answer; none while there is none, or where the work on all failed.
        self.answers: Sequence[Answer] = ()
        self.woken = Lock()
        self.woken.acquire()


class Gathering(Generic[Question, Answer]):
    """Answers questions together. ``work`` takes a list of them and answers in their order.

    Work that fails for many is done again for each alone, by its own thread: each gets its own
    answer or its own error, and none suffers for its neighbour. So ``work`` must be such that it
    can be repeated.
    """

    def __init__(self, work: Callable[[list[Question]], Sequence[Answer]]) -> None:
        """Gather for ``work``, which runs in the thread of one of those who ask."""
        self._work = work
        self._at_work = False
        self._waiting: deque[_Asked[Question, Answer]] = deque()
        # Held for a moment only, never during the work.
        self._lock = Lock()

    def ask(self, question: Question) -> Answer:
        """Return the answer, after this thread or another has worked for it."""
        own = _Asked[Question, Answer](question)
        with self._lock:
            own.works, self._at_work = not self._at_work, True
            if not own.works:
                self._waiting.append(own)
        if not own.works:
            own.woken.acquire()
        if own.works:
            self._work_for(own)
        return own.answers[0] if own.answers else self._work([question])[0]

    def _work_for(self, own: _Asked[Question, Answer]) -> None:
        """Work for the question and for all that wait."""
        # Whoever is about to ask gets a turn first; with nobody there this costs a microsecond.
        time.sleep(0)
        with self._lock:
            others = [self._waiting.popleft() for _ in range(self._how_many_others())]
        try:
            answers = self._work([own.question, *(other.question for other in others)])
            for asked, answer in zip([own, *others], answers, strict=True):
                asked.answers = (answer,)
        except Exception:
            if not others:
                raise
        finally:
            self._hand_over()
            for other in others:
                other.woken.release()

    def _how_many_others(self) -> int:
        return min(len(self._waiting), MOST_TOGETHER - 1)

    def _hand_over(self) -> None:
        with self._lock:
            if not self._waiting:
                self._at_work = False
                return
            following = self._waiting.popleft()
        following.works = True
        following.woken.release()
