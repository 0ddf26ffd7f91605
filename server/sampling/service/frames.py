"""Frames: a file is kept, its columns are chosen, it is checked and taken in by a job; erasure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID, uuid4

from sqlalchemy import delete, select, text, update

from server.audit import service as audit
from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignState
from server.core.access import SYSTEM, Actor, ActorKind, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.text import clean
from server.core.transaction import single_statement
from server.identity import queries as identity
from server.sampling import frame_columns, frame_preview, intake, queries
from server.sampling.frame_rows import Layout
from server.sampling.models import FrameImport, FrameUnit, SampleDraw, SampleFrame
from server.sampling.rules import IMPORT_BUSY, IMPORT_STATE_LABELS, ImportState, Panel
from server.sources import files, parcels

LARGEST_FILE = 200 << 20
LONGEST_FILE_NAME = 200
IMPORT_LIFE = timedelta(days=7)
# A frame that nobody drew from is not kept for ever either.
UNUSED_LIFE = timedelta(days=365)
TELL = """
    UPDATE frame_import SET rows_read = %(rows)s, progress = %(progress)s
    WHERE id = %(id)s RETURNING cancel_asked
"""

Watch = Callable[[int, int], None]


class Cancelled(Exception):  # noqa: N818 somebody's wish, not a fault
    """The import was cancelled while it worked."""


def _place_of(actor: Actor) -> int:
    """Return the highest place that the actor's office has."""
    grants = [grant for grant in actor.grants if grant.role is Role.OFFICE]
    if grants:
        return min(grants, key=lambda grant: grant.path.count(".")).organisation_id
    root = identity.root()
    if actor.id is not None or root is None:
        raise Refusal("not_allowed", 403)
    return root.id


def add_frame(
    panel: Panel,
    name: str,
    dimensions: Sequence[str],
    units: Iterable[intake.Unit],
    *,
    actor: Actor,
    now: datetime,
    organisation_id: int | None = None,
) -> SampleFrame:
    """Store a frame from rows that were read already; the highest place of the office keeps it."""
    frame = intake.store(
        units,
        organisation_id=organisation_id or _place_of(actor),
        panel=panel,
        name=name,
        dimensions=dimensions,
        actor=actor,
        now=now,
    )
    audit.record(
        actor,
        "frame.imported",
        ("sample_frame", frame.id),
        at=now,
        name=name,
        panel=panel.value,
        size=frame.size,
        digest=frame.digest.hex(),
    )
    return frame


def upload_frame(
    panel: Panel, name: str, stream: IO[bytes], file_name: str, *, actor: Actor, now: datetime
) -> FrameImport:
    """Keep a file, sealed; it waits for its columns."""
    organisation_id, import_id = _place_of(actor), uuid4()
    parcels.keep(import_id, stream, LARGEST_FILE)
    try:
        frame_preview.keep(import_id)
    except BaseException:
        parcels.forget(import_id)
        raise
    found = FrameImport(
        id=import_id,
        organisation_id=organisation_id,
        panel=panel.value,
        name=name,
        state=ImportState.UPLOADED.value,
        file_name=_storable(file_name),
        report={},
        created_by=actor.id,
        created_at=now,
    )
    db.session.add(found)
    db.session.flush()
    audit.record(actor, "frame.uploaded", ("frame_import", import_id), at=now, panel=panel.value)
    return found


def _storable(file_name: str) -> str:
    kept = "".join(one for one in file_name if one.isprintable())
    return clean(kept)[:LONGEST_FILE_NAME]


def choose_columns(
    import_id: UUID,
    columns: Mapping[str, str],
    dimensions: Sequence[str],
    *,
    actor: Actor,
    now: datetime,
) -> FrameImport:
    """Say what a file's columns are, and have it checked; the caller enqueues the job."""
    del now
    found = queries.frame_import(import_id, actor, lock=True)
    _require(found, *_RESTING)
    frame_columns.check(columns, dimensions)
    head = [cells for _, cells in frame_preview.read(import_id)]
    frame_columns.find(frame_columns.wanted(columns, dimensions), head)
    if (dict(found.columns), list(found.dimensions)) != (dict(columns), list(dimensions)):
        # Corrections were made under other headings.
        for one in found.corrections:
            parcels.forget(one)
        found.corrections = []
    found.columns, found.dimensions = dict(columns), list(dimensions)
    _begin(found, ImportState.CHECKING)
    return found


_RESTING = (
    ImportState.UPLOADED,
    ImportState.CHECKED,
    ImportState.CANCELLED,
    ImportState.FAILED,
)


def add_corrections(
    import_id: UUID, stream: IO[bytes], *, actor: Actor, now: datetime
) -> FrameImport:
    """Take corrected lines of a checked file, and have it checked again; enqueue the job."""
    del now
    found = queries.frame_import(import_id, actor, lock=True)
    _require(found, ImportState.CHECKED)
    file_id = uuid4()
    parcels.keep(file_id, stream, LARGEST_FILE)
    try:
        files.preview(file_id)
        intake.corrected_rows(files.table(file_id), _layout(found))
    except BaseException:
        parcels.forget(file_id)
        raise
    found.corrections = [*found.corrections, file_id]
    _begin(found, ImportState.CHECKING)
    return found


def apply_import(import_id: UUID, *, actor: Actor, now: datetime) -> FrameImport:
    """Have a checked file become a frame; the caller enqueues the job."""
    found = queries.frame_import(import_id, actor, lock=True)
    _require(found, ImportState.CHECKED)
    if not found.report["counts"]["good"]:
        raise Refusal("frame_without_rows", 409)
    _begin(found, ImportState.RUNNING)
    audit.record(actor, "frame.import_started", ("frame_import", import_id), at=now)
    return found


def cancel_import(import_id: UUID, *, actor: Actor, now: datetime) -> FrameImport:
    """End an import; nothing of it stays, its file neither."""
    found = queries.frame_import(import_id, actor, lock=True)
    if found.state in {ImportState.DONE, ImportState.CANCELLED}:
        return found
    found.cancel_asked = True
    if found.state not in IMPORT_BUSY or _free(import_id):
        found.state, found.finished_at = ImportState.CANCELLED.value, now
        _forget_files(found)
    audit.record(actor, "frame.import_cancelled", ("frame_import", import_id), at=now)
    return found


def _begin(found: FrameImport, state: ImportState) -> None:
    found.state, found.progress, found.rows_read = state.value, 0, 0
    found.cancel_asked, found.failure, found.finished_at = False, "", None


def _require(found: FrameImport, *states: ImportState) -> None:
    if ImportState(found.state) not in states:
        shown = IMPORT_STATE_LABELS[ImportState(found.state)]
        raise Refusal("frame_import_state", 409, state=shown)


def _free(import_id: UUID) -> bool:
    """Tell whether no worker holds the import, and keep one from beginning until the commit."""
    lock = int.from_bytes(import_id.bytes[:8], "big", signed=True)
    taken: bool = db.session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": lock})
    return taken


def _layout(found: FrameImport) -> Layout:
    return Layout(found.columns, found.dimensions)


def work(import_id: UUID, *, now: datetime, watch: Watch | None = None) -> None:
    """Check a file or take it in, in the caller's transaction.

    Safe to repeat: what a killed worker left begins anew. Raises Cancelled, or Refusal for a file
    that can't be read.
    """
    found = queries.frame_import(import_id, SYSTEM)
    if found.state not in IMPORT_BUSY or not _free(import_id):
        return
    applies = found.state == ImportState.RUNNING
    refused = parcels.RefusedRows(import_id)
    try:
        tally = _read(found, refused, applies=applies, watch=watch, now=now)
        refused.finish()
    except BaseException:
        refused.abandon()
        raise
    found.report, found.rows_read, found.progress = tally.report(), tally.read, 100
    found.state = ImportState.DONE.value if applies else ImportState.CHECKED.value
    found.finished_at = now


def _read(
    found: FrameImport,
    refused: parcels.RefusedRows,
    *,
    applies: bool,
    watch: Watch | None,
    now: datetime,
) -> intake.Tally:
    layout, tally = _layout(found), intake.Tally()
    corrections: dict[int, intake.Values] = {}
    for file_id in found.corrections:
        corrections |= intake.corrected_rows(files.table(file_id), layout)
    table = files.table(found.id)
    headings = frame_columns.wanted(layout.columns, layout.dimensions)
    units = intake.good_rows(
        intake.mapped_rows(table, headings, corrections),
        layout,
        tally,
        refused=refused,
        progress=_teller(found.id, table, watch),
    )
    if applies:
        panel, place = Panel(found.panel), found.organisation_id
        frame = add_frame(
            panel,
            found.name,
            layout.dimensions,
            units,
            organisation_id=place,
            actor=_importer(found),
            now=now,
        )
        found.frame_id = frame.id
    else:
        for _ in units:
            pass
    tally.unused_corrections = len(corrections)
    return tally


def _importer(found: FrameImport) -> Actor:
    """Return who asked for the import, as whom its job acts."""
    return SYSTEM if found.created_by is None else Actor(ActorKind.ACCOUNT, found.created_by)


def _teller(import_id: UUID, table: files.Table, watch: Watch | None) -> Callable[[int], None]:
    """Return what tells the progress outside this transaction, and hears of a wish to end."""

    def tell(rows: int) -> None:
        share = min(99, table.share)
        answer = single_statement(TELL, {"rows": rows, "progress": share, "id": import_id})
        if watch is not None:
            watch(rows, share)
        if answer is None or answer["cancel_asked"]:
            raise Cancelled

    return tell


def end_import(import_id: UUID, failure: str, *, cancelled: bool = False, now: datetime) -> None:
    """Note that an import ended without effect, and why."""
    state = ImportState.CANCELLED if cancelled else ImportState.FAILED
    db.session.execute(
        update(FrameImport)
        .where(FrameImport.id == import_id, FrameImport.state.in_([*IMPORT_BUSY]))
        .values(state=state.value, failure=failure, finished_at=now)
    )


def forget_file(import_id: UUID) -> None:
    """Remove the files of an import that ended for good: persons stand in the frame alone now."""
    found = queries.frame_import(import_id, SYSTEM)
    if found.state in {ImportState.DONE, ImportState.CANCELLED}:
        _forget_files(found)


def _forget_files(found: FrameImport) -> None:
    # The list of refused rows stays for its week: it is what the office corrects.
    parcels.forget(found.id, "file")
    frame_preview.forget(found.id)
    for one in found.corrections:
        parcels.forget(one)


def forget_old_imports(now: datetime) -> None:
    """Remove imports that were never taken in; their files go with those of other imports."""
    db.session.execute(
        delete(FrameImport).where(
            FrameImport.created_at <= now - IMPORT_LIFE,
            FrameImport.state != ImportState.DONE.value,
        )
    )


def delete_frame(frame_id: int, *, actor: Actor, now: datetime) -> None:
    """Remove a frame that nothing was drawn from."""
    frame = queries.frame(frame_id, actor)
    if queries.draws_of_frame(frame_id):
        raise Refusal("frame_in_use", 409)
    audit.record(
        actor, "frame.deleted", ("sample_frame", frame_id), at=now, name=frame.name, size=frame.size
    )
    db.session.execute(delete(FrameUnit).where(FrameUnit.frame_id == frame_id))
    db.session.delete(frame)
    db.session.flush()


def erase_persons(frame_id: int, *, actor: Actor, now: datetime) -> SampleFrame:
    """Remove the persons of a frame for good; numbers and categories stay.

    Refused while a campaign that drew from it is not over: its links could not be sent.
    """
    frame = queries.frame(frame_id, actor)
    if frame.erased_at is not None:
        return frame
    for sample in queries.draws_of_frame(frame_id):
        if campaigns.campaign(sample.campaign_id).state != CampaignState.CLOSED:
            raise Refusal("frame_needed_still", 409)
    frame.erased_at = now
    db.session.execute(
        update(FrameUnit)
        .where(FrameUnit.frame_id == frame_id)
        .values(person_sealed=None, person_key=None)
    )
    audit.record(
        actor, "frame.erased", ("sample_frame", frame_id), at=now, name=frame.name, size=frame.size
    )
    return frame


def due_for_erasure(kept_days: int, now: datetime) -> list[int]:
    """Return the frames whose time is over: their campaigns settled, or a year without a draw."""
    kept = select(SampleFrame.id, SampleFrame.created_at).where(SampleFrame.erased_at.is_(None))
    settled: dict[int, list[datetime | None]] = {}
    for sample in db.session.scalars(select(SampleDraw)):
        moment = campaigns.campaign(sample.campaign_id).settled_at
        settled.setdefault(sample.frame_id, []).append(moment)
    due = []
    for frame_id, created_at in db.session.execute(kept):
        moments = settled.get(frame_id, [])
        if not moments:
            if created_at + UNUSED_LIFE <= now:
                due.append(frame_id)
        elif all(one is not None and one + timedelta(days=kept_days) <= now for one in moments):
            due.append(frame_id)
    return due
