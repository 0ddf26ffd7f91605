"""Groups of comparison: which departments are shown beside each other in a quarter."""

from flask import flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.query import number, searched
from server.console.rendering import page
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.text import CleanText
from server.quarterly import groups
from server.quarterly.rules import LONGEST_GROUP_NAME

LOOSE = "none"
DEPARTMENTS_A_PAGE = 50


class NameSchema(FormSchema):
    """A group's name."""

    name = CleanText(load_default="")


class PlaceSchema(FormSchema):
    """In which group a department is; in none without a number."""

    group = fields.Integer(load_default=None, allow_none=True)


@console.get("/quarters/groups")
@requires(Role.OFFICE)
def list_comparison_groups() -> str:
    """Show the groups, and the departments with theirs; those without one stand out."""
    return _page(Form(NameSchema()))


@console.post("/quarters/groups")
@requires(Role.OFFICE)
def add_comparison_group() -> Response | tuple[str, int]:
    """Make a group."""
    form = Form.posted(NameSchema())

    def carry_out(name: str) -> bool:
        groups.add_group(name, actor=current_actor(), now=clock.now())
        return True

    if form.submit(carry_out) is None:
        return _page(form), 422
    flash("分组已新增。", "success")
    return _back()


@console.post("/quarters/groups/<int:group_id>/name")
@requires(Role.OFFICE)
def rename_comparison_group(group_id: int) -> Response | tuple[str, int]:
    """Give a group another name."""
    form = Form.posted(NameSchema())

    def carry_out(name: str) -> bool:
        groups.rename_group(group_id, name, actor=current_actor(), now=clock.now())
        return True

    if form.submit(carry_out) is None:
        return _page(form), 422
    flash("分组名称已改。", "success")
    return _back()


@console.post("/quarters/groups/<int:group_id>/move")
@requires(Role.OFFICE)
def move_comparison_group(group_id: int) -> Response:
    """Move a group one place towards the front."""
    step(
        lambda: groups.move_group(group_id, actor=current_actor(), now=clock.now()),
        "顺序已调整。",
    )
    return _back()


@console.post("/quarters/groups/<int:group_id>/removal")
@requires(Role.OFFICE)
def remove_comparison_group(group_id: int) -> Response:
    """Remove a group; its departments are in none then."""
    step(
        lambda: groups.remove_group(group_id, actor=current_actor(), now=clock.now()),
        "分组已删除，其中的部门现在没有分组。",
    )
    return _back()


@console.post("/quarters/departments/<int:department_id>/group")
@requires(Role.OFFICE)
def place_in_comparison_group(department_id: int) -> Response:
    """Put a department into a group, or into none."""
    group = number("group")
    step(
        lambda: groups.place_department(
            department_id, group, actor=current_actor(), now=clock.now()
        ),
        "部门分组已保存。",
    )
    return redirect(
        url_for(
            "console.list_comparison_groups",
            q=request.args.get("q") or None,
            of=request.args.get("of") or None,
            cursor=request.args.get("cursor") or None,
        )
    )


def _page(form: Form) -> str:
    q, of = searched(), request.args.get("of", "")
    departments = groups.department_page(
        q=q,
        group=number("of"),
        loose=of == LOOSE,
        cursor=request.args.get("cursor"),
        limit=DEPARTMENTS_A_PAGE,
    )
    return page(
        "quarter_groups",
        groups=groups.every_group(),
        sizes=groups.sizes(),
        ungrouped=groups.ungrouped(),
        places=groups.group_of_departments(),
        departments=departments,
        form=form,
        q=q,
        of=of,
        loose=LOOSE,
        longest=LONGEST_GROUP_NAME,
    )


def _back() -> Response:
    return redirect(url_for("console.list_comparison_groups"))
