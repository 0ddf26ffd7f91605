"""What evidence is worth, why it is doubted, and when it suffices: pure (see docs/check-in.md)."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from server.activities.rules import ALWAYS_ENOUGH, EVIDENCE_LABELS, PEERS_NEEDED, EvidenceKind


class Phase(enum.StrEnum):
    """Coming or going."""

    IN = "in"
    OUT = "out"


class Outcome(enum.StrEnum):
    """What a piece of evidence is worth. A doubtful one is a question, not a verdict."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    REJECTED = "rejected"


class Doubt(enum.StrEnum):
    """Why evidence is put to the organiser."""

    LATE = "late"
    FROM_FUTURE = "from_future"
    CLOCK_WRONG = "clock_wrong"
    OUTSIDE_TIMES = "outside_times"
    NOT_JOINED = "not_joined"
    EDGE_OF_PLACE = "edge_of_place"
    JUDGED_BY_PHONE = "judged_by_phone"
    OWN_CODE = "own_code"
    PROOF_LATE = "proof_late"


DOUBT_LABELS = {
    Doubt.LATE: "活动码超过 60 秒后才送达",
    Doubt.FROM_FUTURE: "活动码的时间晚于现在",
    Doubt.CLOCK_WRONG: "两部手机的时钟相差过大",
    Doubt.OUTSIDE_TIMES: "不在活动时间内",
    Doubt.NOT_JOINED: "没有报名",
    Doubt.EDGE_OF_PLACE: "定位误差较大，可能在活动地点内",
    Doubt.JUDGED_BY_PHONE: "没有网络时由手机自行判断",
    Doubt.OWN_CODE: "组织者本人的活动码",
    Doubt.PROOF_LATE: "打卡凭证在活动结束一天后才送达",
}


class Presence(enum.StrEnum):
    """Where a person stands: evidence gathered but not enough, a question, there, not there."""

    INCOMPLETE = "incomplete"
    QUESTION = "question"
    PRESENT = "present"
    ABSENT = "absent"


PRESENCE_LABELS = {
    Presence.INCOMPLETE: "还需其他方式",
    Presence.QUESTION: "待组织者确认",
    Presence.PRESENT: "已到场",
    Presence.ABSENT: "未到场",
}

# What the person is told whose evidence is doubted: why, what happens next, what would be quicker.
DOUBT_MESSAGES = {
    Doubt.LATE: "活动码送达时已超过 60 秒，已请组织者确认。您也可以扫描现在的活动码。",
    Doubt.FROM_FUTURE: "活动码的时间晚于现在，可能是出示活动码的手机时钟不准，已请组织者确认。",
    Doubt.CLOCK_WRONG: "手机时钟与实际时间相差过大，已请组织者确认。请打开手机的自动设置时间。",
    Doubt.OUTSIDE_TIMES: "这次打卡不在活动时间内，已请组织者确认。",
    Doubt.NOT_JOINED: "您没有报名这项活动，已请组织者确认。",
    Doubt.EDGE_OF_PLACE: "定位误差较大，不能确定您在活动地点内，已请组织者确认。也可以扫描活动码。",
    Doubt.JUDGED_BY_PHONE: "没有网络时由手机判断的位置，已请组织者确认。您也可以扫描活动码。",
    Doubt.OWN_CODE: "您可以出示这项活动的活动码，需由其他组织者或工作人员确认。"
    "也可以用其他方式打卡，或请两名同伴确认。",
    Doubt.PROOF_LATE: "打卡凭证在活动结束一天后才送达，已请组织者确认。",
}
NOT_GONE_MESSAGE = "组织者没有确认您离开的时间。如有疑问，请联系组织者。"
GONE_MESSAGE = "已记录您离开的时间。"
PRESENT_MESSAGE = "打卡成功。"
ABSENT_MESSAGE = "组织者已确认您未到场。如有疑问，请联系组织者。"
OUTSIDE_MESSAGE = (
    "您现在的位置不在活动地点内，没有作记录。到达后可以再试，"
    "也可以扫描活动码，或请组织者、同伴确认。"
)

STEP_SECONDS = 15
# A code is on show for the whole of its step: whoever scans it in the last moment has 60 s as well.
CODE_LIFE = timedelta(seconds=60)
CLOCK_TOLERANCE = timedelta(seconds=15)
CLOCKS_APART = timedelta(hours=1)
COARSE_M = 100
# Beyond this an accuracy says nothing of where the phone is.
WIDEST_ACCURACY_M = 5_000
LARGEST_ACCURACY_M = 1_000_000
OPENS_BEFORE = timedelta(hours=2)
ENDS_AFTER = timedelta(hours=2)
# Longer than any hike is without network. A key that is taken out of a phone signs any day's code.
PROOF_GOOD_FOR = timedelta(days=1)
# After this nothing is delivered or decided any more.
SETTLED_AFTER = timedelta(days=30)
OFFICE_ANSWERS_AFTER = timedelta(days=7)
EVIDENCE_KEPT = timedelta(days=90)
PICTURE_KEPT_DAYS = 30
SMALLEST_GROUP = 3
CHECK_IN_KEY = "check-in"


@dataclass(frozen=True)
class Asked:
    """What an activity asks for; ``evidence`` holds the kinds that it accepts."""

    evidence: frozenset[EvidenceKind]
    needed: int
    check_out: bool
    starts_at: datetime
    ends_at: datetime

    def accepts(self, kind: EvidenceKind) -> bool:
        """Tell whether this kind counts; the organiser's word does whatever is asked for."""
        return kind in self.evidence or kind in ALWAYS_ENOUGH

    def covers(self, moment: datetime) -> bool:
        """Tell whether a moment lies in the times in which people come and go."""
        return self.starts_at - OPENS_BEFORE <= moment <= self.ends_at + ENDS_AFTER

    def within(self, moment: datetime) -> datetime:
        """Return the moment, or the nearest one while the activity runs."""
        return min(max(moment, self.starts_at), self.ends_at)


@dataclass(frozen=True)
class Shown:
    """A piece of evidence, as far as judging needs it."""

    id: UUID
    kind: EvidenceKind
    phase: Phase
    outcome: Outcome
    doubt: Doubt | None
    happened_at: datetime
    given_by: UUID | None = None
    nonce: bytes | None = None

    def replaces(self, other: "Shown") -> bool:
        """Tell whether this is the same piece as ``other``, with nothing doubtful about it now."""
        return (
            self.says_the_same_as(other)
            and self.outcome is Outcome.GOOD
            and other.outcome is not Outcome.GOOD
        )

    def says_the_same_as(self, other: "Shown") -> bool:
        """Tell whether both are of one kind, phase and giver: only one such piece is kept."""
        return (self.kind, self.phase, self.given_by) == (other.kind, other.phase, other.given_by)


@dataclass(frozen=True)
class Stand:
    """Where a person stands by its evidence."""

    presence: Presence
    came_at: datetime | None = None
    left_at: datetime | None = None


# These say nothing against the time that the evidence names.
_TIME_IS_BELIEVED = frozenset(
    {
        Doubt.LATE,
        Doubt.NOT_JOINED,
        Doubt.EDGE_OF_PLACE,
        Doubt.JUDGED_BY_PHONE,
        Doubt.OWN_CODE,
        Doubt.PROOF_LATE,
    }
)


def good_kinds(
    shown: Iterable[Shown], asked: Asked, phase: Phase = Phase.IN
) -> frozenset[EvidenceKind]:
    """Return the kinds that hold. Peers hold together: two different ones, or none."""
    good = [
        one
        for one in shown
        if one.phase is phase and one.outcome is Outcome.GOOD and asked.accepts(one.kind)
    ]
    peers = {one.given_by for one in good if one.kind is EvidenceKind.PEERS}
    kinds = {one.kind for one in good}
    if len(peers) < PEERS_NEEDED:
        kinds.discard(EvidenceKind.PEERS)
    return frozenset(kinds)


def suffices(kinds: Iterable[EvidenceKind], asked: Asked) -> bool:
    """Tell whether kinds that hold are enough: as many as asked for, or one that always is."""
    held = frozenset(kinds)
    return bool(held & ALWAYS_ENOUGH) or len(held) >= asked.needed


def rests_on_peers_alone(shown: Iterable[Shown], asked: Asked) -> bool:
    """Tell whether nothing but others' word speaks for a person's presence."""
    return not good_kinds(shown, asked) - {EvidenceKind.PEERS}


def leaving_was_denied(shown: Iterable[Shown]) -> bool:
    """Tell whether the organiser said no to a leaving: that stands until the organiser's yes."""
    return any(
        one.kind is EvidenceKind.ORGANISER
        and one.phase is Phase.OUT
        and one.outcome is Outcome.REJECTED
        for one in shown
    )


def judge(
    shown: Iterable[Shown],
    asked: Asked,
    *,
    decided: Presence | None = None,
    before: Presence | None = None,
) -> Stand:
    """Return where a person stands.

    ``decided`` is the organiser's word, which holds against everything. Whoever was told to be
    present (``before``) stays so though the activity asks for more by now.
    """
    pieces = list(shown)
    presence = decided or _presence(pieces, asked)
    if decided is None and before is Presence.PRESENT:
        presence = Presence.PRESENT
    if presence is not Presence.PRESENT:
        return Stand(presence)
    came = min((one.happened_at for one in pieces if _tells_when(one, Phase.IN)), default=None)
    return Stand(presence, came, _left_at(pieces, asked, came))


def _presence(pieces: list[Shown], asked: Asked) -> Presence:
    if suffices(good_kinds(pieces, asked), asked):
        return Presence.PRESENT
    if any(one.phase is Phase.IN and one.outcome is Outcome.DOUBTFUL for one in pieces):
        return Presence.QUESTION
    return Presence.INCOMPLETE


def _tells_when(one: Shown, phase: Phase) -> bool:
    if one.phase is not phase or one.outcome is Outcome.REJECTED:
        return False
    return one.outcome is Outcome.GOOD or one.doubt in _TIME_IS_BELIEVED


def _left_at(pieces: list[Shown], asked: Asked, came: datetime | None) -> datetime | None:
    if not asked.check_out or came is None or not good_kinds(pieces, asked, Phase.OUT):
        return None
    left = max(
        (
            one.happened_at
            for one in pieces
            if one.phase is Phase.OUT and one.outcome is Outcome.GOOD
        ),
        default=None,
    )
    return left if left is not None and left >= came else None


def doubt_of_step(begins: datetime, asked: Asked, now: datetime) -> Doubt | None:
    """Return what is doubtful about a rotating code: its step's beginning, and when it arrived."""
    ahead = doubt_of_moment(begins, asked, now)
    if ahead is not None:
        return ahead
    ends = begins + timedelta(seconds=STEP_SECONDS)
    return Doubt.LATE if now > ends + CODE_LIFE else None


def doubt_of_moment(moment: datetime, asked: Asked, now: datetime) -> Doubt | None:
    """Return what is doubtful about a time that a phone names."""
    if moment > now + CLOCK_TOLERANCE:
        return Doubt.FROM_FUTURE
    return None if asked.covers(moment) else Doubt.OUTSIDE_TIMES


def doubt_of_proof(
    member_begins: datetime, organiser_begins: datetime, asked: Asked, now: datetime
) -> Doubt | None:
    """Return what is doubtful about a proof: until a day after the end it is as good as at once."""
    if organiser_begins > now + CLOCK_TOLERANCE:
        return Doubt.FROM_FUTURE
    if abs(member_begins - organiser_begins) > CLOCKS_APART:
        return Doubt.CLOCK_WRONG
    if not asked.covers(organiser_begins):
        return Doubt.OUTSIDE_TIMES
    return Doubt.PROOF_LATE if now > asked.ends_at + PROOF_GOOD_FOR else None


def doubt_of_claim(claimed: datetime, asked: Asked, now: datetime) -> tuple[datetime, Doubt | None]:
    """Return when something happened by the phone's own clock, and what is doubtful about it.

    A clock that is a little ahead is taken for what it is; one that is hours ahead is named.
    """
    if claimed > now + CLOCKS_APART:
        return now, Doubt.CLOCK_WRONG
    moment = min(claimed, now)
    return moment, None if asked.covers(moment) else Doubt.OUTSIDE_TIMES


def message(stand: Stand, shown: Iterable[Shown], asked: Asked, phase: Phase) -> str:
    """Say in one sentence where a person stands, and what it can do."""
    pieces = [one for one in shown if one.phase is phase]
    doubts = [one.doubt for one in pieces if one.doubt and one.outcome is Outcome.DOUBTFUL]
    if stand.presence is Presence.ABSENT:
        return ABSENT_MESSAGE
    if phase is Phase.OUT:
        return _message_of_leaving(pieces, doubts, asked)
    if stand.presence is Presence.PRESENT:
        return PRESENT_MESSAGE
    if doubts:
        return DOUBT_MESSAGES[doubts[-1]]
    return _what_is_missing(pieces, asked)


def _message_of_leaving(pieces: list[Shown], doubts: list[Doubt], asked: Asked) -> str:
    if good_kinds(pieces, asked, Phase.OUT):
        return GONE_MESSAGE
    if leaving_was_denied(pieces):
        return NOT_GONE_MESSAGE
    return DOUBT_MESSAGES[doubts[-1]] if doubts else GONE_MESSAGE


def _what_is_missing(pieces: list[Shown], asked: Asked) -> str:
    peers = {
        one.given_by
        for one in pieces
        if one.kind is EvidenceKind.PEERS and one.outcome is Outcome.GOOD
    }
    if peers and len(peers) < PEERS_NEEDED:
        return "已有一名同伴确认，还需要另一名同伴确认。"
    held = good_kinds(pieces, asked)
    others = "、".join(EVIDENCE_LABELS[kind] for kind in EvidenceKind if _still(kind, held, asked))
    if not held:
        return f"还没有有效的打卡记录。可以使用：{others}，或请组织者确认。"
    done = "、".join(EVIDENCE_LABELS[kind] for kind in EvidenceKind if kind in held)
    return f"已记录“{done}”，还需要另一种方式：{others}，或请组织者确认。"


def _still(kind: EvidenceKind, held: frozenset[EvidenceKind], asked: Asked) -> bool:
    return kind in asked.evidence and kind not in held | ALWAYS_ENOUGH
