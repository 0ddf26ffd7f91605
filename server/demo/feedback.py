"""The demo city's one-to-one feedback: a quarter's sheets sent, one of them confirmed."""

from datetime import datetime

from server.core.transaction import transaction
from server.demo.desks import desk
from server.feedback import queries, service

OFFICE, LIAISON = "office1", "liaison"
STATEMENT = "数字已核对无误，所列短板已列入下季度整改清单，由分管负责人每月检查。"


def make_demo_feedback(quarter: str, now: datetime) -> None:
    """Send the quarter's sheets to all departments; the liaison's opens and confirms its own."""
    with transaction():
        run_id = service.start_run(quarter, actor=desk(OFFICE), now=now).id
    with transaction():
        while service.run_step(run_id, now=now):
            pass
    liaison = desk(LIAISON)
    sheet = queries.newest(quarter, liaison.grants[0].organisation_id)
    assert sheet is not None  # noqa: S101 the survey rated every department
    with transaction():
        service.mark_opened(sheet.id, actor=liaison, now=now)
        service.confirm(sheet.id, STATEMENT, actor=liaison, now=now)
