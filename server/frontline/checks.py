"""The content check of entries and experiences: advice to the reviewers, never a verdict.

What waits is marked in its row, and a sweep takes it up within seconds. No transaction is open
while the platform is asked. The answer is written only where the text is still the one that was
asked about. Where the platform can't be asked the text stands as unchecked: a person reads every
text in any case before anybody outside the branch does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from server.core.database import db
from server.core.transaction import transaction
from server.frontline.models import Entry, Experience
from server.frontline.rules import ContentState
from server.identity import queries as identity
from server.membership import queries as membership
from server.wechat.platform import Platform, PlatformAway, PlatformRefused

BATCH = 50
# WeChat checks texts only of those whom it has seen in the last two hours.
LONGEST_WAIT = timedelta(hours=2)
WAITING = ContentState.WAITING.value

Table = type[Entry] | type[Experience]


@dataclass(frozen=True)
class Waiting:
    """One item's texts, and whose they are."""

    table: Table
    id: UUID
    revision: int
    texts: Sequence[str]
    member_id: UUID | None
    since: datetime


def sweep(platform: Platform, now: datetime) -> int:
    """Check what waits; return how many items got an answer."""
    done = 0
    for table in (Entry, Experience):
        for item in _waiting(table):
            verdict = _ask(item, platform)
            if verdict is None and now - item.since < LONGEST_WAIT:
                return done
            _finish(item, verdict or ContentState.UNCHECKED)
            done += 1
    return done


def _waiting(table: Table) -> list[Waiting]:
    found: Sequence[Any] = db.session.scalars(
        select(table).where(table.content_state == WAITING).order_by(table.id).limit(BATCH)
    ).all()
    members = membership.members_of({row.person_id for row in found})
    waiting = [
        Waiting(
            table,
            row.id,
            row.revision,
            _texts(row),
            members.get(row.person_id),
            row.submitted_at or row.created_at,
        )
        for row in found
    ]
    db.session.rollback()
    return waiting


def _texts(row: Entry | Experience) -> list[str]:
    if isinstance(row, Entry):
        texts = [row.place, row.came, row.problem, row.measures, row.lesson]
    else:
        texts = [row.title, row.body, " ".join(row.tags)]
    return [text for text in texts if text]


def _ask(item: Waiting, platform: Platform) -> ContentState | None:
    """Return what the platform says of an item, or None when it does not answer."""
    if item.member_id is None:
        return ContentState.UNCHECKED
    openid = identity.openid(item.member_id)
    db.session.rollback()
    try:
        passed = all(platform.check_text(openid, text).passed for text in item.texts)
    except PlatformAway:
        return None
    except PlatformRefused:
        return ContentState.UNCHECKED
    return ContentState.PASSED if passed else ContentState.RISKY


def _finish(item: Waiting, verdict: ContentState) -> None:
    with transaction():
        db.session.execute(
            update(item.table)
            .where(
                item.table.id == item.id,
                item.table.revision == item.revision,
                item.table.content_state == WAITING,
            )
            .values(content_state=verdict.value)
        )
