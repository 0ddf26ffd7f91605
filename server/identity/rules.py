"""Kinds of organisation, which role fits where, and what a password must be."""

import enum

from server.core.access import Role


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

LEAST_PASSWORD = 12
LONGEST_PASSWORD = 128
COMMON_PASSWORDS = frozenset(
    {"password1234", "123456789012", "qwertyuiop12", "adminadminadmin", "111111111111"}
)


def role_fits(role: Role, kind: OrganisationKind) -> bool:
    """Tell whether a role may be granted in an organisation of this kind."""
    places = ROLE_PLACES.get(role)
    return places is None or kind in places


def password_is_strong(password: str, name: str) -> bool:
    """Length first (NIST SP 800-63B): 12 characters, not common, not the name, not one character."""
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
