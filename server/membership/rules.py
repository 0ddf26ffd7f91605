"""Posts in a branch, what an import may bring, how long a binding code lives: pure."""

import enum
from datetime import timedelta

from server.core.access import Role


class Post(enum.StrEnum):
    """A person's post in its branch; it decides which roles the bound phone holds there."""

    SECRETARY = "secretary"
    DEPUTY_SECRETARY = "deputy_secretary"
    COMMITTEE_MEMBER = "committee_member"
    MEMBER = "member"


POST_LABELS = {
    Post.SECRETARY: "书记",
    Post.DEPUTY_SECRETARY: "副书记",
    Post.COMMITTEE_MEMBER: "支部委员",
    Post.MEMBER: "党员",
}

# Everybody bound is a member; who leads a branch sees its roster and organises for it.
POST_ROLES: dict[Post, frozenset[Role]] = {
    Post.SECRETARY: frozenset({Role.MEMBER, Role.SECRETARY}),
    Post.DEPUTY_SECRETARY: frozenset({Role.MEMBER, Role.SECRETARY}),
    Post.COMMITTEE_MEMBER: frozenset({Role.MEMBER, Role.ORGANISER}),
    Post.MEMBER: frozenset({Role.MEMBER}),
}


class Move(enum.StrEnum):
    """What happened to a person's place."""

    JOINED = "joined"
    MOVED = "moved"
    LEFT = "left"
    RETURNED = "returned"


class ImportKind(enum.StrEnum):
    """What a file brings."""

    ORGANISATIONS = "organisations"
    PEOPLE = "people"


class ImportState(enum.StrEnum):
    """How far an import is."""

    CHECKED = "checked"
    APPLIED = "applied"
    DROPPED = "dropped"


BINDING_CODE_LENGTH = 12
BINDING_CODE_LIFE = timedelta(days=14)
IMPORT_LIFE = timedelta(hours=24)
MOST_ROWS = 20_000
NAME_PURPOSE = "person.name"
PHONE_PURPOSE = "person.phone"
ROWS_PURPOSE = "import.rows"
# The standing key under which names, phones and waiting import rows are sealed.
PERSON_KEY = "person"
