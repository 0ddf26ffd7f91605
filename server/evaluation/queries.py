"""Reading single ratings: what is held for review, lists, one in full.

Two rules stand in front of every reading. The seal: of an open survey nobody sees a level, a tag
or a count. The reach: the office and inspectors see the departments below their grants; no other
role, the administrator's included, opens anything here.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, union
from sqlalchemy.orm import aliased

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, CampaignState, Channel
from server.core.access import Actor, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.paging import Page, page
from server.evaluation.models import Evaluation, Exclusion, Photo
from server.evaluation.readings import (
    Answer,
    EvaluationDetail,
    EvaluationFilters,
    ExclusionReading,
    HeldItem,
    PhotoReading,
    Question,
    RatingReading,
)
from server.evaluation.rules import (
    CommentState,
    EvaluationState,
    ExclusionReason,
    ExclusionState,
    PhotoState,
)
from server.identity import queries as identity
from server.indicators import queries as indicators

__all__ = ["EvaluationFilters"]

Organisation = identity.Organisation
# The community or village whose own rating it is.
Signer = aliased(identity.Organisation, name="signer")
READERS = (Role.OFFICE, Role.INSPECTOR)

# Named one by one, so that no reading ever loads a pseudonym, a receipt or a sealed contact.
COLUMNS = (
    Evaluation.campaign_id,
    Evaluation.id,
    Evaluation.department_id,
    Evaluation.channel,
    Evaluation.counter_id,
    Evaluation.rated_on,
    Evaluation.state,
    Evaluation.comment_state,
    Evaluation.photo_count,
    Evaluation.overall,
    Evaluation.levels,
    Evaluation.tags,
    Evaluation.comment,
    Campaign.title.label("campaign_title"),
    Campaign.kind.label("campaign_kind"),
    Campaign.state.label("campaign_state"),
    Organisation.name.label("department_name"),
    Signer.name.label("signed_by"),
)


def is_sealed(kind: str, state: str) -> bool:
    """Tell whether levels and counts of a campaign's ratings are closed to everybody."""
    return kind == CampaignKind.SURVEY and state != CampaignState.CLOSED


def questions(campaign: Campaign, department_id: int) -> tuple[Question, ...]:
    """Return what raters of a department are asked, in the order of the stored levels."""
    row, _ = campaigns.department(campaign.id, department_id)
    version = campaign.indicator_version_id
    headings = {heading.id: heading.name for heading in indicators.headings(version)}
    leaves = {leaf.id: leaf for leaf in indicators.leaves(version)}
    return tuple(
        Question(
            id=leaf.id,
            code=leaf.code,
            name=leaf.name,
            question=leaf.question,
            heading=headings.get(leaf.parent_id or 0, ""),
        )
        for leaf in (leaves[leaf_id] for leaf_id in row.leaves)
    )


def held(
    campaign_id: int | None = None,
    *,
    actor: Actor,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[HeldItem]:
    """Return the ratings with a held comment or photo, of one campaign or of all."""
    comments = select(Evaluation.campaign_id, Evaluation.id).where(
        Evaluation.comment_state == CommentState.HELD
    )
    pictures = select(Photo.campaign_id, Photo.evaluation_id).where(
        Photo.state == PhotoState.HELD, Photo.evaluation_id.is_not(None)
    )
    if campaign_id is not None:
        comments = comments.where(Evaluation.campaign_id == campaign_id)
        pictures = pictures.where(Photo.campaign_id == campaign_id)
    # A union of two narrow indexes; an OR over the ratings would read all of them.
    waiting = union(comments, pictures).subquery()
    query = (
        _ratings()
        .join(
            waiting,
            and_(waiting.c.campaign_id == Evaluation.campaign_id, waiting.c.id == Evaluation.id),
        )
        .where(Evaluation.state == EvaluationState.COUNTED, within(actor, Role.OFFICE))
    )
    found = page(
        query,
        [Evaluation.campaign_id, Evaluation.id],
        kinds=[int, _uuid],
        key=lambda row: [row.campaign_id, row.id],
        cursor=cursor,
        limit=limit,
    )
    photos = _photos(found.items, PhotoState.HELD)
    return Page([_held_item(row, photos) for row in found.items], found.next_cursor)


def evaluations(
    campaign_id: int,
    filters: EvaluationFilters,
    *,
    actor: Actor,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[RatingReading]:
    """Return the ratings of a campaign that is not sealed, as far as the actor's grants reach."""
    reach = within(actor, *READERS)
    campaign = campaigns.public_campaign(campaign_id)
    if is_sealed(campaign.kind, campaign.state):
        raise Refusal("campaign_sealed", 409)
    query = _ratings().where(Evaluation.campaign_id == campaign_id, reach, *_conditions(filters))
    found = page(
        query,
        [Evaluation.id],
        kinds=[_uuid],
        key=lambda row: [row.id],
        cursor=cursor,
        limit=limit,
    )
    return Page([RatingReading(**_rating(row)) for row in found.items], found.next_cursor)


def detail(campaign_id: int, evaluation_id: UUID, *, actor: Actor) -> EvaluationDetail:
    """Return one rating in full.

    Of a sealed survey the office sees the words and pictures that wait for its decision, and
    nothing of any other rating.
    """
    reach = within(actor, *READERS)
    campaign = campaigns.public_campaign(campaign_id)
    sealed = is_sealed(campaign.kind, campaign.state)
    if sealed:
        reach = within(actor, Role.OFFICE)
    row = db.session.execute(
        _ratings().where(
            Evaluation.campaign_id == campaign_id, Evaluation.id == evaluation_id, reach
        )
    ).first()
    if row is None:
        raise Refusal("evaluation_unknown", 404)
    photos = _photos([row], PhotoState.HELD if sealed else None).get((campaign_id, row.id), ())
    proposals = _exclusions(
        Exclusion.campaign_id == campaign_id, Exclusion.evaluation_id == evaluation_id
    )
    if sealed and not (photos or row.comment_state == CommentState.HELD or proposals):
        raise Refusal("campaign_sealed", 409)
    asked = () if sealed or not row.levels else questions(campaign, row.department_id)
    rating = _rating(row)
    if sealed and row.comment_state != CommentState.HELD:
        rating["comment"] = None
    return EvaluationDetail(
        **rating,
        counter_id=row.counter_id,
        answers=tuple(map(Answer, asked, row.levels)),
        photos=photos,
        exclusions=tuple(proposals),
    )


def comment_state(campaign_id: int, evaluation_id: UUID) -> CommentState | None:
    """Return how far the check of a rating's comment is, read afresh."""
    found = db.session.scalar(
        select(Evaluation.comment_state).where(
            Evaluation.campaign_id == campaign_id, Evaluation.id == evaluation_id
        )
    )
    return None if found is None else CommentState(found)


def reviewable_photo(campaign_id: int, photo_id: UUID, *, actor: Actor) -> Photo:
    """Return a photo that the actor may look at: of a sealed survey only a held one."""
    photo = db.session.get(Photo, (campaign_id, photo_id))
    if photo is None or photo.evaluation_id is None:
        raise Refusal("not_found", 404)
    shown = detail(campaign_id, photo.evaluation_id, actor=actor)
    if photo_id not in {item.id for item in shown.photos}:
        raise Refusal("not_found", 404)
    return photo


def open_exclusions(*, actor: Actor) -> Sequence[ExclusionReading]:
    """Return the proposals that wait for a second person of this office, oldest first.

    Nothing of the ratings is in them.
    """
    return _exclusions(Exclusion.state == ExclusionState.PROPOSED.value, within(actor, Role.OFFICE))


def _ratings() -> Select[*tuple[Any, ...]]:
    return (
        select(*COLUMNS)
        .join(Campaign, Campaign.id == Evaluation.campaign_id)
        .join(Organisation, Organisation.id == Evaluation.department_id)
        .outerjoin(Signer, Signer.id == Evaluation.organisation_id)
    )


def within(actor: Actor, *roles: Role) -> ColumnElement[bool]:
    """Narrow to the departments below the actor's grants; refuse an actor who holds none."""
    paths = [grant.path for grant in actor.grants if grant.role in roles]
    if not paths:
        raise Refusal("not_allowed", 403)
    return or_(*(Organisation.path.startswith(path, autoescape=True) for path in paths))


def _conditions(filters: EvaluationFilters) -> list[ColumnElement[bool]]:
    wanted: list[tuple[Any, int | None]] = [
        (Evaluation.department_id, filters.department_id),
        (Evaluation.channel, filters.channel),
        (Evaluation.overall, filters.overall),
        (Evaluation.state, filters.state),
        (Evaluation.comment_state, filters.comment_state),
    ]
    conditions: list[ColumnElement[bool]] = [
        column == value for column, value in wanted if value is not None
    ]
    if filters.among is not None:
        conditions.append(Evaluation.id.in_(filters.among))
    if filters.text:
        pattern = "".join(f"\\{sign}" if sign in "\\%_" else sign for sign in filters.text)
        conditions.append(Evaluation.comment.ilike(f"%{pattern}%", escape="\\"))
    return conditions


def _rating(row: Row[Any]) -> dict[str, Any]:
    sealed = is_sealed(row.campaign_kind, row.campaign_state)
    return {
        "campaign_id": row.campaign_id,
        "campaign_title": row.campaign_title,
        "evaluation_id": row.id,
        "department_id": row.department_id,
        "department_name": row.department_name,
        "channel": Channel(row.channel),
        "rated_on": None if row.channel == Channel.SAMPLE else row.rated_on,
        "state": EvaluationState(row.state),
        "comment_state": CommentState(row.comment_state),
        "photo_count": row.photo_count,
        "sealed": sealed,
        "overall": None if sealed else row.overall,
        "tags": () if sealed else tuple(row.tags or ()),
        "comment": row.comment,
        "signed_by": None if sealed else row.signed_by,
    }


def _held_item(row: Row[Any], photos: dict[tuple[int, UUID], tuple[PhotoReading, ...]]) -> HeldItem:
    values = _rating(row)
    if row.comment_state != CommentState.HELD:
        values["comment"] = None
    return HeldItem(**values, photos=photos.get((row.campaign_id, row.id), ()))


def _photos(
    rows: Iterable[Row[Any]], state: PhotoState | None
) -> dict[tuple[int, UUID], tuple[PhotoReading, ...]]:
    wanted = [(row.campaign_id, row.id) for row in rows if row.photo_count]
    if not wanted:
        return {}
    query = (
        select(Photo)
        .where(
            Photo.campaign_id.in_({campaign_id for campaign_id, _ in wanted}),
            Photo.evaluation_id.in_([evaluation_id for _, evaluation_id in wanted]),
        )
        .order_by(Photo.position)
    )
    if state is not None:
        query = query.where(Photo.state == state)
    found: dict[tuple[int, UUID], tuple[PhotoReading, ...]] = {}
    for photo in db.session.scalars(query):
        if photo.evaluation_id is None:
            continue
        key = (photo.campaign_id, photo.evaluation_id)
        reading = PhotoReading(photo.id, photo.width, photo.height, PhotoState(photo.state))
        found[key] = (*found.get(key, ()), reading)
    return found


def _exclusions(*conditions: ColumnElement[bool]) -> Sequence[ExclusionReading]:
    rows = db.session.execute(
        select(Exclusion, Campaign.title, Organisation.name)
        .join(Campaign, Campaign.id == Exclusion.campaign_id)
        .join(Organisation, Organisation.id == Exclusion.department_id)
        .where(*conditions)
        .order_by(Exclusion.proposed_at, Exclusion.id)
    ).all()
    people = {row[0].proposed_by for row in rows} | {
        row[0].decided_by for row in rows if row[0].decided_by is not None
    }
    names = identity.account_names(people) if people else {}
    return [
        ExclusionReading(
            id=exclusion.id,
            campaign_id=exclusion.campaign_id,
            campaign_title=title,
            evaluation_id=exclusion.evaluation_id,
            department_id=exclusion.department_id,
            department_name=department,
            channel=Channel(exclusion.channel),
            reason=ExclusionReason(exclusion.reason),
            note=exclusion.note,
            state=exclusion.state,
            proposed_by=exclusion.proposed_by,
            proposed_by_name=names.get(exclusion.proposed_by, ""),
            proposed_at=exclusion.proposed_at,
            decided_by_name=names.get(exclusion.decided_by) if exclusion.decided_by else None,
            decided_at=exclusion.decided_at,
        )
        for exclusion, title, department in rows
    ]


def _uuid(value: object) -> UUID:
    return UUID(str(value))
