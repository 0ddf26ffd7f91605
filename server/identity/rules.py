"""Kinds of organisation, which role fits whom and where, and what a password must be."""

import enum
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import timedelta

from server.core.access import DESK_ROLES, PHONE_ROLES, Grant, Role
from server.core.pinyin import search_key


class OrganisationKind(enum.StrEnum):
    """The kinds of domain.md; CITY and DISTRICT are the tree's upper nodes."""

    CITY = "city"
    DISTRICT = "district"
    PARTY_COMMITTEE = "party_committee"
    GENERAL_BRANCH = "general_branch"
    BRANCH = "branch"
    DEPARTMENT = "department"
    PUBLIC_INSTITUTION = "public_institution"
    SOCIAL_ORGANISATION = "social_organisation"
    COMMUNITY = "community"
    VILLAGE = "village"
    TRADE_UNION = "trade_union"
    YOUTH_LEAGUE = "youth_league"
    WOMENS_FEDERATION = "womens_federation"
    ENTERPRISE = "enterprise"


KIND_LABELS = {
    OrganisationKind.CITY: "市",
    OrganisationKind.DISTRICT: "区县",
    OrganisationKind.PARTY_COMMITTEE: "党委",
    OrganisationKind.GENERAL_BRANCH: "党总支",
    OrganisationKind.BRANCH: "党支部",
    OrganisationKind.DEPARTMENT: "机关部门",
    OrganisationKind.PUBLIC_INSTITUTION: "事业单位",
    OrganisationKind.SOCIAL_ORGANISATION: "社会组织",
    OrganisationKind.COMMUNITY: "社区",
    OrganisationKind.VILLAGE: "村",
    OrganisationKind.TRADE_UNION: "工会",
    OrganisationKind.YOUTH_LEAGUE: "共青团",
    OrganisationKind.WOMENS_FEDERATION: "妇联",
    OrganisationKind.ENTERPRISE: "企业",
}

RATED_KINDS = frozenset({OrganisationKind.DEPARTMENT, OrganisationKind.PUBLIC_INSTITUTION})

ROLE_PLACES: dict[Role, frozenset[OrganisationKind]] = {
    Role.ENTERPRISE_REPRESENTATIVE: frozenset({OrganisationKind.ENTERPRISE}),
    Role.COMMUNITY_REPRESENTATIVE: frozenset(
        {OrganisationKind.COMMUNITY, OrganisationKind.VILLAGE}
    ),
}

# Everybody on the phone is a citizen without being told so; the rest is bound by an invitation.
INVITED_ROLES = PHONE_ROLES - {Role.CITIZEN}
# The roles in which a member speaks for an organisation, and which it can lay down by itself.
REPRESENTATIONS = frozenset({Role.ENTERPRISE_REPRESENTATIVE, Role.COMMUNITY_REPRESENTATIVE})
INVITATION_LIFE = timedelta(days=14)
INVITATION_LENGTH = 12
# Long enough to send a code to a successor; too short to find one in an old chat.
HAND_OVER_LIFE = timedelta(minutes=30)

# The everyday roles, which somebody can hold in another's stead.
DELEGABLE = frozenset({Role.LIAISON, Role.HEAD, Role.OFFICE})
# Who works in an organisation and may stand in there for a colleague.
COLLEAGUES = frozenset({Role.LIAISON, Role.HEAD, Role.OFFICE, Role.PARTY_STAFF, Role.METHOD_OWNER})
_CHECKERS = frozenset({Role.ADJUDICATOR, Role.INSPECTOR, Role.AUDITOR, Role.ADMINISTRATOR})
_RATED = frozenset({Role.LIAISON, Role.HEAD})
# The rated never hold the office's role in somebody's stead, nor the office theirs, and who checks
# either holds neither.
_OPPOSED = {
    Role.LIAISON: _CHECKERS | {Role.OFFICE},
    Role.HEAD: _CHECKERS | {Role.OFFICE},
    Role.OFFICE: _CHECKERS | _RATED,
}
LONGEST_LEAVE_DAYS = 180
# Typed from one screen into another; long enough that nobody guesses one in ten minutes.
PHONE_CODE_LENGTH = 12
PHONE_CODE_LIFE = timedelta(minutes=10)

OPENID_PURPOSE = "member.openid"
ACCOUNT_NAME = re.compile(r"[A-Za-z0-9._-]{2,40}")
LONGEST_NAME = 100
LONGEST_DISPLAY_NAME = 40

LEAST_PASSWORD = 12
LONGEST_PASSWORD = 128
COMMON_PASSWORDS = frozenset(
    {"password1234", "123456789012", "qwertyuiop12", "adminadminadmin", "111111111111"}
)


def role_fits(role: Role, kind: OrganisationKind) -> bool:
    """Tell whether a role may be granted in an organisation of this kind."""
    places = ROLE_PLACES.get(role)
    return places is None or kind in places


def role_suits_account(role: Role) -> bool:
    """Tell whether a console account may hold a role."""
    return role in DESK_ROLES


def role_suits_member(role: Role) -> bool:
    """Tell whether a person on the phone may be given a role."""
    return role in INVITED_ROLES


def searchable(text: str) -> str:
    """Return a text as it is searched: full-width forms folded, lower case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def organisation_search_key(names: Iterable[str]) -> str:
    """Return what a search looks in: each name as written, in pinyin and by initials.

    A line break parts them, so that no search finds the end of one and the beginning of the next.
    """
    parts = []
    for name in dict.fromkeys(name for name in names if name):
        parts += [searchable(name), *search_key(name).split(" ")]
    return "\n".join(dict.fromkeys(parts))


def password_is_strong(password: str, name: str) -> bool:
    """Length first (NIST SP 800-63B): 12 characters, not common, without the name, varied."""
    lowered = password.casefold()
    return (
        LEAST_PASSWORD <= len(password) <= LONGEST_PASSWORD
        and lowered not in COMMON_PASSWORDS
        and name.casefold() not in lowered
        and len(set(lowered)) > 4  # noqa: PLR2004 "aaaaaaaaaaaa" is long and weak
    )


def child_path(parent_path: str, identifier: int) -> str:
    """Return an organisation's place in the tree: ids from the root, each with a dot behind it.

    The dot makes ``startswith`` exact: "1.5." is not above "1.51.".
    """
    return f"{parent_path}{identifier}."


def places_of(path: str) -> list[int]:
    """Return the ids from the root down to the organisation at ``path``."""
    return [int(part) for part in path.split(".") if part]


def may_stand_in(lent: Grant, own: Sequence[Grant]) -> bool:
    """Tell whether somebody with roles of their own can hold a lent one beside them.

    A colleague of the same organisation can, unless one of the roles judges or checks the other.
    """
    return (
        lent.role in DELEGABLE
        and any(
            one.role in COLLEAGUES and one.organisation_id == lent.organisation_id for one in own
        )
        and not any(
            one.role in _OPPOSED[lent.role]
            and (one.path.startswith(lent.path) or lent.path.startswith(one.path))
            for one in own
        )
    )
