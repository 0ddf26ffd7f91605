"""Runs: a file is kept, checked, looked at, and taken in by a job, or cancelled."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from operator import itemgetter
from typing import IO
from uuid import UUID, uuid4

from sqlalchemy import delete, select, text, update

from server.audit import service as audit
from server.core.access import SYSTEM, Actor
from server.core.database import db
from server.core.errors import Refusal
from server.core.headings import HEADING_ROWS
from server.core.keyring import standing_key
from server.core.transaction import single_statement
from server.sources import columns as fields
from server.sources import direct, files, intake, joining, parcels, queries
from server.sources.models import Source, SourceMapping, SourceNonce, SourceRun
from server.sources.rows import NAMES, Reader, storable
from server.sources.rules import (
    BUSY,
    FILE_LIFE,
    KEY_NAME,
    RUN_STATE_LABELS,
    RunState,
    Way,
)

LARGEST_FILE = 600 << 20
LONGEST_NAME = 200
SOURCE_LOCK = 4013
TELLING_SECONDS = 0.5
TELL = """
    UPDATE source_run SET rows_read = %(rows)s, progress = %(progress)s
    WHERE id = %(id)s RETURNING cancel_asked
"""


# Is told the rows read so far, and how much of the file they are, in per cent.
Watch = Callable[[int, int], None]


class Cancelled(Exception):  # noqa: N818 somebody's wish, not a fault
    """The run was cancelled while it worked."""


def upload(
    source_id: int, stream: IO[bytes], file_name: str, *, actor: Actor, now: datetime
) -> SourceRun:
    """Keep a file, sealed; it waits for its mapping."""
    queries.source(source_id, actor)
    run_id = uuid4()
    digest, size = parcels.keep(run_id, stream, LARGEST_FILE)
    try:
        files.preview(run_id)
    except BaseException:
        parcels.forget(run_id)
        raise
    run = SourceRun(
        id=run_id,
        source_id=source_id,
        way=Way.FILE.value,
        state=RunState.UPLOADED.value,
        file_name=storable(file_name)[:LONGEST_NAME],
        file_hash=digest,
        report={},
        created_by=actor.id,
        created_at=now,
    )
    db.session.add(run)
    db.session.flush()
    audit.record(actor, "source.uploaded", ("source", source_id), at=now, size=size)
    return run


def start_check(run_id: UUID, *, actor: Actor, now: datetime) -> SourceRun:
    """Have a file checked by the newest mapping; the caller enqueues ``tasks.work``."""
    del now
    run, source = queries.run(run_id, actor, lock=True)
    _require(run, RunState.UPLOADED, RunState.CHECKED, RunState.CANCELLED, RunState.FAILED)
    mapping = queries.mapping(source.id)
    if mapping is None:
        raise Refusal("source_mapping_missing", 409)
    head = files.preview(run_id)
    fields.find(mapping.columns, [cells for _, cells in head])
    run.mapping_version = mapping.version
    _begin(run, RunState.CHECKING)
    return run


def apply_run(run_id: UUID, *, actor: Actor, now: datetime) -> SourceRun:
    """Have a checked file taken in; the caller enqueues ``tasks.work``."""
    run, source = queries.run(run_id, actor, lock=True)
    _require(run, RunState.CHECKED)
    _begin(run, RunState.RUNNING)
    audit.record(actor, "source.import_started", ("source", source.id), at=now, run=str(run_id))
    return run


def _begin(run: SourceRun, state: RunState) -> None:
    run.state, run.progress, run.rows_read = state.value, 0, 0
    run.cancel_asked, run.failure, run.finished_at = False, "", None


def _require(run: SourceRun, *states: RunState) -> None:
    if RunState(run.state) not in states:
        raise Refusal("source_run_state", 409, state=RUN_STATE_LABELS[RunState(run.state)])


def cancel_run(run_id: UUID, *, actor: Actor, now: datetime) -> SourceRun:
    """Ask a run to end; one that nobody works at ends at once. Nothing of it stays."""
    run, source = queries.run(run_id, actor, lock=True)
    if run.state in {RunState.DONE, RunState.CANCELLED}:
        return run
    run.cancel_asked = True
    if run.state not in BUSY or _free(run_id):
        run.state, run.finished_at = RunState.CANCELLED.value, now
    audit.record(actor, "source.import_cancelled", ("source", source.id), at=now, run=str(run_id))
    return run


def _free(run_id: UUID) -> bool:
    """Tell whether no worker holds the run, and keep one from beginning until the commit."""
    taken: bool = db.session.scalar(
        text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _lock_of(run_id)}
    )
    return taken


def _lock_of(run_id: UUID) -> int:
    return int.from_bytes(run_id.bytes[:8], "big", signed=True)


def lock_source(source_id: int, *, wait: bool) -> None:
    """Let one import at a time change a source's matters; refuse where one may not wait."""
    values = {"kind": SOURCE_LOCK, "source": source_id}
    if wait:
        db.session.execute(text("SELECT pg_advisory_xact_lock(:kind, :source)"), values)
    elif not db.session.scalar(text("SELECT pg_try_advisory_xact_lock(:kind, :source)"), values):
        raise Refusal("source_busy", 503, headers={"Retry-After": "30"})


def work(run_id: UUID, *, now: datetime, watch: Watch | None = None) -> Source | None:
    """Check a run's file, or take it in, in the caller's transaction.

    Returns the source whose matters changed, None where nothing is to be done. Safe to repeat: a
    run that a killed worker left begins anew. ``watch`` is told the progress as well. Raises
    Cancelled, or Refusal for a file that can't be read.
    """
    run, source = queries.run(run_id, SYSTEM)
    if run.state not in BUSY or not _free(run_id):
        return None
    mapping = queries.mapping(source.id, run.mapping_version)
    if mapping is None:
        raise Refusal("source_mapping_missing", 409)
    applies = run.state == RunState.RUNNING
    if applies:
        lock_source(source.id, wait=True)
    refused = parcels.RefusedRows(run_id)
    try:
        _take_in(run, source, mapping, refused, applies=applies, watch=watch, now=now)
        refused.finish()
    except BaseException:
        refused.abandon()
        raise
    return source if applies else None


def _take_in(
    run: SourceRun,
    source: Source,
    mapping: SourceMapping,
    refused: parcels.RefusedRows,
    *,
    applies: bool,
    watch: Watch | None,
    now: datetime,
) -> None:
    table = files.table(run.id)
    tell = _teller(run.id, table, watch)
    places = joining.Places(source, now=now)
    tally = intake.stage(
        mapped_rows(table, mapping),
        reader_of(mapping, now),
        places,
        source_id=source.id,
        refused=refused,
        progress=tell,
        short_way=_short_way(run, source, places, now=now) if applies else None,
    )
    report = tally.report() | joining.forecast(places, tally.joined)
    if applies:

        def step() -> None:
            tell(tally.read)

        intake.merge(source, run.id, tally, places, now=now, step=step)
        audit.record(
            SYSTEM, "source.imported", ("source", source.id), at=now, counts=report["counts"]
        )
    run.report, run.rows_read, run.progress = report, tally.read, 100
    run.state = RunState.DONE.value if applies else RunState.CHECKED.value
    run.finished_at = now


def _short_way(
    run: SourceRun, source: Source, places: joining.Places, *, now: datetime
) -> intake.ShortWay:
    return lambda stage: direct.begin(source, run.id, places, stage=stage, now=now)


def _teller(run_id: UUID, table: files.Table, watch: Watch | None) -> Callable[[int], None]:
    """Return what tells the progress outside this transaction, and hears of a wish to end.

    Not more often than somebody could see: each time is a commit.
    """
    told = 0.0

    def tell(rows: int) -> None:
        nonlocal told
        if time.monotonic() - told < TELLING_SECONDS:
            return
        told = time.monotonic()
        share = min(99, table.share)
        values = {"rows": rows, "progress": share, "id": run_id}
        answer = single_statement(TELL, values)
        if watch is not None:
            watch(rows, share)
        if answer is None or answer["cancel_asked"]:
            raise Cancelled

    return tell


def mapped_rows(table: files.Table, mapping: SourceMapping) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield a file's rows below its headings: line, and cells in the order of the fields."""
    top = list(islice(table.rows, HEADING_ROWS))
    if not top:
        raise Refusal("import_file_empty", 422, field="file")
    at, places = fields.find(mapping.columns, [cells for _, cells in top])
    # A field that isn't mapped is read from an empty cell put behind each row.
    pick = itemgetter(*(places.get(name, -1) for name in NAMES))
    size, whole = max(places.values()) + 1, len(places) == len(NAMES)
    for line, cells in chain(top[at + 1 :], table.rows):
        if not whole or len(cells) < size:
            cells.extend([""] * max(1, size - len(cells) + 1))
        yield line, pick(cells)


def reader_of(mapping: SourceMapping | None, now: datetime) -> Reader:
    """Return how rows are read by a mapping, or by names alone."""
    return Reader(
        levels=mapping.levels if mapping else {},
        departments=queries.department_words(mapping.departments if mapping else {}),
        key=standing_key(KEY_NAME),
        now=now,
    )


def fail_run(run_id: UUID, failure: str, *, cancelled: bool = False, now: datetime) -> None:
    """Note that a run ended without effect, and why."""
    state = RunState.CANCELLED if cancelled else RunState.FAILED
    db.session.execute(
        update(SourceRun)
        .where(SourceRun.id == run_id, SourceRun.state.in_([one.value for one in BUSY]))
        .values(state=state.value, failure=failure, finished_at=now)
    )


def rejoin(source_id: int, *, actor: Actor, now: datetime) -> None:
    """Let the matters that wait for a campaign join the ones that are open now."""
    source = queries.source(source_id, actor)
    lock_source(source_id, wait=False)
    joining.join_waiting(source, now=now, step=lambda: None)
    audit.record(actor, "source.rejoined", ("source", source_id), at=now)


def forget_expired(now: datetime) -> None:
    """Remove files that are a week old, runs that were never taken in, and old nonces."""
    parcels.forget_older(FILE_LIFE)
    idle = [RunState.UPLOADED.value, RunState.CHECKED.value]
    old = select(SourceRun.id).where(
        SourceRun.created_at <= now - FILE_LIFE, SourceRun.state.in_(idle)
    )
    db.session.execute(delete(SourceRun).where(SourceRun.id.in_(old)))
    db.session.execute(delete(SourceNonce).where(SourceNonce.expires_at <= now))
