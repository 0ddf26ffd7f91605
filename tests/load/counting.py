"""Counts of ratings: folding, what is published, counting anew, with little and much stored."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median

from flask.testing import FlaskClient
from sqlalchemy import text

from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import counts, tasks
from server.evaluation import service as evaluation
from tests.load import campaigns
from tests.load.campaigns import RatedCampaign
from tests.load.instance import Instance
from tests.load.processes import DATABASE
from tests.load.report import MILLISECONDS, MOST_GROWTH, Figure

CITY = "临湖市"
# A rating has ten leaves.
VALUES_A_RATING = 10
STORED = (10_000, 1_000_000, 10_000_000)
ROUNDS = 7
NEW_RATINGS = 5_000
PAGES = 25
MOST_PAGE_MS = 15.0
# What the public reads of a settled campaign, and the phones.
PAGE_PATHS = {"board": "/board/{}", "results": "/api/v1/campaigns/{}/results"}
MOST_RECOUNT_SECONDS = 3.0
MOST_OF_AGGREGATE = 1.0
# What anybody would write who needs the same figures from the ratings.
AGGREGATE = """
    SELECT department_id, channel, cell, place, level, count(*)
    FROM {partition}, unnest(overall || levels) WITH ORDINALITY AS answer (level, place)
    WHERE state = 1 GROUP BY 1, 2, 3, 4, 5
"""


@dataclass
class Counted:
    """Seconds of every round, by values stored where it matters; of pages, of the processors.

    ``pages`` by their names in ``PAGE_PATHS``, then by values stored.
    """

    folds: dict[int, list[float]] = field(default_factory=dict)
    pages: dict[str, dict[int, list[float]]] = field(default_factory=dict)
    recounts: list[float] = field(default_factory=list)
    aggregates: list[float] = field(default_factory=list)


class Counting:
    """One instance, with a campaign for each amount that is stored."""

    def __init__(self, instance: Instance, say: Callable[[str], None]) -> None:
        """``say`` tells a person who waits what goes on."""
        self._instance = instance
        self._say = say
        made = campaigns.make_campaigns(len(STORED), CITY)
        self._campaigns = dict(zip(STORED, made, strict=True))

    def run(self) -> Counted:
        """Fill, measure each in turns, then close and measure the pages."""
        for stored, campaign in self._campaigns.items():
            self._say(f"storing {stored:,} values")
            campaigns.fill(campaign, stored // VALUES_A_RATING)
            campaigns.vacuum(campaign)
        tasks.fold_changes(0)
        campaigns.checkpoint()
        counted = Counted(
            {stored: [] for stored in STORED},
            {page: {stored: [] for stored in STORED} for page in PAGE_PATHS},
        )
        for number in range(1, ROUNDS + 1):
            turns = STORED if number % 2 else STORED[::-1]
            for stored in turns:
                counted.folds[stored].append(self._fold(self._campaigns[stored]))
            self._count_anew(counted, recount_first=bool(number % 2))
            self._say(
                f"round {number} of {ROUNDS}: recount {counted.recounts[-1]:.2f} s,"
                f" plain aggregate {counted.aggregates[-1]:.2f} s"
            )
        self._pages(counted)
        return counted

    def _fold(self, campaign: RatedCampaign) -> float:
        """Return the seconds of one folding of new ratings, each of which is a change of its own.

        In the transaction that adds them, so that the worker's job can't be there first.
        """
        with transaction():
            counts.fold()
            campaigns.add(campaign, NEW_RATINGS)
            started = time.perf_counter()
            folded = counts.fold()
            seconds = time.perf_counter() - started
        assert folded > NEW_RATINGS * 0.9, folded
        return seconds

    def _count_anew(self, counted: Counted, *, recount_first: bool) -> None:
        campaign = self._campaigns[STORED[-1]]
        aggregate = text(AGGREGATE.format(partition=campaign.partition))

        def plainly() -> None:
            with transaction():
                counted.aggregates.append(timed(lambda: db.session.execute(aggregate).all()))

        def by_us() -> None:
            with transaction():
                counted.recounts.append(timed(lambda: counts.recount(campaign.id)))

        for step in (by_us, plainly) if recount_first else (plainly, by_us):
            step()

    def _pages(self, counted: Counted) -> None:
        browser = self._instance.app.test_client()
        for stored, campaign in self._campaigns.items():
            self._say(f"closing and settling a campaign of {stored:,} values")
            with transaction():
                evaluation.close_campaign(campaign.id, actor=SYSTEM, now=clock.now())
            tasks.settle(campaign.id)
        for number in range(1 + ROUNDS):
            # Nobody reads so often: each round comes from an address of its own.
            address = f"192.0.2.{number + 1}"
            for page, path in PAGE_PATHS.items():
                for stored, campaign in self._campaigns.items():
                    spent = self._spent(browser, path.format(campaign.id), address)
                    # The first time templates are compiled, plans made and versions read.
                    if number:
                        counted.pages[page][stored].append(spent)

    def _spent(self, browser: FlaskClient, path: str, address: str) -> float:
        """Return the seconds of our processor and the database's that a page takes."""
        before = time.process_time(), self._instance.servers.cpu()[DATABASE]
        for _ in range(PAGES):
            read(browser, path, address)
        own = time.process_time() - before[0]
        database = (self._instance.servers.cpu()[DATABASE] - before[1]) / MILLISECONDS
        return (own + database) / PAGES


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def read(browser: FlaskClient, path: str, address: str) -> None:
    """Open a page, which must be there."""
    answer = browser.get(path, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 200, answer.text


def counting_figures(counted: Counted) -> Iterator[Figure]:
    """Return every figure; medians of the rounds, ratios of their own."""
    few = STORED[0]
    for stored in STORED:
        fold = median(counted.folds[stored]) * MILLISECONDS / NEW_RATINGS
        if stored == few:
            yield Figure("fold_a_rating", fold, "ms")
            continue
        pairs = zip(counted.folds[stored], counted.folds[few], strict=True)
        ratio = median(one / other for one, other in pairs)
        yield Figure(
            f"fold_a_rating_at_{stored}_against_{few}",
            fold,
            "ms",
            floor=median(counted.folds[few]) * MILLISECONDS / NEW_RATINGS,
            ratio=ratio,
            target=f"ratio <= {MOST_GROWTH}",
            holds=ratio <= MOST_GROWTH,
        )
    for page, rounds in counted.pages.items():
        for stored in STORED:
            spent = median(rounds[stored]) * MILLISECONDS
            yield Figure(
                f"{page}_page_at_{stored}",
                spent,
                "ms",
                target=f"<= {MOST_PAGE_MS} ms",
                holds=spent <= MOST_PAGE_MS,
            )
    recount = median(counted.recounts)
    pairs = zip(counted.recounts, counted.aggregates, strict=True)
    ratio = median(one / other for one, other in pairs)
    yield Figure(
        f"recount_of_{STORED[-1]}_against_plain_aggregate",
        recount,
        "s",
        floor=median(counted.aggregates),
        ratio=ratio,
        target=f"<= {MOST_RECOUNT_SECONDS} s, or ratio <= {MOST_OF_AGGREGATE}",
        holds=recount <= MOST_RECOUNT_SECONDS or ratio <= MOST_OF_AGGREGATE,
    )
