"""Counters: adding one, taking its printed code out of use and back into it."""

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from server.campaigns import queries, service
from server.console import qr
from server.console.blueprint import console
from server.console.forms import Form, FormSchema, step
from server.console.rendering import page
from server.console.views.qr_codes import rated_department
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.schemas import length
from server.core.text import CleanText


class CounterSchema(FormSchema):
    """A counter's name."""

    name = CleanText(required=True, validate=length(50, 1))


@console.get("/qr-codes/<int:department_id>")
@requires(Role.OFFICE)
def show_qr_codes(department_id: int) -> str:
    """Show a department's codes and its counters."""
    return _page(department_id, Form(CounterSchema()))


def _page(department_id: int, form: Form) -> str:
    return page(
        "department_codes",
        department=rated_department(department_id),
        counters=queries.counters(department_id),
        web_url=qr.web_form_url(),
        web_code=qr.inline_svg(qr.web_form_url()),
        form=form,
    )


@console.post("/qr-codes/<int:department_id>/counters")
@requires(Role.OFFICE)
def add_counter(department_id: int) -> Response | tuple[str, int]:
    """Add a counter."""
    form = Form.posted(CounterSchema())
    counter = form.submit(
        lambda name: service.add_counter(
            department_id, name, actor=current_actor(), now=clock.now()
        )
    )
    if counter is None:
        return _page(department_id, form), 422
    flash("窗口已添加，可以打印它的二维码。", "success")
    return redirect(url_for("console.show_qr_codes", department_id=department_id))


def _set_active(counter_id: int, *, active: bool, done: str) -> Response:
    step(
        lambda: service.set_counter_active(
            counter_id, active, actor=current_actor(), now=clock.now()
        ),
        done,
    )
    department_id = queries.counter(counter_id).department_id
    return redirect(url_for("console.show_qr_codes", department_id=department_id))


@console.post("/counters/<int:counter_id>/retirement")
@requires(Role.OFFICE)
def retire_counter(counter_id: int) -> Response:
    """Take a printed code out of use."""
    return _set_active(counter_id, active=False, done="窗口已停用，它的二维码不再有效。")


@console.post("/counters/<int:counter_id>/activation")
@requires(Role.OFFICE)
def activate_counter(counter_id: int) -> Response:
    """Take a printed code back into use."""
    return _set_active(counter_id, active=True, done="窗口已启用。")
