"""Reading campaigns, their departments, counters and codes."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, or_, select

from server.campaigns import codes
from server.campaigns.models import (
    Campaign,
    CampaignDepartment,
    CodeBatch,
    Counter,
    RatingCode,
    SampleLink,
)
from server.campaigns.rules import CampaignState
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, newest_first, page
from server.identity import queries as identity

__all__ = ["Campaign", "CodeBatch", "Counter"]

Department = tuple[CampaignDepartment, "identity.Organisation"]


def campaigns(*, states: Sequence[CampaignState] | None = None) -> Sequence[Campaign]:
    """Return campaigns in these states (all when None), the latest to open first."""
    query = select(Campaign).order_by(Campaign.opens_at.desc(), Campaign.id.desc())
    if states is not None:
        query = query.where(Campaign.state.in_([state.value for state in states]))
    return db.session.scalars(query).all()


def campaign_page(
    *,
    states: Sequence[CampaignState] | None = None,
    q: str = "",
    cursor: str | None,
    limit: int = 20,
) -> Page[Campaign]:
    """Return a page of campaigns, the latest to open first, whose title contains ``q``."""
    query = select(Campaign)
    if states is not None:
        query = query.where(Campaign.state.in_([state.value for state in states]))
    if q:
        query = query.where(Campaign.title.contains(q, autoescape=True))
    return newest_first(query, Campaign.opens_at, Campaign.id, kind=int, cursor=cursor, limit=limit)


def campaign(campaign_id: int) -> Campaign:
    """Return one campaign; refuse with 404."""
    found = db.session.get(Campaign, campaign_id)
    if found is None:
        raise Refusal("campaign_unknown", 404)
    return found


def titles(campaign_ids: Iterable[int]) -> dict[int, str]:
    """Return the titles of campaigns, for lists that show them by id."""
    rows = db.session.execute(
        select(Campaign.id, Campaign.title).where(Campaign.id.in_(list(campaign_ids)))
    )
    return {row[0]: row[1] for row in rows}


def public_campaign(campaign_id: int) -> Campaign:
    """Return one campaign unless it is still a draft."""
    found = campaign(campaign_id)
    if found.state == CampaignState.DRAFT:
        raise Refusal("campaign_unknown", 404)
    return found


def settled_campaign(campaign_id: int) -> Campaign:
    """Return a campaign whose results stand; refuse any other.

    Refuses with ``campaign_sealed`` before the close, ``campaign_not_settled`` right after it.
    """
    found = public_campaign(campaign_id)
    if found.state != CampaignState.CLOSED:
        raise Refusal("campaign_sealed", 409)
    if found.settled_at is None:
        raise Refusal("campaign_not_settled", 409, headers={"Retry-After": "3"})
    return found


def campaign_for_update(campaign_id: int) -> Campaign:
    """Return one campaign with its row locked until the transaction ends."""
    found = db.session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise Refusal("campaign_unknown", 404)
    return found


def departments(
    campaign_id: int, *, q: str = "", cursor: str | None = None, limit: int = 50
) -> Page[Department]:
    """Return a campaign's departments by pinyin; ``q`` matches name, alias, pinyin or initials."""
    organisation = identity.Organisation
    query = (
        select(CampaignDepartment, organisation)
        .join(organisation, organisation.id == CampaignDepartment.department_id)
        .where(CampaignDepartment.campaign_id == campaign_id)
    )
    if q:
        query = query.where(identity.matches(q))
    found = page(
        query,
        [organisation.sort_key, organisation.id],
        kinds=[str, int],
        key=lambda row: [row[1].sort_key, row[1].id],
        cursor=cursor,
        limit=limit,
    )
    return Page([(row[0], row[1]) for row in found.items], found.next_cursor)


def department(campaign_id: int, department_id: int) -> Department:
    """Return one department of a campaign; refuse with 404."""
    organisation = identity.Organisation
    row = db.session.execute(
        select(CampaignDepartment, organisation)
        .join(organisation, organisation.id == CampaignDepartment.department_id)
        .where(
            CampaignDepartment.campaign_id == campaign_id,
            CampaignDepartment.department_id == department_id,
        )
    ).first()
    if row is None:
        raise Refusal("department_unknown", 404, field="department")
    return row[0], row[1]


def every_department(campaign_id: int) -> Sequence[Department]:
    """Return all departments of a campaign, in no order."""
    organisation = identity.Organisation
    rows = db.session.execute(
        select(CampaignDepartment, organisation)
        .join(organisation, organisation.id == CampaignDepartment.department_id)
        .where(CampaignDepartment.campaign_id == campaign_id)
    )
    return [(row[0], row[1]) for row in rows]


def department_count(campaign_ids: Iterable[int]) -> dict[int, int]:
    """Return how many departments each campaign rates."""
    rows = db.session.execute(
        select(CampaignDepartment.campaign_id, func.count())
        .where(CampaignDepartment.campaign_id.in_(list(campaign_ids)))
        .group_by(CampaignDepartment.campaign_id)
    )
    return {row[0]: row[1] for row in rows}


def department_ids(campaign_id: int) -> list[int]:
    """Return the ids of all departments of a campaign, by pinyin."""
    organisation = identity.Organisation
    return list(
        db.session.scalars(
            select(organisation.id)
            .join(CampaignDepartment, CampaignDepartment.department_id == organisation.id)
            .where(CampaignDepartment.campaign_id == campaign_id)
            .order_by(organisation.sort_key, organisation.id)
        )
    )


def department_paths(campaign_id: int) -> list[str]:
    """Return the places in the tree of all departments of a campaign."""
    organisation = identity.Organisation
    return list(
        db.session.scalars(
            select(organisation.path)
            .join(CampaignDepartment, CampaignDepartment.department_id == organisation.id)
            .where(CampaignDepartment.campaign_id == campaign_id)
        )
    )


def counters(department_id: int | None = None) -> Sequence[Counter]:
    """Return counters by department and name."""
    query = select(Counter).order_by(Counter.department_id, Counter.name)
    if department_id is not None:
        query = query.where(Counter.department_id == department_id)
    return db.session.scalars(query).all()


def counter_by_code(code: str) -> Counter:
    """Return the counter that a printed QR code names; refuse with 404."""
    found = db.session.scalar(
        select(Counter).where(Counter.code == codes.normal(code), Counter.active)
    )
    if found is None:
        raise Refusal("counter_unknown", 404, field="counter")
    return found


def batches(campaign_id: int) -> Sequence[CodeBatch]:
    """Return a campaign's batches of rating codes, newest first."""
    return db.session.scalars(
        select(CodeBatch)
        .where(CodeBatch.campaign_id == campaign_id)
        .order_by(CodeBatch.created_at.desc(), CodeBatch.id)
    ).all()


def batch_page(
    campaign_id: int, *, department_id: int | None = None, cursor: str | None, limit: int = 50
) -> Page[CodeBatch]:
    """Return a page of a campaign's batches, newest first, of one department where one is given."""
    query = select(CodeBatch).where(CodeBatch.campaign_id == campaign_id)
    if department_id is not None:
        query = query.where(CodeBatch.department_id == department_id)
    return newest_first(
        query, CodeBatch.created_at, CodeBatch.id, kind=UUID, cursor=cursor, limit=limit
    )


def batch(batch_id: UUID) -> CodeBatch:
    """Return one batch; refuse with 404."""
    found = db.session.get(CodeBatch, batch_id)
    if found is None:
        raise Refusal("not_found", 404)
    return found


def counter(counter_id: int) -> Counter:
    """Return one counter, in use or not; refuse with 404."""
    found = db.session.get(Counter, counter_id)
    if found is None:
        raise Refusal("counter_unknown", 404)
    return found


def codes_of(batch: CodeBatch) -> list[str]:
    """Return a batch's codes again, worked out from its sealed seed."""
    return codes.codes_of_seed(codes.unseal_seed(batch.seed_sealed), batch.size)


def batch_of_code(code: str) -> CodeBatch:
    """Return the batch that issued a code; refuse with 404."""
    found = db.session.scalar(
        select(CodeBatch)
        .join(RatingCode, RatingCode.batch_id == CodeBatch.id)
        .where(RatingCode.code_hash == codes.code_hash(code))
    )
    if found is None:
        raise Refusal("code_unknown", 404, field="code")
    return found


def sample_link(code: str) -> SampleLink | None:
    """Return the link of a drawn person that has this code, if there is one."""
    return db.session.get(SampleLink, codes.code_hash(code))


def sample_links(drawn: Sequence[str]) -> list[SampleLink | None]:
    """Return the links of some codes, in the codes' order."""
    hashes = [codes.code_hash(code) for code in drawn]
    found = db.session.scalars(select(SampleLink).where(SampleLink.code_hash.in_(hashes)))
    by_hash = {link.code_hash: link for link in found}
    return [by_hash.get(one) for one in hashes]


def service_campaigns_of(department_id: int) -> Sequence[Campaign]:
    """Return the open campaigns that rate a department, service campaigns first."""
    return db.session.scalars(
        select(Campaign)
        .join(CampaignDepartment, CampaignDepartment.campaign_id == Campaign.id)
        .where(
            CampaignDepartment.department_id == department_id,
            Campaign.state == CampaignState.OPEN.value,
            or_(Campaign.pause_reason.is_(None), Campaign.pause_reason == ""),
        )
        .order_by(Campaign.kind, Campaign.closes_at, Campaign.id)
    ).all()
