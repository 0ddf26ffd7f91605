"""What an activity or agreement says, and every fault in it by field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from server.activities import geometry, queries
from server.activities.rules import (
    COMMUNITY_KINDS,
    FURTHEST_AHEAD,
    FURTHEST_BACK,
    LONGEST_ACTIVITY,
    LONGEST_BRING,
    LONGEST_DESCRIPTION,
    LONGEST_PLACE,
    LONGEST_TITLE,
    MOST_PARTNERS,
    MOST_PICTURES,
    MOST_PLACES,
    ORGANISER_KINDS,
    PARTNER_KINDS,
    ActivityKind,
    AgreementState,
    Aspect,
    Audience,
    EvidenceKind,
    Way,
    evidence_fault,
)
from server.core.errors import InvalidInput
from server.identity import queries as identity
from server.identity.rules import OrganisationKind
from server.membership import queries as membership

Fault = dict[str, str]


@dataclass(frozen=True)
class ActivityContent:
    """What an organiser says of an activity.

    ``join_until`` None means the start, ``capacity`` None without end, ``pictures`` None leaves
    those that there are. ``fences`` are drawn in GCJ-02 (see ``geometry``), or with ``wgs84`` in
    WGS-84; they are kept in GCJ-02.
    """

    kind: ActivityKind
    title: str
    place: str
    organiser_id: int
    starts_at: datetime
    ends_at: datetime
    join_until: datetime | None = None
    capacity: int | None = None
    description: str = ""
    bring: str = ""
    community_id: int | None = None
    agreement_id: int | None = None
    partner_ids: tuple[int, ...] = ()
    audience: Audience = Audience.PARTNERS
    audience_groups: tuple[int, ...] = ()
    evidence: tuple[EvidenceKind, ...] = (EvidenceKind.CODE, EvidenceKind.ORGANISER)
    evidence_needed: int = 1
    check_out: bool = False
    fences: tuple[Mapping[str, Any], ...] = ()
    wgs84: bool = False
    pictures: tuple[UUID, ...] | None = None

    @classmethod
    def of(
        cls,
        data: Mapping[str, Any],
        *,
        fences: Iterable[Mapping[str, Any]],
        pictures: Iterable[UUID] | None,
        wgs84: bool = False,
    ) -> "ActivityContent":
        """Return what the API's and the console's forms say, which name their fields alike."""
        return cls(
            kind=data["kind"],
            title=data["title"],
            place=data["place"],
            organiser_id=data["organiser"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            join_until=data["join_until"],
            capacity=data["capacity"],
            description=data["description"],
            bring=data["bring"],
            community_id=data["community"],
            agreement_id=data["agreement"],
            partner_ids=tuple(data["partners"]),
            audience=data["audience"],
            audience_groups=tuple(data["audience_groups"]),
            evidence=tuple(data["evidence"]),
            evidence_needed=data["evidence_needed"],
            check_out=data["check_out"],
            fences=tuple(fences),
            wgs84=wgs84,
            pictures=None if pictures is None else tuple(pictures),
        )

    @property
    def joins_until(self) -> datetime:
        """Until when it can be joined."""
        return self.join_until or self.starts_at

    @property
    def kept_fences(self) -> list[dict[str, Any]]:
        """The fences in GCJ-02."""
        if self.wgs84:
            return [geometry.from_wgs84(fence) for fence in self.fences]
        return [dict(fence) for fence in self.fences]

    def at(self, starts_at: datetime) -> "ActivityContent":
        """Return the same at another time: its end and the end of joining move along."""
        by = starts_at - self.starts_at
        return replace(
            self,
            starts_at=starts_at,
            ends_at=self.ends_at + by,
            join_until=self.joins_until + by,
        )


@dataclass(frozen=True)
class AgreementContent:
    """What a host says of an agreement."""

    title: str
    host_id: int
    partner_ids: tuple[int, ...]
    ways: tuple[Way, ...]
    aspects: tuple[Aspect, ...]
    aims: str
    starts_on: date
    ends_on: date


def refuse_faults(faults: Iterable[Fault]) -> None:
    """Raise InvalidInput when there are any."""
    found = list(faults)
    if found:
        raise InvalidInput(found)


def fault(field: str, message: str) -> Fault:
    """Return one fault."""
    return {"field": field, "message": message}


def check_activity(content: ActivityContent, *, now: datetime, agreement: int | None) -> None:
    """Refuse an activity's content with every field at fault.

    ``agreement`` is the one that it already stands under: that may have ended meanwhile.
    """
    # Times first: others are compared with them, and a year 9999 can't be told in Shanghai.
    refuse_faults(_time_faults(content, now))
    refuse_faults(
        [
            *_text_faults(content),
            *_place_faults(content),
            *_evidence_faults(content),
            *_organisation_faults(content),
            *_audience_faults(content),
            *_agreement_faults(content, agreement),
        ]
    )


def _time_faults(content: ActivityContent, now: datetime) -> list[Fault]:
    for field in ("starts_at", "ends_at", "join_until"):
        moment = getattr(content, field)
        if moment and not now - FURTHEST_BACK <= moment <= now + FURTHEST_AHEAD + LONGEST_ACTIVITY:
            return [fault(field, "请填写一年之前至两年之内的时间。")]
    found = []
    if content.ends_at <= content.starts_at:
        found.append(fault("ends_at", "结束时间必须晚于开始时间。"))
    elif content.ends_at - content.starts_at > LONGEST_ACTIVITY:
        days = LONGEST_ACTIVITY.days
        found.append(fault("ends_at", f"一次活动最长 {days} 天，请分成几次活动。"))
    if content.joins_until > content.ends_at:
        found.append(fault("join_until", "报名截止时间不能晚于活动结束时间。"))
    return found


def _text_faults(content: ActivityContent) -> list[Fault]:
    found = []
    for field, text, least, most in (
        ("title", content.title, 1, LONGEST_TITLE),
        ("place", content.place, 1, LONGEST_PLACE),
        ("description", content.description, 0, LONGEST_DESCRIPTION),
        ("bring", content.bring, 0, LONGEST_BRING),
    ):
        if not least <= len(text) <= most:
            message = f"请填写 {least} 至 {most} 个字。" if least else f"最多 {most} 个字。"
            found.append(fault(field, message))
    return found


def _place_faults(content: ActivityContent) -> list[Fault]:
    found = geometry.faults_of(content.fences)
    if content.capacity is not None and not 1 <= content.capacity <= MOST_PLACES:
        found.append(fault("capacity", f"名额为 1 至 {MOST_PLACES}，不限请留空。"))
    if content.pictures is not None and len(content.pictures) > MOST_PICTURES:
        found.append(fault("pictures", f"最多 {MOST_PICTURES} 张图片。"))
    elif content.pictures and len(set(content.pictures)) < len(content.pictures):
        found.append(fault("pictures", "同一张图片只能使用一次。"))
    return found


def _evidence_faults(content: ActivityContent) -> list[Fault]:
    found = []
    if message := evidence_fault(content.evidence, content.evidence_needed):
        found.append(fault("evidence", message))
    if EvidenceKind.PLACE in content.evidence and not content.fences:
        found.append(fault("fences", "选择了“到达活动地点”，请先划定活动范围。"))
    return found


def _organisation_faults(content: ActivityContent) -> list[Fault]:
    found = partner_faults(content.organiser_id, content.partner_ids, "organiser")
    if content.community_id is not None:
        known = identity.organisations_by_id([content.community_id])
        if not known or not known[0].active or known[0].kind not in COMMUNITY_KINDS:
            found.append(fault("community", "请选择在用的社区或村。"))
    return found


def partner_faults(host: int, partners: Sequence[int], field: str) -> list[Fault]:
    """Return what is wrong with an organiser or host and its partners."""
    known = {one.id: one for one in identity.organisations_by_id({host, *partners}) if one.active}
    found = []
    if host not in known or known[host].kind not in ORGANISER_KINDS:
        found.append(fault(field, "请选择在用的党组织或群团组织。"))
    fitting = {one.id for one in known.values() if OrganisationKind(one.kind) in PARTNER_KINDS}
    if not set(partners) <= fitting:
        found.append(fault("partners", "有的协办单位不存在、已停用或不能协办，请重新选择。"))
    elif host in partners or len(set(partners)) < len(partners):
        found.append(fault("partners", "协办单位不能重复，也不能是主办单位自己。"))
    elif len(partners) > MOST_PARTNERS:
        found.append(fault("partners", f"最多 {MOST_PARTNERS} 个协办单位。"))
    return found


def _audience_faults(content: ActivityContent) -> list[Fault]:
    groups = set(content.audience_groups)
    if content.audience is not Audience.GROUPS:
        return []
    if not groups:
        return [fault("audience_groups", "请选择至少一个群体。")]
    if not groups <= {one.id for one in membership.groups()}:
        return [fault("audience_groups", "有的群体不存在或已停用，请重新选择。")]
    return []


def _agreement_faults(content: ActivityContent, present: int | None) -> list[Fault]:
    if content.agreement_id is None:
        return []
    wrong = [fault("agreement", "请选择主办单位参加的、履行中的协议。")]
    held = queries.find_agreement(content.agreement_id)
    if held is None:
        return wrong
    if held.id != present and held.state != AgreementState.ACTIVE:
        return wrong
    # A party that somebody else only names as his partner lends him nothing of its agreement.
    parties = {held.host_id, *queries.agreement_partner_ids([held.id])[held.id]}
    return [] if content.organiser_id in parties else wrong


def check_agreement(content: AgreementContent) -> None:
    """Refuse an agreement's content with every field at fault."""
    found = partner_faults(content.host_id, content.partner_ids, "host")
    if not content.partner_ids:
        found.append(fault("partners", "请选择至少一个共建单位。"))
    if not 1 <= len(content.title) <= LONGEST_TITLE:
        found.append(fault("title", f"请填写 1 至 {LONGEST_TITLE} 个字。"))
    if not 1 <= len(content.aims) <= LONGEST_DESCRIPTION:
        found.append(fault("aims", f"请填写 1 至 {LONGEST_DESCRIPTION} 个字的目标。"))
    if not content.ways or len(set(content.ways)) < len(content.ways):
        found.append(fault("ways", "请选择联学、联建、联创中的至少一项，不要重复。"))
    if not content.aspects or len(set(content.aspects)) < len(content.aspects):
        found.append(fault("aspects", "请选择至少一个方面，不要重复。"))
    if content.ends_on <= content.starts_on:
        found.append(fault("ends_on", "终止日期必须晚于起始日期。"))
    refuse_faults(found)
