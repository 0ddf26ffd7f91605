"""The review queue: held comments and photos, to release or to keep from being shown."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from server.campaigns import queries as campaigns
from server.campaigns.rules import CampaignState
from server.console.blueprint import console
from server.console.forms import step
from server.console.query import number
from server.console.rendering import page
from server.console.session import safe_next
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.evaluation import photos, queries, review


@console.get("/review")
@requires(Role.OFFICE)
def list_held() -> str:
    """List what waits for a person; of an open survey without any level."""
    campaign_id = number("campaign")
    found = queries.held(
        campaign_id, actor=current_actor(), cursor=request.args.get("cursor"), limit=20
    )
    return page(
        "review",
        held=found,
        campaign_choices=[
            (one.id, one.title)
            for one in campaigns.campaigns(states=[CampaignState.OPEN, CampaignState.CLOSED])
        ],
        campaign_id=campaign_id,
    )


def _back() -> AnyResponse:
    back = request.form.get("back")
    return redirect(safe_next(back) if back else url_for("console.list_held"))


@console.post("/campaigns/<int:campaign_id>/evaluations/<uuid:evaluation_id>/comment/release")
@requires(Role.OFFICE)
def release_comment(campaign_id: int, evaluation_id: UUID) -> AnyResponse:
    """Let a comment be shown."""
    step(
        lambda: review.release_comment(
            campaign_id, evaluation_id, actor=current_actor(), now=clock.now()
        ),
        "留言已通过。",
    )
    return _back()


@console.post("/campaigns/<int:campaign_id>/evaluations/<uuid:evaluation_id>/comment/refusal")
@requires(Role.OFFICE)
def refuse_comment(campaign_id: int, evaluation_id: UUID) -> AnyResponse:
    """Keep a comment from being shown."""
    step(
        lambda: review.refuse_comment(
            campaign_id, evaluation_id, actor=current_actor(), now=clock.now()
        ),
        "留言不予展示，等级照常计入。",
    )
    return _back()


@console.post("/campaigns/<int:campaign_id>/photos/<uuid:photo_id>/release")
@requires(Role.OFFICE)
def release_photo(campaign_id: int, photo_id: UUID) -> AnyResponse:
    """Let a photo be shown."""
    step(
        lambda: review.release_photo(campaign_id, photo_id, actor=current_actor(), now=clock.now()),
        "图片已通过。",
    )
    return _back()


@console.post("/campaigns/<int:campaign_id>/photos/<uuid:photo_id>/refusal")
@requires(Role.OFFICE)
def refuse_photo(campaign_id: int, photo_id: UUID) -> AnyResponse:
    """Keep a photo from being shown."""
    step(
        lambda: review.refuse_photo(campaign_id, photo_id, actor=current_actor(), now=clock.now()),
        "图片不予展示，等级照常计入。",
    )
    return _back()


@console.get("/campaigns/<int:campaign_id>/photos/<uuid:photo_id>")
@requires(Role.OFFICE, Role.INSPECTOR)
def show_photo(campaign_id: int, photo_id: UUID) -> Response:
    """Give a photo to somebody who may look at its rating."""
    photo = queries.reviewable_photo(campaign_id, photo_id, actor=current_actor())
    return Response(photos.read(photo), mimetype="image/jpeg")
