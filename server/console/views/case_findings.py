"""Registering what an inspection found (巡察 督查 纪检) as a case, with the rule that it cites."""

from flask import flash, redirect, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.case_forms import chosen
from server.console.forms import Form, FormSchema
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.schemas import RowId, length
from server.core.text import CleanText
from server.identity import queries as identity
from server.rectification import service
from server.rectification.queries import Case
from server.rectification.rules import (
    CASE_KIND_LABELS,
    FINDINGS,
    LONGEST_TEXT,
    LONGEST_TITLE,
    CaseKind,
)

REGISTRARS = (Role.OFFICE, Role.INSPECTOR)
LONGEST_DOCUMENT = 100
LONGEST_BASIS = 1000


class FindingSchema(FormSchema):
    """A finding: whose it is, what was found, and by which rule."""

    kind = fields.Enum(CaseKind, by_value=True, required=True, error_messages=chosen("类别"))
    department = RowId(required=True, error_messages=chosen("部门"))
    document = CleanText(required=True, validate=length(LONGEST_DOCUMENT, 1))
    title = CleanText(required=True, validate=length(LONGEST_TITLE, 1))
    summary = CleanText(required=True, validate=length(LONGEST_TEXT, 1))
    basis = CleanText(required=True, validate=length(LONGEST_BASIS, 1))


@console.get("/cases/new")
@requires(*REGISTRARS)
def new_finding() -> str:
    """Show the form to register a finding."""
    return _form(Form(FindingSchema()))


def _form(form: Form) -> str:
    actor = current_actor()
    return page(
        "case_finding_form",
        form=form,
        kinds=[(one.value, words) for one, words in CASE_KIND_LABELS.items() if one in FINDINGS],
        departments=[
            (one.id, one.name)
            for one in identity.rated_departments()
            if actor.reaches(one.path, *REGISTRARS)
        ],
    )


@console.post("/cases")
@requires(*REGISTRARS)
def register_finding() -> Response | tuple[str, int]:
    """Register a finding; the same one again leads to the case that it has."""

    def register(
        kind: CaseKind, department: int, document: str, title: str, summary: str, basis: str
    ) -> Case:
        return service.register_finding(
            kind,
            department,
            document=document,
            title=title,
            summary=summary,
            basis=basis,
            actor=current_actor(),
            now=clock.now(),
        )

    form = Form.posted(FindingSchema())
    case = form.submit(register)
    if case is None:
        return _form(form), 422
    flash(f"已挂号：{case.number}。", "success")
    return redirect(url_for("console.show_case", case_id=case.id))
