"""Rounds of check-ins, with little and with much stored, and the rush for places."""

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from statistics import median

from tests.load import check_ins
from tests.load.campaigns import checkpoint
from tests.load.client import send
from tests.load.instance import Instance
from tests.load.processes import DATABASE, REDIS, WEB

ROUNDS = 5
WARM_UP = 1_000
CHECK_INS_A_ROUND = 1_000
FEW, MANY = 1_000, 1_000_000
RUSHES = 3
RUSHING = 500
PLACES = 50
FIRST_HALL = IPv4Address("10.200.0.1")


@dataclass(frozen=True)
class CheckIns:
    """Check-ins sent in one go: how many a second, and the servers' milliseconds for each."""

    rate: float
    cpu: dict[str, float]

    @property
    def total_cpu(self) -> float:
        """Milliseconds of all servers for one check-in."""
        return sum(self.cpu.values())

    def __str__(self) -> str:
        """Tell it to a person who waits."""
        return f"{self.total_cpu:.2f} ms, {self.rate:,.0f}/s"


@dataclass(frozen=True)
class Rush:
    """What came of many who wanted few places."""

    seconds: float
    joined: int
    waiting: int

    @property
    def holds(self) -> bool:
        """Whether as many got a place as there are, and everybody else a turn."""
        return (self.joined, self.waiting) == (PLACES, RUSHING - PLACES)


@dataclass
class Gathered:
    """Everything that the report needs."""

    few: list[CheckIns] = field(default_factory=list)
    many: list[CheckIns] = field(default_factory=list)
    rushes: list[Rush] = field(default_factory=list)


def median_of(rounds: list[CheckIns], value: Callable[[CheckIns], float]) -> float:
    """Return the median over rounds."""
    return median(value(one) for one in rounds)


class Gatherings:
    """One instance: activities with little stored, then with a million check-ins of the past.

    Unlike evaluations these share their tables, so the two can't be measured in turns.
    """

    def __init__(self, instance: Instance, say: Callable[[str], None]) -> None:
        """``say`` tells a person who waits what goes on."""
        self._instance = instance
        self._say = say
        self._branch = check_ins.make_branch()
        self._hall = FIRST_HALL

    def run(self) -> Gathered:
        """Warm up, measure, fill, measure again; then the rush."""
        # While all is empty: statements keep the plans that they were given then.
        self._say("warming up check-ins")
        self._check_ins(WARM_UP)
        check_ins.fill(self._branch, FEW)
        gathered = Gathered(few=self._rounds(f"with {FEW:,} stored"))
        self._say(f"storing {MANY:,} check-ins")
        check_ins.fill(self._branch, MANY)
        check_ins.vacuum()
        checkpoint()
        self._check_ins(WARM_UP)
        gathered.many = self._rounds(f"with {MANY:,} stored")
        for number in range(1, RUSHES + 1):
            rush = self._rush()
            gathered.rushes.append(rush)
            self._say(f"rush {number} of {RUSHES}: {rush.seconds:.2f} s, {rush.joined} joined")
        return gathered

    def _rounds(self, what: str) -> list[CheckIns]:
        found = []
        for number in range(1, ROUNDS + 1):
            found.append(self._check_ins(CHECK_INS_A_ROUND))
            self._say(f"check-ins {what}, round {number} of {ROUNDS}: {found[-1]}")
        return found

    def _check_ins(self, count: int) -> CheckIns:
        activity = check_ins.make_activity(self._branch)
        comers = check_ins.make_comers(self._branch, count, activity)
        requests = check_ins.check_in_requests(activity, comers, self._next_hall())
        before = self._instance.servers.cpu()
        load = send(self._instance.port, requests)
        after = self._instance.servers.cpu()
        cpu = {part: (after[part] - before[part]) / load.sent for part in (WEB, DATABASE, REDIS)}
        return CheckIns(load.rate, cpu)

    def _rush(self) -> Rush:
        activity = check_ins.make_activity(self._branch, capacity=PLACES)
        comers = check_ins.make_comers(self._branch, RUSHING)
        requests = check_ins.join_requests(activity, comers, self._next_hall())
        load = send(self._instance.port, requests)
        return Rush(load.seconds, *check_ins.places_given(activity))

    def _next_hall(self) -> str:
        """Each round comes from one address of its own: no round uses up another's limit."""
        self._hall += 1
        return str(self._hall)
