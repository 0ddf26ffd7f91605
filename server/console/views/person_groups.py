"""Groups of persons that coverage looks at: 年轻干部, 离退休干部 and others."""

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.rendering import page
from server.core import clock
from server.core.access import current_actor, requires
from server.core.schemas import length
from server.core.text import CleanText
from server.membership import queries, service
from server.membership.rules import LONGEST_GROUP_NAME, READERS


class GroupSchema(FormSchema):
    """A group's name."""

    name = CleanText(required=True, validate=length(LONGEST_GROUP_NAME, 1))


@console.get("/person-groups")
@requires(*READERS)
def list_groups() -> str:
    """List the groups, with how many persons each has."""
    return _page(Form(GroupSchema()))


def _page(form: Form) -> str:
    return page(
        "person_groups",
        form=form,
        groups=queries.groups(active=None),
        counts=queries.group_people(),
        keeps=service.keeps_groups(current_actor()),
    )


@console.post("/person-groups")
@requires(*READERS)
def add_group() -> Response | tuple[str, int]:
    """Add a group."""

    def add(name: str) -> object:
        return service.add_group(name, actor=current_actor(), now=clock.now())

    form = Form.posted(GroupSchema())
    if form.submit(add) is None:
        return _page(form), 422
    flash("群体已添加。", "success")
    return redirect(url_for("console.list_groups"))


@console.post("/person-groups/<int:group_id>")
@requires(*READERS)
def rename_group(group_id: int) -> Response:
    """Give a group another name."""

    def rename(name: str) -> object:
        return service.change_group(group_id, name, actor=current_actor(), now=clock.now())

    form = Form.posted(GroupSchema())
    if form.submit(rename) is None:
        flash("；".join(form.errors.values()), "danger")
    else:
        flash("群体已改名。", "success")
    return redirect(url_for("console.list_groups"))


@console.post("/person-groups/<int:group_id>/retirement")
@requires(*READERS)
def retire_group(group_id: int) -> Response:
    """Take a group out of use; who is in it stays in it."""
    step(
        lambda: service.set_group_active(group_id, False, actor=current_actor(), now=clock.now()),  # noqa: FBT003 the value that is set
        "群体已停用。",
    )
    return redirect(url_for("console.list_groups"))


@console.post("/person-groups/<int:group_id>/activation")
@requires(*READERS)
def activate_group(group_id: int) -> Response:
    """Take a group back into use."""
    step(
        lambda: service.set_group_active(group_id, True, actor=current_actor(), now=clock.now()),  # noqa: FBT003 the value that is set
        "群体已启用。",
    )
    return redirect(url_for("console.list_groups"))
