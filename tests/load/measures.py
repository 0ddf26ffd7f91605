"""Rounds: submissions and floors in turn, so that what else the machine does hits all alike."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from tests.load import campaigns, floors
from tests.load.campaigns import RatedCampaign
from tests.load.client import send
from tests.load.instance import Instance
from tests.load.processes import DATABASE, REDIS, WEB
from tests.load.ratings import Raters

ROUNDS = 7
WARM_UP = 1_000
RATINGS_A_ROUND = 2_000
BARE_REQUESTS_A_ROUND = 20_000
PGBENCH_SECONDS = 2
FEW, MANY = 1_000, 1_000_000


@dataclass(frozen=True)
class Submissions:
    """Ratings sent in one go: how many a second, and the servers' milliseconds for each."""

    rate: float
    cpu: dict[str, float]

    @property
    def total_cpu(self) -> float:
        """Milliseconds of all servers for one submission."""
        return sum(self.cpu.values())


@dataclass(frozen=True)
class Round:
    """One of each, measured within seconds."""

    few: Submissions
    many: Submissions
    bare_rate: float
    rows_rate: float

    def __str__(self) -> str:
        """Tell it to a person who waits."""
        return (
            f"{self.few.total_cpu:.2f} ms, {self.few.rate:,.0f}/s; with {MANY:,}:"
            f" {self.many.total_cpu:.2f} ms, {self.many.rate:,.0f}/s;"
            f" bare route {self.bare_rate:,.0f}/s; pgbench {self.rows_rate:,.0f}/s"
        )


@dataclass
class Measured:
    """Everything that the report needs."""

    bytes_of_many: int
    rounds: list[Round] = field(default_factory=list)

    def median(self, value: Callable[[Round], float]) -> float:
        """Return the median over the rounds."""
        return median(value(one) for one in self.rounds)


class Bench:
    """One instance, and two campaigns: one has just begun, one holds a million evaluations."""

    def __init__(self, instance: Instance, say: Callable[[str], None]) -> None:
        """``say`` tells a person who waits what goes on."""
        self._instance = instance
        self._say = say
        self._raters = Raters(seed=FEW)
        floors.prepare_rows(instance.database_url)
        self._few, self._many = campaigns.make_campaigns(2)
        (self._any_request,) = self._raters.ratings(self._few, 1)

    def run(self) -> Measured:
        """Warm up, fill, measure."""
        # First while both are empty: statements keep the plans that they were given then.
        self._say("warming up")
        self._warm_up()
        self._say(f"storing {MANY:,} evaluations")
        campaigns.fill(self._few, FEW)
        campaigns.fill(self._many, MANY)
        campaigns.vacuum(self._many)
        measured = Measured(campaigns.size_on_disk(self._many))
        self._warm_up()
        campaigns.checkpoint()
        for number in range(1, ROUNDS + 1):
            # There and back, so that none always comes after the same one.
            one = self._round_there() if number % 2 else self._round_back()
            measured.rounds.append(one)
            self._say(f"round {number} of {ROUNDS}: {one}")
        return measured

    def _warm_up(self) -> None:
        for campaign in (self._few, self._many):
            self._submissions(campaign, WARM_UP)
        self._bare_rate(WARM_UP)

    def _round_there(self) -> Round:
        bare = self._bare_rate(BARE_REQUESTS_A_ROUND)
        few = self._submissions(self._few, RATINGS_A_ROUND)
        many = self._submissions(self._many, RATINGS_A_ROUND)
        rows = self._rows_rate()
        return Round(few, many, bare, rows)

    def _round_back(self) -> Round:
        rows = self._rows_rate()
        many = self._submissions(self._many, RATINGS_A_ROUND)
        few = self._submissions(self._few, RATINGS_A_ROUND)
        bare = self._bare_rate(BARE_REQUESTS_A_ROUND)
        return Round(few, many, bare, rows)

    def _submissions(self, campaign: RatedCampaign, count: int) -> Submissions:
        requests = self._raters.ratings(campaign, count)
        before = self._instance.servers.cpu()
        load = send(self._instance.port, requests)
        after = self._instance.servers.cpu()
        cpu = {part: (after[part] - before[part]) / load.sent for part in (WEB, DATABASE, REDIS)}
        return Submissions(load.rate, cpu)

    def _bare_rate(self, count: int) -> float:
        return send(self._instance.bare_port, [self._any_request] * count).rate

    def _rows_rate(self) -> float:
        return floors.rows_a_second(self._instance.database_url, PGBENCH_SECONDS)
