"""The API of who is who: signing in, the member's own affairs, invitations."""

from typing import Any

from apiflask import APIBlueprint

from server.core import clock
from server.core.access import ActorKind, anyone, signed_in, signed_in_member
from server.core.apidocs import refusals
from server.core.errors import Refusal
from server.core.limits import limited
from server.core.transaction import commits
from server.core.web import client_address
from server.identity import queries, service, tokens
from server.identity.models import Member
from server.identity.rules import HAND_OVER_LIFE
from server.identity.schemas import (
    ConsentInput,
    HandOverCodeSchema,
    HandOverSchema,
    MemberSchema,
    OfficeSessionInput,
    RedemptionInput,
    RoleSchema,
    SessionInput,
    SessionSchema,
    TokenSchema,
)
from server.wechat.platform import current_platform

identity = APIBlueprint("identity", __name__, url_prefix="/api/v1")


def _describe(member: Member) -> dict[str, Any]:
    """Return a member in the form of MemberSchema."""
    grants = queries.grants_of_member(member.id)
    return {
        "id": member.id,
        "roles": [{"role": grant.role, "organisation": grant.organisation} for grant in grants],
        "privacy_version": member.privacy_version,
    }


@identity.post("/sessions")
@anyone
@limited("sign_in")
@identity.input(SessionInput)
@identity.output(SessionSchema, 201)
@identity.doc(responses=refusals(401))
@commits
def begin_session(json_data: dict[str, Any]) -> dict[str, Any]:
    """Trade a wx.login code for a short-lived token; a new code renews it."""
    signed_in = service.sign_in_with_wechat(
        json_data["code"], current_platform(), client_address(), clock.now()
    )
    token, seconds = tokens.issue(
        ActorKind.MEMBER, signed_in.member.id, risk_rank=signed_in.risk_rank
    )
    return {"token": token, "expires_in": seconds, "member": _describe(signed_in.member)}


@identity.get("/me")
@signed_in
@limited("read")
@identity.output(MemberSchema)
@identity.doc(responses=refusals(401))
def show_me() -> dict[str, Any]:
    """Show the signed-in member."""
    return _describe(queries.member(signed_in_member()))


@identity.delete("/me")
@signed_in
@limited("write")
@identity.output({}, 204)
@identity.doc(responses=refusals(401))
@commits
def erase_me() -> str:
    """Erase the signed-in member; ratings stay, and nothing joins them to a person."""
    service.erase_member(signed_in_member())
    return ""


@identity.post("/me/privacy-consent")
@signed_in
@limited("write")
@identity.input(ConsentInput)
@identity.output({}, 204)
@identity.doc(responses=refusals(401))
@commits
def consent(json_data: dict[str, Any]) -> str:
    """Note the version of the privacy notice that the member agreed to."""
    service.consent(signed_in_member(), json_data["version"])
    return ""


@identity.delete("/me/representations/<int:organisation_id>")
@signed_in
@limited("write")
@identity.output({}, 204)
@identity.doc(responses=refusals(401))
@commits
def resign(organisation_id: int) -> str:
    """Stop speaking for an enterprise, community or village."""
    service.resign(signed_in_member(), organisation_id)
    return ""


@identity.post("/me/representations/<int:organisation_id>/hand-over")
@signed_in
@limited("write")
@identity.output(HandOverCodeSchema, 201)
@identity.doc(responses=refusals(401, 404, 409))
@commits
def begin_hand_over(organisation_id: int) -> dict[str, Any]:
    """Make a code by which a successor takes this representative's place; it lives half an hour."""
    invitation, code = service.begin_hand_over(signed_in_member(), organisation_id, now=clock.now())
    return {
        "code": code,
        "expires_at": invitation.expires_at,
        "expires_in": int(HAND_OVER_LIFE.total_seconds()),
    }


@identity.get("/me/representations/<int:organisation_id>/hand-over")
@signed_in
@limited("read")
@identity.output(HandOverSchema)
@identity.doc(responses=refusals(401, 404))
def show_hand_over(organisation_id: int) -> dict[str, Any]:
    """Tell whether a code is open; 404 once somebody has taken over."""
    found = service.open_hand_over(signed_in_member(), organisation_id, now=clock.now())
    return {"expires_at": None if found is None else found.expires_at}


@identity.delete("/me/representations/<int:organisation_id>/hand-over")
@signed_in
@limited("write")
@identity.output({}, 204)
@identity.doc(responses=refusals(401, 404))
@commits
def cancel_hand_over(organisation_id: int) -> str:
    """Make the open code worthless."""
    service.cancel_hand_over(signed_in_member(), organisation_id, now=clock.now())
    return ""


@identity.post("/invitations/redemptions")
@signed_in
@limited("guess")
@identity.input(RedemptionInput)
@identity.output(RoleSchema, 201)
@identity.doc(responses=refusals(401, 404, 409))
@commits
def redeem(json_data: dict[str, Any]) -> dict[str, Any]:
    """Take the role that an invitation's or a hand-over's code stands for."""
    invitation = service.redeem_invitation(json_data["code"], signed_in_member(), clock.now())
    return {"role": invitation.role, "organisation": invitation.organisation}


@identity.post("/office-sessions")
@anyone
@limited("sign_in")
@identity.input(OfficeSessionInput)
@identity.output(TokenSchema, 201)
@identity.doc(responses=refusals(401, 403))
@commits
def begin_office_session(json_data: dict[str, Any]) -> dict[str, Any]:
    """Sign in to the API with a console account; a first password has to be changed there first."""
    account, _ = service.check_password(
        json_data["name"], json_data["password"], client_address(), None, clock.now()
    )
    if account.must_change_password:
        raise Refusal("password_change_needed", 403)
    token, seconds = tokens.issue(ActorKind.ACCOUNT, account.id, account.session_epoch)
    return {"token": token, "expires_in": seconds}
