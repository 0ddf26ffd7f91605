"""What the office does about a draw: send, remind, write letters, call replacements up."""

from collections.abc import Callable
from urllib.parse import quote
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from server.console.blueprint import console
from server.console.forms import Form, step
from server.console.query import number
from server.console.tables import MIMETYPES
from server.console.views.outreach import RefusalsSchema, draw_page, reached_draw
from server.core import clock
from server.core.access import Role, current_actor, requires
from server.core.errors import InvalidInput, Refusal
from server.core.jobs import enqueue
from server.core.transaction import commits
from server.sampling import dispatching, letters, outreach, outreach_tasks, queries, replacing
from server.sampling.outreach_rules import Fault
from server.sampling.rules import PANEL_LABELS, WAY_LABELS, Panel, Way
from server.sms.platform import current_sms

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _back(draw_id: int) -> AnyResponse:
    return redirect(url_for("console.show_outreach", draw_id=draw_id))


def _told(action: Callable[[], str]) -> None:
    """Carry a step out, and tell what it says itself."""
    said: list[str] = []
    if step(lambda: said.append(action()), ""):
        flash(said[0], "success")


def _by_ways(counts: dict[Way, int]) -> str:
    listed = "，".join(f"{WAY_LABELS[way]} {counts[way]} 人" for way in Way if way in counts)
    return (
        f"已安排发送：{listed}。信函要另行制作和寄出。"
        if Way.LETTER in counts
        else (f"已安排发送：{listed}。")
    )


@console.post("/draws/<int:draw_id>/invitations")
@requires(Role.OFFICE)
def invite_sample(draw_id: int) -> AnyResponse:
    """Have the links sent to all who are asked and were not invited yet."""

    def invite() -> str:
        found = dispatching.invite(
            draw_id, sms=current_sms().sends, actor=current_actor(), now=clock.now()
        )
        return _by_ways(found)

    _told(invite)
    return _back(draw_id)


@console.post("/draws/<int:draw_id>/reminders")
@requires(Role.OFFICE)
def remind_sample(draw_id: int) -> AnyResponse:
    """Have those reminded who haven't answered."""

    def remind() -> str:
        found = dispatching.remind(
            draw_id, sms=current_sms().sends, actor=current_actor(), now=clock.now()
        )
        return _by_ways(found)

    _told(remind)
    return _back(draw_id)


@console.post("/draws/<int:draw_id>/failures/<fault>")
@requires(Role.OFFICE)
def revive_failed(draw_id: int, fault: str) -> AnyResponse:
    """Let what failed for a reason be sent once more, or go as letters."""
    if fault not in set(Fault):
        raise Refusal("not_found", 404)
    act = dispatching.as_letters if "letters" in request.form else dispatching.try_again

    def revive() -> str:
        count = act(draw_id, Fault(fault), actor=current_actor(), now=clock.now())
        if act is dispatching.as_letters:
            return f"{count} 人改为寄信，请制作信函。"
        return f"{count} 人重新发送。"

    _told(revive)
    return _back(draw_id)


@console.post("/draws/<int:draw_id>/letters")
@requires(Role.OFFICE)
def make_letters(draw_id: int) -> AnyResponse:
    """Have the letters made that wait, by a job."""

    def begin() -> None:
        run = letters.start(draw_id, actor=current_actor(), now=clock.now())
        enqueue(outreach_tasks.make_letters, run_id=str(run.id))

    step(begin, "已开始制作信函，可以离开本页。")
    return _back(draw_id)


@console.get("/letters/<uuid:run_id>/list.xlsx")
@requires(Role.OFFICE)
@commits
def download_letter_list(run_id: UUID) -> Response:
    """Give the list for the post; recorded."""
    data = letters.download_list(run_id, actor=current_actor(), now=clock.now())
    return _file(run_id, data, "寄信名单", "xlsx")


@console.post("/letters/<uuid:run_id>/release")
@requires(Role.OFFICE)
def release_letters(run_id: UUID) -> AnyResponse:
    """Let another person of the office download the letters to print."""
    step(
        lambda: letters.release(run_id, actor=current_actor(), now=clock.now()),
        "已放行。请另一位工作人员下载打印，每份文件可以下载一次。",
    )
    return _back(outreach.letter_run(run_id).draw_id)


@console.post("/letters/<uuid:run_id>/<int:part>.docx")
@requires(Role.OFFICE)
def download_letters(run_id: UUID, part: int) -> AnyResponse:
    """Give some of the letters to print, once a release by somebody else; recorded."""
    run = outreach.letter_run(run_id)
    if not 1 <= part <= run.parts:
        raise Refusal("not_found", 404)
    found: list[bytes] = []

    def take() -> None:
        found.append(letters.download(run_id, part, actor=current_actor(), now=clock.now()))

    if not step(take, "信函已下载。打印后请删除文件，把信装封寄出。"):
        return _back(run.draw_id)
    return _file(run_id, found[0], f"邀请信-{part}", "docx")


def _file(run_id: UUID, data: bytes, shown: str, kind: str) -> Response:
    draw = queries.draw(outreach.letter_run(run_id).draw_id)
    title = f"{shown}-{PANEL_LABELS[Panel(draw.panel)]}-{clock.today()}.{kind}"
    return Response(
        data,
        content_type={**MIMETYPES, "docx": DOCX}[kind],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(title)}"},
    )


@console.post("/letters/<uuid:run_id>/posting")
@requires(Role.OFFICE)
def post_letters(run_id: UUID) -> AnyResponse:
    """Note that a run's letters were posted today."""

    def post() -> str:
        count = letters.post(run_id, actor=current_actor(), now=clock.now())
        return f"已登记 {count} 封信今天寄出。"

    _told(post)
    return _back(outreach.letter_run(run_id).draw_id)


@console.post("/draws/<int:draw_id>/replacements")
@requires(Role.OFFICE)
def call_up(draw_id: int) -> AnyResponse:
    """Call replacements of a cell up."""
    cell, wanted = number("cell"), number("number")
    if cell is None or wanted is None:
        flash("请填写要启用的人数。", "danger")
        return _back(draw_id)

    def call() -> str:
        count = replacing.call_up(draw_id, cell, wanted, actor=current_actor(), now=clock.now())
        return f"已启用 {count} 名备用样本，请点“发送邀请”。"

    _told(call)
    return _back(draw_id)


@console.post("/draws/<int:draw_id>/refusals")
@requires(Role.OFFICE)
def take_refusals(draw_id: int) -> AnyResponse | tuple[str, int]:
    """Note who told the office that they won't answer."""
    draw = reached_draw(draw_id)
    form = Form.posted(RefusalsSchema())

    def take(numbers: list[str]) -> tuple[int, int]:
        if not all(one.isascii() and one.isdigit() and len(one) < 9 for one in numbers):  # noqa: PLR2004 what a row's number can be
            message = "请填写样本库序号，每行一个。"
            raise InvalidInput([{"field": "numbers", "message": message}])
        return replacing.take_refusals(
            draw_id, [int(one) for one in numbers], actor=current_actor(), now=clock.now()
        )

    done = form.submit(take)
    if done is None:
        return draw_page(draw, form), 422
    flash(f"已登记 {done[0]} 人，启用备用样本 {done[1]} 名。请点“发送邀请”。", "success")
    return _back(draw_id)
