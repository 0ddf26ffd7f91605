"""The log: what a batch costs, and what a receipt check costs, with little and much in it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from statistics import median

from flask.ctx import AppContext
from sqlalchemy import text

from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.ledger import queries, sequencer, store, tallies
from server.ledger.models import Head
from server.ledger.notes import Checkpoint
from server.ledger.signing import origin, signer
from server.ledger.tiles import Growth, cut, edge
from tests.load import campaigns
from tests.load.campaigns import RatedCampaign
from tests.load.client import send
from tests.load.instance import Instance, throwaway_instance
from tests.load.processes import DATABASE, REDIS, WEB, run_time
from tests.load.report import MEGABYTE, MILLISECONDS, MOST_GROWTH, Figure

CITY = "临潭市"
BATCH = 1_000
FEW, MANY = 1_000, 10_000_000
# Campaigns past, each of as many leaves, and one as large as any will be.
PAST = 250_000
LARGEST = 1_000_000
ROUNDS = 30
CHECKS = 2_000
CHECK_ROUNDS = 5
LEAVES_AT_ONCE = 102_400
NOTE = """
    INSERT INTO ledger_pending (campaign_id, event, commitment)
    SELECT :campaign, 1, sha256(convert_to(:name || '.' || number, 'UTF8'))
    FROM generate_series(1, :count) AS number
"""
FILL = """
    INSERT INTO ledger_leaf (index, campaign_id, event, commitment)
    SELECT number, :campaign, 1, sha256(convert_to('past.' || number, 'UTF8'))
    FROM generate_series(CAST(:start AS bigint), :stop - 1) AS number
"""
HASHES = """
    SELECT string_agg(sha256(decode('00', 'hex') || convert_to(format(
        'v1 %s accepted - %s -', campaign_id, encode(commitment, 'hex')), 'UTF8')), ''
        ORDER BY index)
    FROM ledger_leaf WHERE index >= :start AND index < :stop
"""
# What nobody can do without: the rows themselves, on the disk, in a transaction of their own.
FLOOR_TABLE = """
    CREATE TABLE floor_leaf (
        index bigint, campaign_id integer, event smallint, reason text, commitment bytea,
        previous bytea, body text
    )
"""
FLOOR = """
    INSERT INTO floor_leaf
    SELECT number, :campaign, 1, NULL, sha256(convert_to(:name || '.' || number, 'UTF8'))
    FROM generate_series(1, :count) AS number
"""
SIZE = """
    SELECT sum(pg_total_relation_size(CAST(name AS regclass)))
    FROM unnest(ARRAY['ledger_leaf', 'ledger_tile', 'ledger_head']) AS name
"""


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock, and of the processor: this process's and its PostgreSQL backend's."""

    clock: float
    cpu: float


@dataclass
class Stage:
    """What each batch and its floor took; milliseconds of CPU of each round of checks."""

    batches: list[Spent] = field(default_factory=list)
    floors: list[Spent] = field(default_factory=list)
    checks: list[dict[str, float]] = field(default_factory=list)


@dataclass
class Measured:
    """Both logs, batches into the largest campaign, and the bytes of the large log."""

    few: Stage
    many: Stage
    into_largest: list[Spent]
    size: float


class Ledger:
    """Two instances, measured in turns: the log of one holds a thousand leaves, of one ten million.

    In turns, because a machine is not as fast after minutes of filling as it was before.
    """

    def __init__(self, instance: Instance, say: Callable[[str], None]) -> None:
        """Begin with the instance of the large log; ``say`` tells a person what goes on."""
        self._instance = instance
        self._say = say

    def run(self) -> Measured:
        """Fill one log, measure both."""
        folder: Path = self._instance.app.config["CONFIGURATION"].media_dir.parent / "few"
        folder.mkdir()
        with throwaway_instance(folder) as beside:
            few, many = Log(beside), Log(self._instance)
            self._say(f"filling a log up to {MANY:,} leaves")
            many.fill()
            self._say("batches into both")
            for _ in range(ROUNDS):
                few.batch_and_floor()
                many.batch_and_floor()
            self._say(f"batches into a campaign of {LARGEST:,} leaves")
            into_largest = [many.batch_into_largest() for _ in range(1 + ROUNDS)][1:]
            self._say("receipt checks of both")
            few.ready_checks(few.young)
            many.ready_checks(many.largest)
            for _ in range(CHECK_ROUNDS):
                few.check()
                many.check()
            return Measured(few.stage, many.stage, into_largest, many.size())


class Log:
    """The log of an instance, with a young campaign of a thousand leaves in it."""

    def __init__(self, instance: Instance) -> None:
        """Make it."""
        self._instance = instance
        self._named = 0
        self._checks: list[bytes] = []
        self.stage = Stage()
        with self._there():
            self.young, self.largest = campaigns.make_campaigns(2, CITY)
            with transaction():
                db.session.execute(text(FLOOR_TABLE))
            self._note(self.young, FEW)
            self._append()
            self._warm()

    def fill(self) -> None:
        """Put campaigns of the past into the log: rows by SQL, and the very tiles over them."""
        with self._there():
            start = queries.head().size
            number = self.largest.id
            for place in _places(start):
                past = number if place.stop == MANY else number + 1 + place.start // PAST
                values = {"campaign": past, "start": place.start, "stop": place.stop}
                with transaction():
                    db.session.execute(text(FILL), values)
            with transaction():
                self._tiles(start)
            vacuum("ledger_leaf, ledger_tile, ledger_pending")
            campaigns.checkpoint()
            self._warm()

    def batch_and_floor(self) -> None:
        """Measure a batch, and the floor."""
        with self._there():
            # As autovacuum does within a minute: what waited leaves dead rows behind.
            vacuum("ledger_pending")
            self.stage.batches.append(self._batch(self.young))
            self.stage.floors.append(self._floor())

    def batch_into_largest(self) -> Spent:
        """Measure a batch into the largest campaign."""
        with self._there():
            vacuum("ledger_pending")
            return self._batch(self.largest)

    def ready_checks(self, campaign: RatedCampaign) -> None:
        """Close a campaign whose receipts are to be checked, and check some."""
        with self._there():
            commitments = self._tally(campaign)
            # Of the large log the middle, of the small one its thousand leaves and those batches.
            since = max(1, queries.head().size // 2)
            self._checks = [
                _request(f"/api/v1/log/proofs/{one.hex()}?campaign={campaign.id}&since={since}", at)
                for at, one in enumerate(commitments)
            ]
        self._send()

    def check(self) -> None:
        """Measure a round of receipt checks: head, leaf, consistency and place in the tally."""
        self.stage.checks.append(self._send())

    def size(self) -> float:
        """Return the bytes of the log."""
        with self._there():
            return float(db.session.scalar(text(SIZE)) or 0)

    def _there(self) -> AppContext:
        return self._instance.app.app_context()

    def _warm(self) -> None:
        """Compile, plan, and write whole pages after the checkpoint."""
        self._batch(self.young)
        self._floor()

    def _batch(self, campaign: RatedCampaign) -> Spent:
        """Return what it takes to append a thousand pending leaves, durably."""
        self._note(campaign, BATCH)
        return spent(self._append)

    def _append(self) -> None:
        with transaction():
            sequencer.append(now=clock.now())

    def _floor(self) -> Spent:
        return spent(lambda: self._write(FLOOR, self.young, BATCH))

    def _note(self, campaign: RatedCampaign, count: int) -> None:
        self._write(NOTE, campaign, count)

    def _write(self, statement: str, campaign: RatedCampaign, count: int) -> None:
        self._named += 1
        values = {"campaign": campaign.id, "name": f"batch {self._named}", "count": count}
        with transaction():
            db.session.execute(text(statement), values)

    def _tiles(self, start: int) -> None:
        growth = Growth(start, store.read_tiles(edge(start)))
        for first in range(start, MANY, LEAVES_AT_ONCE):
            values = {"start": first, "stop": min(MANY, first + LEAVES_AT_ONCE)}
            for one in cut(bytes(db.session.scalar(text(HASHES), values) or b"")):
                growth.add(one)
            store.store_tiles(growth.take_full())
        store.store_tiles(list(growth.partial()))
        note = signer().note(Checkpoint(origin(), growth.size, growth.root()).text())
        db.session.add(Head(size=growth.size, root=growth.root(), note=note, at=clock.now()))

    def _tally(self, campaign: RatedCampaign) -> list[bytes]:
        statement = text(
            "SELECT commitment FROM ledger_leaf WHERE campaign_id = :campaign AND event = 1"
            " ORDER BY commitment"
        )
        found = list(db.session.scalars(statement, {"campaign": campaign.id}))
        with transaction():
            tallies.make(campaign.id, found, excluded={}, withdrawn=0, now=clock.now())
        # Spread by their hash, so that no two neighbours are asked for one after the other.
        spread = sorted(islice(found, 0, None, max(1, len(found) // CHECKS)), key=_spread)
        return [spread[place % len(spread)] for place in range(CHECKS)]

    def _send(self) -> dict[str, float]:
        before = self._instance.servers.cpu()
        send(self._instance.port, self._checks)
        after = self._instance.servers.cpu()
        return {part: (after[part] - before[part]) / CHECKS for part in (WEB, DATABASE, REDIS)}


def spent(work: Callable[[], object]) -> Spent:
    """Return what something takes of the clock, of our processor and the database's."""
    backend: int = db.session.scalar(text("SELECT pg_backend_pid()")) or 0
    db.session.rollback()
    its, own, began = run_time(backend), time.process_time(), time.perf_counter()
    work()
    ended = time.perf_counter()
    return Spent(ended - began, time.process_time() - own + run_time(backend) - its)


def vacuum(tables: str) -> None:
    """Vacuum tables, which no transaction may be open for."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
        own.execute(text(f"VACUUM ANALYZE {tables}"))


def _places(start: int) -> Iterator[range]:
    """Return the campaigns of the past, and as the last one the largest."""
    end = MANY - LARGEST
    for first in range(start, end, PAST):
        yield range(first, min(end, first + PAST))
    yield range(end, MANY)


def _spread(commitment: bytes) -> bytes:
    return sha256(commitment).digest()


def _request(path: str, place: int) -> bytes:
    address = f"198.18.{place >> 8 & 255}.{place & 255}"
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {address}\r\n\r\n"
    ).encode()


def ledger_figures(measured: Measured) -> Iterator[Figure]:
    """Return every figure."""
    few, many = measured.few, measured.many
    ratio = _cpu(many.batches) / _cpu(few.batches)
    yield Figure(
        f"ledger_batch_cpu_at_{MANY}_against_{FEW}",
        _cpu(many.batches),
        "ms",
        floor=_cpu(few.batches),
        ratio=ratio,
        target=f"ratio <= {MOST_GROWTH}",
        holds=ratio <= MOST_GROWTH,
    )
    for stored, stage in ((FEW, few), (MANY, many)):
        yield _against(f"ledger_batch_cpu_at_{stored}_against_plain_rows", stage, _cpu)
        yield _against(f"ledger_batch_time_at_{stored}_against_plain_rows", stage, _time)
    largest = _cpu(measured.into_largest)
    yield Figure(
        f"ledger_batch_cpu_into_campaign_of_{LARGEST}",
        largest,
        "ms",
        floor=_cpu(few.batches),
        ratio=largest / _cpu(few.batches),
    )
    yield from _checks(measured)
    yield Figure(f"size_of_log_of_{MANY}_leaves", measured.size / MEGABYTE, "MB")


def _against(name: str, stage: Stage, value: Callable[[list[Spent]], float]) -> Figure:
    mine, floor = value(stage.batches), value(stage.floors)
    return Figure(name, mine, "ms", floor=floor, ratio=mine / floor)


def _cpu(spent_in: list[Spent]) -> float:
    return median(one.cpu for one in spent_in) * MILLISECONDS


def _time(spent_in: list[Spent]) -> float:
    return median(one.clock for one in spent_in) * MILLISECONDS


def _checks(measured: Measured) -> Iterator[Figure]:
    few, many = (
        median(sum(one.values()) for one in stage.checks) for stage in (measured.few, measured.many)
    )
    yield Figure(f"receipt_check_cpu_at_{MANY}_against_{FEW}", many, "ms", few, many / few)
    for part in (WEB, DATABASE, REDIS):
        value = median(one[part] for one in measured.many.checks)
        yield Figure(f"receipt_check_cpu_{part}", value, "ms")
