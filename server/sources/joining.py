"""Matters with a level and a department become ratings of the service campaign of their time."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from psycopg import sql
from sqlalchemy import text

from server.campaigns.rules import Channel
from server.core.clock import local_date
from server.core.crypto import Macs, mac, unseal
from server.core.database import db
from server.core.keyring import standing_key
from server.evaluation import service as evaluation
from server.sources.models import Source
from server.sources.rows import Matter
from server.sources.rules import CONTACT_PURPOSE, KEY_NAME, SourceKind, WaitingReason

ROWS_A_STEP = 5000
LAST_ID = (1 << 63) - 1
HOUR_SECONDS = 3600
# Hours and covering campaigns that are remembered; files with more are placed all the same.
MOST_REMEMBERED = 10_000
NEXT = """
    SELECT id, ticket, happened_at, department_id, level, contact_sealed, campaign_id
    FROM source_matter WHERE source_id = :source AND rating = 'waiting'
        AND id > :last AND id <= :until
    ORDER BY id LIMIT :most
"""
# Of the staged rows, those whose rating is new or changed, by the campaign found for them.
FORECAST = """
    SELECT campaign_id, count(*) AS count FROM incoming_matter AS incoming
    WHERE level IS NOT NULL
        AND NOT EXISTS (SELECT FROM known_matter WHERE line = incoming.line AND same)
    GROUP BY campaign_id
"""
# New matters whose campaign was found while they were staged: their ratings, as a whole set.
STAGED = sql.SQL(
    """
    SELECT department_id, rated_on, level AS overall, leaves, pseudonym, content_mac, rater_tag
    FROM incoming_matter AS incoming WHERE campaign_id = {campaign}
        AND NOT EXISTS (SELECT FROM known_matter WHERE line = incoming.line)
    """
)
# A rating that a closed campaign counts stays as it was then.
SETTLE = """
    UPDATE source_matter SET rating = told.rating, rating_reason = told.reason,
        campaign_id = told.campaign
    FROM unnest(CAST(:ids AS bigint[]), CAST(:ratings AS text[]), CAST(:reasons AS text[]),
        CAST(:campaigns AS integer[])) AS told (id, rating, reason, campaign)
    WHERE source_matter.id = told.id AND (source_matter.rating, source_matter.rating_reason,
        source_matter.campaign_id) IS DISTINCT FROM (told.rating, told.reason, told.campaign)
"""


@dataclass
class _Step:
    """What some matters come to."""

    stored: dict[int, list[evaluation.ImportedRating]] = field(
        default_factory=lambda: defaultdict(list)
    )
    withdrawn: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    outcomes: list[tuple[int, str, str | None, int | None]] = field(default_factory=list)

    def wait(self, row: Any, reason: WaitingReason | None, campaign: int | None = None) -> None:
        rating = "none" if reason is None else "waiting"
        self.outcomes.append((row.id, rating, reason and reason.value, campaign))


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a rating belongs: a campaign, or a reason to wait; neither, where there is no level.

    The same object for the same place, so that it can be told by its identity.
    """

    gate: evaluation.Gate | None = None
    reason: WaitingReason | None = None

    @property
    def campaign_id(self) -> int | None:
        """The campaign, if there is one."""
        return None if self.gate is None else self.gate.campaign_id


UNRATED = Place()
WAITING = {reason: Place(reason=reason) for reason in WaitingReason}
# As ``Places.columns`` returns: no campaign, no day, no marks.
NOWHERE = (None,) * 7


class Places:
    """Where the ratings of a source's new matters belong, worked out row by row while staging.

    What it finds holds as long as the campaigns are what they were: ``join_staged`` looks again.
    """

    def __init__(self, source: Source, *, now: datetime) -> None:
        """Read the campaigns that take ratings now."""
        self.channel = SourceKind(source.kind).channel
        self.gates = evaluation.gates(self.channel, now=now, lock=False)
        self._prefix = b"%d:" % source.id
        self._people = Macs(standing_key(KEY_NAME), b"rater")
        self._places = {gate.campaign_id: Place(gate) for gate in self.gates}
        self._marks = {
            gate.campaign_id: evaluation.Marks(gate, self.channel)
            for gate in self.gates
            if not gate.paused
        }
        self._periods = [
            (gate, gate.opens_at.timestamp(), gate.closes_at.timestamp()) for gate in self.gates
        ]
        self._turns = {int(at) // HOUR_SECONDS for _, *period in self._periods for at in period}
        # Places by department, in hours in which no campaign begins or ends; hours with the same
        # campaigns share theirs.
        self._hours: dict[int, dict[int, Place]] = {}
        self._shared: dict[tuple[int, ...], dict[int, Place]] = {}
        # Clocks change on the hour, so an hour has one day.
        self._days: dict[int, date] = {}

    def of(self, matter: Matter) -> Place:
        """Return where a matter's rating belongs."""
        if matter.level is None:
            return UNRATED
        department = matter.department_id
        if department is None:
            return WAITING[WaitingReason.NO_DEPARTMENT]
        known = self._hours.get(matter.happened_at // HOUR_SECONDS)
        found = None if known is None else known.get(department)
        return found or self._find(matter.happened_at, department)

    def _find(self, moment: int, department: int) -> Place:
        covering = [gate for gate, begin, end in self._periods if begin <= moment < end]
        gate = _running(covering, department)
        place = WAITING[gate] if isinstance(gate, WaitingReason) else self._places[gate.campaign_id]
        hour = moment // HOUR_SECONDS
        if hour not in self._turns:
            if len(self._hours) >= MOST_REMEMBERED:
                self._hours.clear()
            ids = tuple(gate.campaign_id for gate in covering)
            self._hours[hour] = self._shared.setdefault(ids, {})
            self._hours[hour][department] = place
        return place

    def rating(self, matter: Matter) -> evaluation.ImportedRating:
        """Return the rating of a matter that has a level and a department."""
        department, level = matter.department_id, matter.level
        assert department is not None  # noqa: S101 ``of`` gave it a campaign
        assert level is not None  # noqa: S101
        person = self._people.mac(matter.contact) if matter.contact else b""
        name = self._prefix + matter.ticket
        day = self.day(matter.happened_at)
        return evaluation.ImportedRating(name, department, day, level, person)

    def columns(self, matter: Matter, place: Place) -> tuple[object, ...]:
        """Return campaign, reason to wait, day, number of leaves, and the rating's marks."""
        if place.gate is None:
            return NOWHERE if place.reason is None else (None, place.reason.value, *NOWHERE[2:])
        rating = self.rating(matter)
        marks = self._marks[place.gate.campaign_id].of(rating)
        leaves = place.gate.leaves[rating.department_id]
        return place.gate.campaign_id, None, rating.rated_on, leaves, *marks

    def day(self, moment: int) -> date:
        """Return the day of a moment."""
        hour = moment // HOUR_SECONDS
        day = self._days.get(hour)
        if day is None:
            if len(self._days) >= MOST_REMEMBERED:
                self._days.clear()
            day = self._days[hour] = local_date(datetime.fromtimestamp(moment, UTC))
        return day


def forecast(places: Places, stored: Mapping[int | None, int]) -> dict[str, Any]:
    """Return how many rows join which campaign, and how many will wait for one.

    ``stored`` are those that took the short way; the others are staged.
    """
    counts = Counter(stored)
    counts.update({row.campaign_id: row.count for row in db.session.execute(text(FORECAST))})
    campaigns = [
        {"id": gate.campaign_id, "title": gate.title, "count": counts[gate.campaign_id]}
        for gate in places.gates
        if gate.campaign_id in counts
    ]
    return {"campaigns": campaigns, "waiting": counts[None]}


def still_stand(places: Places, *, now: datetime) -> bool:
    """Tell whether the campaigns are what they were; then none closes before this transaction ends.

    Where one was opened, closed or paused meanwhile, the staged rows wait for ``join_waiting``.
    """
    return evaluation.gates(places.channel, now=now, lock=True) == places.gates


def join_staged(places: Places, *, step: Callable[[], None]) -> None:
    """Store the ratings of the staged matters that are new, a campaign at a time."""
    for gate in places.gates:
        step()
        if not gate.paused:
            given = STAGED.format(campaign=sql.Literal(gate.campaign_id))
            evaluation.store_given(gate, places.channel, given)


def join_waiting(
    source: Source, *, now: datetime, step: Callable[[], None], until: int = LAST_ID
) -> None:
    """Let each waiting matter of a source join its campaign, or say why it waits on.

    Those up to ``until``: an import judged its new ones while it staged them.
    """
    channel = SourceKind(source.kind).channel
    gates = evaluation.gates(channel, now=now, lock=True)
    values = {"source": source.id, "last": 0, "until": until, "most": ROWS_A_STEP}
    while rows := db.session.execute(text(NEXT), values).all():
        step()
        values["last"] = rows[-1].id
        _join(source.id, channel, rows, gates)


def _join(
    source_id: int, channel: Channel, rows: Sequence[Any], gates: Sequence[evaluation.Gate]
) -> None:
    by_id = {gate.campaign_id: gate for gate in gates}
    key = standing_key(KEY_NAME)
    done = _Step()
    for row in rows:
        name = f"{source_id}:{row.ticket}".encode()
        joined = by_id.get(row.campaign_id)
        if row.campaign_id is not None and (joined is None or joined.paused):
            closed = joined is None
            kept = WaitingReason.CLOSED_BEFORE if closed else WaitingReason.PAUSED
            rating = "counted" if closed else "waiting"
            done.outcomes.append((row.id, rating, kept.value, row.campaign_id))
            continue
        gate, reason = _gate_of(row, gates)
        if joined is not None and (gate is None or gate.campaign_id != joined.campaign_id):
            done.withdrawn[joined.campaign_id].append(name)
        if gate is None:
            done.wait(row, reason)
            continue
        done.stored[gate.campaign_id].append(_rating(row, name, key))
        done.outcomes.append((row.id, "counted", None, gate.campaign_id))
    for campaign_id, ratings in done.stored.items():
        evaluation.store_imported(by_id[campaign_id], channel, ratings)
    for campaign_id, names in done.withdrawn.items():
        evaluation.withdraw_imported(by_id[campaign_id], channel, names)
    _settle(done)


def _gate_of(
    row: Any, gates: Sequence[evaluation.Gate]
) -> tuple[evaluation.Gate | None, WaitingReason | None]:
    """Return the campaign that a matter belongs in, or why there is none."""
    if row.level is None:
        return None, None
    if row.department_id is None:
        return None, WaitingReason.NO_DEPARTMENT
    found = _running([gate for gate in gates if gate.covers(row.happened_at)], row.department_id)
    return (None, found) if isinstance(found, WaitingReason) else (found, None)


def _running(
    covering: Sequence[evaluation.Gate], department_id: int
) -> evaluation.Gate | WaitingReason:
    """Return which of the campaigns of its time a matter belongs in, or why none."""
    if not covering:
        return WaitingReason.NO_CAMPAIGN
    rated = [gate for gate in covering if department_id in gate.leaves]
    if not rated:
        return WaitingReason.NOT_RATED
    return next((gate for gate in rated if not gate.paused), WaitingReason.PAUSED)


def _rating(row: Any, name: bytes, key: bytes) -> evaluation.ImportedRating:
    person = b""
    if row.contact_sealed is not None:
        contact = unseal(key, bytes(row.contact_sealed), CONTACT_PURPOSE)
        person = mac(key, b"rater", contact)
    return evaluation.ImportedRating(
        name, row.department_id, local_date(row.happened_at), row.level, person
    )


def _settle(done: _Step) -> None:
    if not done.outcomes:
        return
    ids, ratings, reasons, campaigns = zip(*done.outcomes, strict=True)
    db.session.execute(
        text(SETTLE),
        {
            "ids": list(ids),
            "ratings": list(ratings),
            "reasons": list(reasons),
            "campaigns": list(campaigns),
        },
    )
