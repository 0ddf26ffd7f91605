"""Members: sign-in with WeChat, consent, laying down a representation, leaving."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from server.core.clock import local_date
from server.core.crypto import mac, seal
from server.core.database import db
from server.core.errors import Refusal
from server.core.keyring import standing_key
from server.identity import queries
from server.identity.models import Member, RoleGrant
from server.identity.rules import OPENID_PURPOSE, REPRESENTATIONS
from server.wechat.platform import Platform


@dataclass(frozen=True)
class SignedIn:
    """Who signed in, and WeChat's risk rank (0 to 4) where it told one."""

    member: Member
    risk_rank: int | None


def sign_in_with_wechat(code: str, platform: Platform, address: str, now: datetime) -> SignedIn:
    """Trade a ``wx.login`` code for the member it belongs to, who is new at the first time.

    The platform refuses a code that it does not know (401), and says when it is away (503).
    ``address`` is the caller's: WeChat rates the two together.
    """
    session = platform.code2session(code)
    rank = _risk_rank(platform, session.openid, address)
    return SignedIn(member_of_openid(session.openid, now), rank)


def _risk_rank(platform: Platform, openid: str, address: str) -> int | None:
    """Ask for the risk rank; without an answer it is unknown, and nobody is kept out by that."""
    try:
        return platform.risk_rank(openid, address)
    except Refusal:
        return None


def member_of_openid(openid: str, now: datetime) -> Member:
    """Return the member behind an openid; two first sign-ins at once make one member.

    The id is a keyed hash of the openid, not drawn: who leaves and comes back has the pseudonyms
    of before, and can't rate a second time in the same campaign.
    """
    plain = openid.encode()
    lookup = mac(standing_key("lookup"), b"openid", plain)
    found = select(Member).where(Member.openid_hash == lookup)
    member = db.session.scalar(found)
    if member is None:
        db.session.execute(
            insert(Member)
            .values(
                id=UUID(bytes=mac(standing_key("member"), plain)),
                openid_sealed=seal(standing_key("openid"), plain, OPENID_PURPOSE),
                openid_hash=lookup,
                joined_on=local_date(now),
            )
            .on_conflict_do_nothing()
        )
        member = db.session.scalars(found).one()
    return member


def consent(member_id: UUID, version: str) -> None:
    """Note which version of the privacy notice a member has agreed to."""
    queries.member(member_id).privacy_version = version


def resign(member_id: UUID, organisation_id: int) -> None:
    """End a member's speaking for an organisation; doing it again changes nothing."""
    queries.organisation(organisation_id)
    db.session.execute(
        delete(RoleGrant).where(
            RoleGrant.member_id == member_id,
            RoleGrant.organisation_id == organisation_id,
            RoleGrant.role.in_([role.value for role in REPRESENTATIONS]),
        )
    )


def erase_member(member_id: UUID) -> None:
    """Erase a member and their grants. Ratings stay: nothing that is stored joins them."""
    db.session.execute(delete(Member).where(Member.id == member_id))
