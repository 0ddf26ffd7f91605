"""A file of a million tickets, taken in by the worker's job, against psql's own copy of it."""

import csv
import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from uuid import UUID

import psycopg
from sqlalchemy import text

from server.campaigns import service as campaign_service
from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.access import SYSTEM, Actor, ActorKind, Grant, Role
from server.core.database import db
from server.core.jobs import enqueue
from server.core.transaction import transaction
from server.evaluation.rules import LEVEL_LABELS
from server.identity import service as identity
from server.identity.queries import Organisation
from server.sources import service as sources
from server.sources import tasks
from server.sources.models import SourceRun
from server.sources.rules import SourceKind
from tests.load.campaigns import DEPARTMENTS, make_campaigns
from tests.load.client import LoadError
from tests.load.floors import FloorError, program
from tests.load.instance import Instance
from tests.load.processes import DATABASE, PROC, used_by
from tests.load.report import Figure

CITY = "临海市"
ROWS = 1_000_000
RATED_SHARE, CONTACT_SHARE = 0.5, 0.3
SECONDS_A_TICKET = 4.5
PERIOD = timedelta(days=60)
LONGEST_SECONDS = 900
LEAST_OF_COPY = 0.5
FLOORS = 3
MOST_MEMORY_MB = 150
KILOBYTES_A_MEGABYTE = 1024
MILLISECONDS_A_SECOND = 1000
WORKER = "server.worker"
COLUMNS = {
    "ticket": "工单编号",
    "time": "受理时间",
    "department": "承办单位",
    "matter": "事项名称",
    "level": "满意度",
    "text": "诉求内容",
    "reply": "答复意见",
    "reply_time": "答复时间",
    "contact": "联系电话",
}
# The columns of the file, each of a type of its own, and nothing else: no key, no index, no check.
BARE = """
    DROP TABLE IF EXISTS floor_ticket;
    CREATE TABLE floor_ticket (ticket text, happened_at timestamptz, department_name text,
        subject text, level text, body text, reply text, replied_at timestamptz,
        contact_sealed text)
"""
# The columns of the table that an import fills, with its key and its indexes. What the file doesn't
# give is a default, so that the partial indexes hold what they hold after an import; levels and
# contacts are kept as the words that they are.
KEYED = """
    DROP TABLE IF EXISTS floor_ticket;
    CREATE TABLE floor_ticket (LIKE source_matter INCLUDING ALL);
    ALTER TABLE floor_ticket DROP CONSTRAINT ck_source_matter_level, ALTER level TYPE text,
        ALTER contact_sealed TYPE text, ALTER source_id SET DEFAULT 1,
        ALTER department_id SET DEFAULT 1, ALTER digest SET DEFAULT decode(md5(''), 'hex'),
        ALTER rating SET DEFAULT 'counted', ALTER campaign_id SET DEFAULT 1,
        ALTER run_id SET DEFAULT '00000000-0000-0000-0000-000000000000',
        ALTER changed_at SET DEFAULT '2026-01-01'
"""
FILLED = "ticket, happened_at, department_name, subject, level, body, reply, replied_at"
WORDS = (
    "市民来电反映小区物业服务不到位，道路积水无人处理，夜间施工噪音扰民，医保报销流程复杂，"
    "办理材料多次提交，审批等待时间过长，请有关部门核实后尽快处理并回复，建议加强日常管理。"
)
PHRASE = 12


@dataclass
class Imported:
    """Seconds of the import and of the floors before it; the worker's memory at most, in MB."""

    megabytes: float
    check: float = 0.0
    taking_in: float = 0.0
    memory: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    rows: int = ROWS
    keyed: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    # Milliseconds of CPU: of PostgreSQL and psql, of PostgreSQL and the worker.
    keyed_cpu: list[float] = field(default_factory=list)
    cpu: float = 0.0


class Importing:
    """One instance, a source, an open campaign of its channel, and a file."""

    def __init__(self, instance: Instance, say: Callable[[str], None], rows: int = ROWS) -> None:
        """``say`` tells a person who waits what goes on."""
        self._rows = rows
        self._instance = instance
        self._say = say
        self._office, self._source = _prepare()
        folder: Path = instance.app.config["CONFIGURATION"].media_dir
        self._file = folder.parent / "tickets.csv"

    def run(self) -> Imported:
        """Write the file; copy it, then take it in.

        No floor afterwards: the jobs that follow an import would run beside it.
        """
        self._say(f"writing a file of {self._rows:,} tickets")
        _write(self._file, self._rows)
        imported = Imported(self._file.stat().st_size / 1_000_000, rows=self._rows)
        # A virtual machine pays for the first use of each page of memory: the floors shall not, or
        # they are twice as high as they are ever after.
        self._copy(KEYED)
        for _ in range(FLOORS):
            self._copies(imported)
        run_id = self._upload()
        self._say(f"the worker begins with {_worker()['VmRSS']}")
        imported.check = self._work(run_id, "checked")
        with transaction():
            sources.apply_run(run_id, actor=self._office, now=clock.now())
        before = self._cpu()
        imported.taking_in = self._work(run_id, "done")
        imported.cpu = self._cpu() - before
        imported.memory = int(_worker()["VmHWM"].split()[0]) / KILOBYTES_A_MEGABYTE
        imported.counts = _run(run_id).report["counts"]
        self._file.unlink()
        return imported

    def _copies(self, imported: Imported) -> None:
        """Measure the floors: psql's copy into a table like the one that is filled, and a bare."""
        before = self._cpu()
        imported.keyed.append(self._copy(KEYED))
        imported.keyed_cpu.append(self._cpu() - before)
        imported.bare.append(self._copy(BARE))

    def _copy(self, table: str) -> float:
        """Return the seconds that psql needs to copy the file into a fresh table."""
        with psycopg.connect(self._instance.database_url, autocommit=True) as connection:
            connection.execute(table)
            connection.execute("CHECKPOINT")
        columns = f"{FILLED}, contact_sealed"
        command = f"\\copy floor_ticket ({columns}) from '{self._file}' with (format csv, header)"
        started = time.perf_counter()
        done = subprocess.run(
            [program("psql"), "--quiet", "-c", command, self._instance.database_url],
            check=False,
            capture_output=True,
            text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
        )
        seconds = time.perf_counter() - started
        if done.returncode != 0:
            message = f"psql failed: {done.stderr.strip()}"
            raise FloorError(message)
        self._say(f"psql copies them in {seconds:.1f} s")
        return seconds

    def _cpu(self) -> float:
        """Return the milliseconds that PostgreSQL, the worker and ended programs have used."""
        times = os.times()
        psql = (times.children_user + times.children_system) * MILLISECONDS_A_SECOND
        return self._instance.servers.cpu()[DATABASE] + used_by(int(_worker()["Pid"])) + psql

    def _upload(self) -> UUID:
        with transaction():
            sources.save_mapping(
                self._source,
                columns=COLUMNS,
                levels={},
                departments={},
                actor=self._office,
                now=clock.now(),
            )
            with self._file.open("rb") as stream:
                run = sources.upload(
                    self._source, stream, self._file.name, actor=self._office, now=clock.now()
                )
        with transaction():
            sources.start_check(run.id, actor=self._office, now=clock.now())
        return run.id

    def _work(self, run_id: UUID, ends_as: str) -> float:
        """Have the worker do the job; return the seconds until the run has come to its end."""
        with transaction():
            db.session.execute(text("SELECT 1"))
            enqueue(tasks.work, run_id=str(run_id))
        started = time.perf_counter()
        while (state := _run(run_id).state) != ends_as:
            if state in {"failed", "cancelled"} or time.perf_counter() - started > LONGEST_SECONDS:
                message = f"the import ended as {state}: {_run(run_id).failure}"
                raise LoadError(message)
            time.sleep(0.1)
        seconds = time.perf_counter() - started
        self._say(f"the run is {ends_as} after {seconds:.1f} s")
        return seconds


def _prepare() -> tuple[Actor, int]:
    """Make a city with departments, an open campaign for the hotline, its office and its source."""
    now = clock.now()
    survey, *_ = make_campaigns(1, CITY)
    city = db.session.query(Organisation).filter_by(name=CITY).one()
    version = db.session.scalar(
        text("SELECT indicator_version_id FROM campaign WHERE id = :id"), {"id": survey.id}
    )
    with transaction():
        campaign = campaign_service.create_campaign(
            kind=CampaignKind.SERVICE,
            title="2026 年第四季度一事一评",
            description="",
            indicator_version_id=version,
            channels=[Channel.HOTLINE],
            opens_at=now - PERIOD,
            closes_at=now + timedelta(days=1),
            departments=survey.departments,
            actor=SYSTEM,
            now=now,
        )
        campaign_service.open_campaign(campaign.id, actor=SYSTEM, now=now)
        account, _ = identity.create_account(
            name="importing", display_name="评价办", actor=SYSTEM, now=now
        )
        office = Actor(ActorKind.ACCOUNT, account.id, (Grant(Role.OFFICE, city.id, city.path),))
        source = sources.create_source(
            name="12345 热线", kind=SourceKind.HOTLINE, actor=office, now=now
        )
        return office, source.id


def _write(path: Path, rows: int) -> None:
    """Write tickets as a hotline exports them: half of them rated, some with a telephone number."""
    draw = random.Random(ROWS)  # noqa: S311 texts of a benchmark
    first = clock.now().astimezone(clock.SHANGHAI) - PERIOD
    levels = tuple(LEVEL_LABELS.values())

    def words(phrases: int) -> str:
        last = len(WORDS) - PHRASE
        starts = (draw.randrange(last) for _ in range(phrases))
        return "".join(WORDS[start : start + PHRASE] for start in starts)

    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS.values())
        for number in range(rows):
            asked = first + timedelta(seconds=number * SECONDS_A_TICKET)
            answered = asked + timedelta(minutes=draw.randrange(60 * 24))
            row = (
                f"GD2026{number:09}",
                f"{asked:%Y-%m-%d %H:%M:%S}",
                f"{CITY}第 {draw.randrange(DEPARTMENTS) + 1} 局",
                words(1),
                draw.choice(levels) if draw.random() < RATED_SHARE else "",
                words(5),
                words(4),
                f"{answered:%Y-%m-%d %H:%M:%S}",
                f"138{draw.randrange(10**8):08}" if draw.random() < CONTACT_SHARE else "",
            )
            table.writerow(row)


def _run(run_id: UUID) -> SourceRun:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(SourceRun, run_id)


def _worker() -> dict[str, str]:
    """Return what /proc says of our job worker; the most memory that it ever held, above all."""
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            status = (folder / "status").read_text()
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        if WORKER in command and int(fields["PPid"]) == os.getpid():
            return fields
    message = f"no process of ours runs {WORKER}"
    raise LoadError(message)


def importing_figures(imported: Imported) -> Iterator[Figure]:
    """Return every figure; the floors are the means of the copies."""
    keyed, bare, rows = median(imported.keyed), median(imported.bare), imported.rows
    for name, seconds, copy, least in (
        (f"import_of_{rows}_rows_against_psql_copy", imported.taking_in, keyed, LEAST_OF_COPY),
        (f"import_of_{rows}_rows_against_copy_without_keys", imported.taking_in, bare, None),
        (f"check_of_{rows}_rows_against_psql_copy", imported.check, keyed, None),
    ):
        ratio = copy / seconds
        yield Figure(
            name,
            seconds,
            "s",
            floor=copy,
            ratio=ratio,
            target=None if least is None else f"ratio >= {least}",
            holds=None if least is None else ratio >= least,
        )
    cpu, copying = imported.cpu * 1000 / rows, median(imported.keyed_cpu) * 1000 / rows
    yield Figure("import_cpu_a_row", cpu, "us", floor=copying, ratio=copying / cpu)
    yield Figure(f"file_of_{imported.rows}_rows", imported.megabytes, "MB")
    yield Figure(
        "import_memory",
        imported.memory,
        "MB",
        target=f"<= {MOST_MEMORY_MB} MB",
        holds=imported.memory <= MOST_MEMORY_MB,
    )
