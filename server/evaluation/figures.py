"""How much there is to review: work to do, not results."""

from sqlalchemy import and_, func, select

from server.campaigns import queries as campaigns
from server.core.access import Actor, Role
from server.core.database import db
from server.evaluation.models import Evaluation, Exclusion, Photo
from server.evaluation.queries import is_sealed, within
from server.evaluation.readings import ReviewFigures, WaitingFigures
from server.evaluation.rules import CommentState, EvaluationState, ExclusionState, PhotoState
from server.identity.queries import Organisation

# Of a sealed survey only these are counted: the others would tell how many ratings there are.
COMMENTS_TO_DO = (CommentState.WAITING, CommentState.HELD)
PHOTOS_TO_DO = (PhotoState.WAITING, PhotoState.ASKED, PhotoState.HELD)


def review_figures(campaign_id: int) -> ReviewFigures:
    """Count what there is to review in a campaign."""
    campaign = campaigns.public_campaign(campaign_id)
    sealed = is_sealed(campaign.kind, campaign.state)
    ratings = db.session.execute(
        select(Evaluation.state, Evaluation.comment_state, func.count())
        .where(Evaluation.campaign_id == campaign_id)
        .group_by(Evaluation.state, Evaluation.comment_state)
    ).all()
    pictures = db.session.execute(
        select(Photo.state, func.count())
        .where(Photo.campaign_id == campaign_id, Photo.evaluation_id.is_not(None))
        .group_by(Photo.state)
    ).all()
    proposals = db.session.scalar(
        select(func.count())
        .select_from(Exclusion)
        .where(
            Exclusion.campaign_id == campaign_id, Exclusion.state == ExclusionState.PROPOSED.value
        )
    )
    comments = dict.fromkeys(CommentState, 0)
    states = dict.fromkeys(EvaluationState, 0)
    for state, comment_state, number in ratings:
        comments[CommentState(comment_state)] += number
        states[EvaluationState(state)] += number
    by_photo = dict.fromkeys(PhotoState, 0) | {PhotoState(row[0]): row[1] for row in pictures}
    return ReviewFigures(
        sealed=sealed,
        evaluations=None if sealed else sum(states.values()),
        excluded=None if sealed else states[EvaluationState.EXCLUDED],
        withdrawn=None if sealed else states[EvaluationState.WITHDRAWN],
        open_exclusions=proposals or 0,
        comments={
            state.name.lower(): number
            for state, number in comments.items()
            if not sealed or state in COMMENTS_TO_DO
        },
        photos={
            state.name.lower(): number
            for state, number in by_photo.items()
            if state is not PhotoState.UPLOADED and (not sealed or state in PHOTOS_TO_DO)
        },
    )


def waiting_figures(*, actor: Actor) -> WaitingFigures:
    """Count what waits for a decision of the office below the actor's grants."""
    reach = within(actor, Role.OFFICE)
    rating = and_(Evaluation.campaign_id == Photo.campaign_id, Evaluation.id == Photo.evaluation_id)
    number = select(func.count())
    comments = (
        number.select_from(Evaluation)
        .join(Organisation, Organisation.id == Evaluation.department_id)
        .where(
            Evaluation.comment_state == CommentState.HELD,
            Evaluation.state == EvaluationState.COUNTED,
            reach,
        )
    )
    pictures = (
        number.select_from(Photo)
        .join(Evaluation, rating)
        .join(Organisation, Organisation.id == Evaluation.department_id)
        .where(Photo.state == PhotoState.HELD, Evaluation.state == EvaluationState.COUNTED, reach)
    )
    proposals = (
        number.select_from(Exclusion)
        .join(Organisation, Organisation.id == Exclusion.department_id)
        .where(Exclusion.state == ExclusionState.PROPOSED.value, reach)
    )
    return WaitingFigures(
        comments=db.session.scalar(comments) or 0,
        photos=db.session.scalar(pictures) or 0,
        exclusions=db.session.scalar(proposals) or 0,
    )
