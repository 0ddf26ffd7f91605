"""Who rates, as the system may know it: a pseudonym that only the campaign's key could undo.

pseudonym = HMAC-SHA-256(campaign key, rater, department, channel, matter), 128 bits. The rater is a
member, an organisation that somebody represents, or the rating code itself: then nothing of the
person goes in at all.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from server.campaigns import codes
from server.campaigns import queries as campaigns
from server.campaigns.models import SampleLink
from server.campaigns.rules import CampaignKind, Channel
from server.core.access import Role
from server.core.crypto import mac
from server.core.errors import InvalidInput, Refusal
from server.evaluation.forms import Form
from server.evaluation.rules import NO_CELL
from server.identity import queries as identity
from server.identity.rules import OrganisationKind
from server.pairings import queries as pairings
from server.pairings.rules import SIGNING_CHANNELS


@dataclass(frozen=True)
class Claim:
    """What a rater says of how it came here: at most one of these, or nothing (a search)."""

    enterprise: int | None = None
    counter: str | None = None
    code: str | None = None
    organisation: int | None = None


@dataclass(frozen=True)
class Rater:
    """Rater, channel and matter of one submission, before they are hashed."""

    identity: bytes
    channel: Channel
    matter: bytes = b""
    counter_id: int | None = None
    cell: int = NO_CELL
    organisation_id: int | None = None

    def pseudonym(self, key: bytes, department_id: int) -> bytes:
        """Return the name that is unique for rater, department, channel and matter."""
        return mac(
            key,
            b"pseudonym",
            self.identity,
            department_id.to_bytes(4, "big"),
            bytes([self.channel]),
            self.matter,
        )

    def tag(self, key: bytes, department_id: int) -> bytes:
        """Return the pseudonym without the matter, so that persons can be counted once."""
        return mac(
            key, b"rater", self.identity, department_id.to_bytes(4, "big"), bytes([self.channel])
        )


def resolve(form: Form, claim: Claim, member_id: UUID | None, today: date) -> Rater:
    """Work out rater, channel and matter; refuse what the campaign does not offer.

    Without a member only a rating code gives the right to rate.
    """
    parts = (claim.enterprise, claim.counter, claim.code, claim.organisation)
    if len([part for part in parts if part is not None]) > 1:
        message = "企业、社区（村）、窗口和评价码只能选择一种。"
        raise InvalidInput([{"field": "code", "message": message}])
    if claim.code is not None:
        return _by_code(form, claim.code)
    if member_id is None:
        raise Refusal("sign_in_needed", 401)
    if claim.enterprise is not None:
        return _by_enterprise(form, claim.enterprise, member_id, today)
    if claim.organisation is not None:
        return _by_organisation(form, claim.organisation, member_id)
    member = b"member:" + member_id.bytes
    if claim.counter is not None:
        return _by_counter(form, claim.counter, member, today)
    if form.kind is CampaignKind.SERVICE and Channel.OPEN not in form.channels:
        raise Refusal("visit_needed", 409)
    _offered(form, Channel.OPEN)
    return Rater(member, Channel.OPEN, _matter_of_day(form, today))


def _offered(form: Form, channel: Channel) -> None:
    if channel not in form.channels:
        raise Refusal("channel_not_offered", 409)


def _matter_of_day(form: Form, today: date) -> bytes:
    # In a survey there is no matter: one rating per person, department and channel.
    return today.isoformat().encode() if form.kind is CampaignKind.SERVICE else b""


def _by_code(form: Form, code: str) -> Rater:
    if not codes.is_code(code):
        raise Refusal("code_unknown", 404, field="code")
    link = campaigns.sample_link(code)
    if link is not None:
        return _by_sample_link(form, code, link)
    batch = campaigns.batch_of_code(code)
    if batch.campaign_id != form.campaign_id:
        raise Refusal("code_unknown", 404, field="code")
    if batch.department_id != form.department_id:
        raise Refusal("code_other_department", 409, field="department")
    plain = codes.normal(code).encode()
    return Rater(b"code:" + plain, Channel(batch.channel), plain, batch.counter_id)


def _by_sample_link(form: Form, code: str, link: SampleLink) -> Rater:
    """A drawn person rates each department of the link once; nothing but the cell goes along."""
    if link.campaign_id != form.campaign_id:
        raise Refusal("code_unknown", 404, field="code")
    if form.department_id not in link.departments:
        raise Refusal("code_other_department", 409, field="department")
    _offered(form, Channel.SAMPLE)
    return Rater(sample_identity(code), Channel.SAMPLE, cell=link.cell)


def sample_identity(code: str) -> bytes:
    """Return what a drawn person's pseudonyms are made of: the link's code and nothing else."""
    return b"sample:" + codes.normal(code).encode()


def _by_counter(form: Form, code: str, member: bytes, today: date) -> Rater:
    _offered(form, Channel.SERVICE_CENTRE)
    counter = campaigns.counter_by_code(code)
    if counter.department_id != form.department_id:
        raise Refusal("counter_unknown", 404, field="counter")
    matter = b""
    if form.kind is CampaignKind.SERVICE:
        matter = f"counter:{counter.id}:{today.isoformat()}".encode()
    return Rater(member, Channel.SERVICE_CENTRE, matter, counter.id)


def _by_enterprise(form: Form, enterprise: int, member_id: UUID, today: date) -> Rater:
    _offered(form, Channel.ENTERPRISE_ONLINE)
    if not identity.represents(member_id, enterprise):
        raise Refusal("enterprise_not_yours", 403, field="enterprise")
    if not form.enterprise_facing:
        raise Refusal("department_not_enterprise_facing", 409, field="department")
    return of_enterprise(form, enterprise, today)


def of_enterprise(form: Form, enterprise: int, day: date) -> Rater:
    """Return an enterprise as a rater: the same one on that day, whoever represents it."""
    rater = f"enterprise:{enterprise}".encode()
    return Rater(rater, Channel.ENTERPRISE_ONLINE, _matter_of_day(form, day))


def _by_organisation(form: Form, organisation_id: int, member_id: UUID) -> Rater:
    """A community or village rates the departments that it was paired with at the opening.

    By pairings made before it, on the day of the opening, so that who may rate is settled when the
    rating begins, and nobody's right is ended on the way. The rating is the organisation's own: it
    is stored with its name.
    """
    if not identity.represents(member_id, organisation_id, Role.COMMUNITY_REPRESENTATIVE):
        raise Refusal("organisation_not_yours", 403, field="organisation")
    channel = SIGNING_CHANNELS[OrganisationKind(identity.organisation(organisation_id).kind)]
    _offered(form, channel)
    if not pairings.counts_in(form.campaign_id, organisation_id, form.department_id):
        raise Refusal("department_not_paired", 409, field="department")
    rater = f"organisation:{organisation_id}".encode()
    return Rater(rater, channel, organisation_id=organisation_id)
