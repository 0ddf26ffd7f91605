"""QR codes of departments and counters, to print and to download."""

from urllib.parse import quote

from flask import Response, request

from server.campaigns import queries
from server.console import qr
from server.console.blueprint import console
from server.console.query import number, searched
from server.console.rendering import page
from server.core.access import Role, requires
from server.core.errors import Refusal
from server.identity import queries as identity
from server.identity.queries import Organisation
from server.identity.rules import KIND_LABELS, RATED_KINDS, OrganisationKind


@console.get("/qr-codes")
@requires(Role.OFFICE)
def list_qr_codes() -> str:
    """List rated departments with their counters."""
    kind = request.args.get("kind", OrganisationKind.DEPARTMENT.value)
    if kind not in RATED_KINDS:
        kind = OrganisationKind.DEPARTMENT.value
    q = searched()
    found = identity.organisations(
        q=q, kind=OrganisationKind(kind), cursor=request.args.get("cursor"), limit=30
    )
    counters: dict[int, int] = {}
    for counter in queries.counters():
        if counter.active:
            counters[counter.department_id] = counters.get(counter.department_id, 0) + 1
    return page(
        "qr_codes",
        departments=found,
        counters=counters,
        kinds=[(one.value, KIND_LABELS[one]) for one in sorted(RATED_KINDS)],
        kind=kind,
        q=q,
    )


def rated_department(department_id: int) -> Organisation:
    """Return an organisation that can be rated; refuse with 404."""
    department = identity.organisation(department_id)
    if department.kind not in RATED_KINDS:
        raise Refusal("not_found", 404)
    return department


@console.get("/qr-codes/<int:department_id>/poster")
@requires(Role.OFFICE)
def print_poster(department_id: int) -> str:
    """Show an A4 poster of a department, or of one of its counters."""
    department = rated_department(department_id)
    counter_id = number("counter")
    counter = queries.counter(counter_id) if counter_id else None
    if counter is not None and counter.department_id != department_id:
        raise Refusal("counter_unknown", 404)
    return page(
        "poster",
        department=department,
        counter=counter,
        web_url=qr.web_form_url(),
        web_code=qr.inline_svg(qr.web_form_url()),
    )


def _file(data: bytes, kind: str, name: str) -> Response:
    mimetype = {"png": "image/png", "svg": "image/svg+xml"}[kind]
    response = Response(data, mimetype=mimetype)
    if "download" in request.args:
        disposition = f"attachment; filename*=UTF-8''{quote(name)}.{kind}"
        response.headers["Content-Disposition"] = disposition
    return response


@console.get("/qr-codes/<int:department_id>/mini-program.png")
@requires(Role.OFFICE)
def department_code(department_id: int) -> Response:
    """Give a department's mini-program code."""
    department = rated_department(department_id)
    data = qr.mini_program_png(qr.department_scene(department_id))
    return _file(data, "png", f"{department.name}-小程序码")


@console.get("/qr-codes/<int:department_id>/web.<any(png, svg):kind>")
@requires(Role.OFFICE)
def department_web_code(department_id: int, kind: str) -> Response:
    """Give the QR code of the plain web form."""
    department = rated_department(department_id)
    draw = qr.png if kind == "png" else qr.svg
    return _file(draw(qr.web_form_url()), kind, f"{department.name}-网页二维码")


@console.get("/counters/<int:counter_id>/mini-program.png")
@requires(Role.OFFICE)
def counter_code(counter_id: int) -> Response:
    """Give a counter's mini-program code."""
    counter = queries.counter(counter_id)
    department = rated_department(counter.department_id)
    data = qr.mini_program_png(qr.counter_scene(counter))
    return _file(data, "png", f"{department.name}-{counter.name}-小程序码")
