"""Posts in a branch, what an import may bring, how long a binding code lives: pure."""

import enum
import re
import unicodedata
from datetime import date, timedelta

from server.core.access import Role
from server.identity.rules import OrganisationKind


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


class Outcome(enum.StrEnum):
    """What a row of an import does."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


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

# Held while persons are added: what an import looked for must still be all that there is.
REGISTER_LOCK = "register of persons"

# Who keeps the register at the desk, who may read it there, and who looks after a branch.
KEEPERS = (Role.PARTY_STAFF,)
READERS = (Role.PARTY_STAFF, Role.OFFICE)
BRANCH_READERS = (Role.SECRETARY, Role.ORGANISER, Role.PARTY_STAFF)
BRANCH_KEEPERS = (Role.SECRETARY, Role.PARTY_STAFF)

# What a person can be a member of; the secretary of a committee stands in it as in a branch.
PARTY_KINDS = frozenset(
    {
        OrganisationKind.PARTY_COMMITTEE,
        OrganisationKind.GENERAL_BRANCH,
        OrganisationKind.BRANCH,
    }
)

LONGEST_PERSON_NAME = 50
MOST_GROUPS = 10
LONGEST_GROUP_NAME = 20

MOVE_LABELS = {
    Move.JOINED: "登记",
    Move.MOVED: "转接",
    Move.LEFT: "离开",
    Move.RETURNED: "恢复",
}
IMPORT_KIND_LABELS = {ImportKind.ORGANISATIONS: "单位", ImportKind.PEOPLE: "党员"}
IMPORT_STATE_LABELS = {
    ImportState.CHECKED: "待导入",
    ImportState.APPLIED: "已导入",
    ImportState.DROPPED: "已放弃",
}

OUTCOME_LABELS = {
    Outcome.NEW: "新增",
    Outcome.CHANGED: "更新",
    Outcome.UNCHANGED: "无变化",
    Outcome.REFUSED: "有误",
}
# How people write a post; 组织委员, 宣传委员 and the like are all members of the committee.
POST_SYNONYMS = {
    **{label: post for post, label in POST_LABELS.items()},
    **dict.fromkeys(("支部书记", "党支部书记", "总支书记", "党委书记"), Post.SECRETARY),
    **dict.fromkeys(
        ("支部副书记", "党支部副书记", "总支副书记", "党委副书记"), Post.DEPUTY_SECRETARY
    ),
    **dict.fromkeys(("普通党员", "正式党员", "预备党员", "无"), Post.MEMBER),
}
COMMITTEE_ENDING = "委员"

PHONE = re.compile(r"1\d{10}")
COUNTRY = re.compile(r"^(\+|00)?86(?=1\d{10}$)")
PHONE_FILLING = str.maketrans("", "", " -—–()（）\t\u00a0\u3000")
SEPARATORS = re.compile(r"[、，,；;\n]+")
IDENTITY_NUMBER = re.compile(r"\d{6}(\d{8})\d{3}[\dXx]")
PERSON_CODE = re.compile(r"[A-Za-z0-9._/-]{1,40}")


def normal_phone(text: str) -> str | None:
    """Return a mobile number as eleven digits, or None where the text is no such number.

    Full-width digits, blanks, dashes and the country's prefix (+86, 0086) fall away.
    """
    plain = unicodedata.normalize("NFKC", text).translate(PHONE_FILLING)
    plain = COUNTRY.sub("", plain)
    return plain if plain.isascii() and PHONE.fullmatch(plain) else None


def post_of(text: str) -> Post | None:
    """Return the post that a text names, or None."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if plain in POST_SYNONYMS:
        return POST_SYNONYMS[plain]
    return Post.COMMITTEE_MEMBER if plain.endswith(COMMITTEE_ENDING) else None


def parts_of(text: str) -> list[str]:
    """Return the parts of a cell that holds several, parted by 、，,；; or line breaks."""
    return list(dict.fromkeys(one.strip() for one in SEPARATORS.split(text) if one.strip()))


def normal_name(text: str) -> str:
    """Return a name in its one form: blanks between Chinese characters fall away.

    “张 三”, widened in a table to align, is “张三”; "Anna Li" keeps hers.
    """
    words = unicodedata.normalize("NFKC", text).split()
    joined = "".join(words)
    return " ".join(words) if joined.isascii() else joined


def looks_like_identity_number(text: str) -> bool:
    """Tell whether a text has the form of a resident's identity number (GB 11643)."""
    found = IDENTITY_NUMBER.fullmatch(text.strip())
    if found is None:
        return False
    born = found[1]
    try:
        date(int(born[:4]), int(born[4:6]), int(born[6:]))
    except ValueError:
        return False
    return True


def roles_of(post: Post, branch_id: int) -> set[tuple[Role, int]]:
    """Return the roles that a bound phone holds for a post, each with its place."""
    return {(role, branch_id) for role in POST_ROLES[post]}
