"""What a code lets its holder rate on the web: one department, or each of a drawn person's."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import request, url_for

from server.campaigns.models import Campaign, Counter
from server.core.errors import Refusal
from server.evaluation import entries
from server.evaluation.entries import Entry
from server.identity.queries import Organisation

RATED = "rated"
LONGEST_RATED = 400


@dataclass(frozen=True)
class Target:
    """A department that is rated by a code.

    ``rated`` are departments of the same link that this browser has just rated. It stands in the
    pages' addresses and nowhere else: no cookie, and nothing that the server keeps.
    """

    code: str
    campaign: Campaign
    department: Organisation
    counter: Counter | None = None
    departments: Sequence[Organisation] = field(default=())
    rated: frozenset[int] = frozenset()

    @property
    def form_address(self) -> str:
        """Where the form is, and where it is sent."""
        if not self.departments:
            return url_for("public.rate", code=self.code)
        return address_of(self.code, self.department.id, self.rated)

    @property
    def list_address(self) -> str:
        """Where the link's other departments are; nothing for a visit code."""
        return list_address(self.code, self.rated) if self.departments else ""

    def after(self) -> "Target":
        """Return this one once the department was rated."""
        rated = self.rated | {self.department.id}
        return Target(
            self.code, self.campaign, self.department, self.counter, self.departments, rated
        )

    @property
    def more(self) -> bool:
        """Whether a department of the link is left, as far as this browser knows."""
        return any(one.id not in self.rated for one in self.departments)


def of_code(code: str) -> Target:
    """Return what a visit code is for; refuse every other code with 404."""
    entry = entries.resolve(code)
    if entry.kind != "code" or entry.campaign is None or entry.department is None:
        raise Refusal("code_unknown", 404)
    return Target(code, entry.campaign, entry.department, entry.counter)


def of_link(code: str, department_id: int) -> Target:
    """Return one department of a drawn person's link; refuse another one."""
    entry = entries.resolve(code)
    if entry.kind != "sample" or entry.campaign is None:
        raise Refusal("code_unknown", 404)
    department = next((one for one in entry.departments if one.id == department_id), None)
    if department is None:
        raise Refusal("code_other_department", 404, field="department")
    return Target(code, entry.campaign, department, None, entry.departments, just_rated(entry))


def just_rated(entry: Entry) -> frozenset[int]:
    """Return which of a link's departments the address says were just rated."""
    said = request.args.get(RATED, "")[:LONGEST_RATED].split(".")
    return frozenset(one.id for one in entry.departments if str(one.id) in said)


def address_of(code: str, department_id: int, rated: frozenset[int]) -> str:
    """Return the address of a department's form."""
    said = _said(rated)
    return url_for("public.rate_department", code=code, department_id=department_id, rated=said)


def list_address(code: str, rated: frozenset[int]) -> str:
    """Return the address of a link's departments."""
    return url_for("public.rate", code=code, rated=_said(rated))


def _said(rated: frozenset[int]) -> str | None:
    # None leaves it out of the address.
    return ".".join(map(str, sorted(rated))) or None
