"""Who speaks for an enterprise, community or village: invited here, and ended here."""

from uuid import UUID

from flask import redirect, url_for
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import step
from server.console.rendering import page
from server.console.views.organisations import context, represented_by
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.transaction import commits
from server.identity import queries, service


@console.post("/organisations/<int:organisation_id>/invitations")
@requires(Role.OFFICE, Role.ADMINISTRATOR)
@commits
def issue_invitation(organisation_id: int) -> str:
    """Issue a one-time code, and show it this once: only its hash is kept."""
    organisation = queries.organisation(organisation_id)
    role = represented_by(organisation) or Role.ENTERPRISE_REPRESENTATIVE
    invitation, code = service.invite(role, organisation_id, actor=current_actor(), now=clock.now())
    return page("invitation", invitation=invitation, code=code, **context(organisation))


@console.post("/organisations/<int:organisation_id>/invitations/<uuid:invitation_id>/revocation")
@requires(Role.OFFICE, Role.ADMINISTRATOR)
def revoke_invitation(organisation_id: int, invitation_id: UUID) -> Response:
    """Make an unused code worthless."""
    step(
        lambda: service.revoke_invitation(invitation_id, actor=current_actor(), now=clock.now()),
        "邀请已撤销。",
    )
    return redirect(url_for("console.show_organisation", organisation_id=organisation_id))


@console.post("/organisations/<int:organisation_id>/representatives/<int:grant_id>/ending")
@requires(Role.OFFICE, Role.ADMINISTRATOR)
def end_representation(organisation_id: int, grant_id: int) -> Response:
    """End somebody's speaking for the organisation."""
    step(
        lambda: service.end_representation(grant_id, actor=current_actor(), now=clock.now()),
        "已收回代表资格。",
    )
    return redirect(url_for("console.show_organisation", organisation_id=organisation_id))
