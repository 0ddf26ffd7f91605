"""The pages of frames and draws, filled."""

import io

from sqlalchemy import text

from server.core.database import db
from server.sampling import frame_tasks
from tests.console.conftest import Desk
from tests.factories.city import City
from tests.factories.sampling import make_draw, make_frame, sample_campaign
from tests.sampling.files import as_csv, residents

CHOSEN = {
    "name": "姓名",
    "telephone": "手机号",
    "address": "地址",
    "dimensions": ["区县", "年龄段"],
}


def upload(office: Desk, data: bytes, name: str = "名单.csv") -> str:
    """Send a frame's file; return the address of its import."""
    answer = office.post(
        "/frames", panel="residents", name="普通群众 2026", file=(io.BytesIO(data), name)
    )
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix("/console").removesuffix("/columns")


def work() -> None:
    """Do what the worker would."""
    waiting = db.session.execute(
        text("SELECT args FROM procrastinate_jobs WHERE task_name LIKE '%frame_tasks.work'")
    ).all()
    db.session.execute(text("DELETE FROM procrastinate_jobs"))
    db.session.commit()
    for (values,) in waiting:
        frame_tasks.work(**values)
    db.session.expire_all()


def checked(office: Desk, data: bytes) -> str:
    """Send a file and have it checked."""
    found = upload(office, data)
    assert office.post(f"{found}/columns", **CHOSEN).status_code == 302
    work()
    return found


def sampling_pages(city: City, office: Desk) -> list[str]:
    """Import a frame, draw from another, and return the addresses of all pages."""
    found = checked(office, as_csv([*residents(), ("甲", "", "", "东区", "36岁以上")]))
    campaign = sample_campaign(city)
    frame = make_frame(city)
    sample = make_draw(city, campaign, frame)
    waiting = upload(office, as_csv(residents()))
    return [
        "/frames",
        "/frames?q=普通&panel=residents",
        f"{waiting}/columns",
        waiting,
        found,
        f"/frames/{frame.id}",
        "/samples",
        f"/campaigns/{campaign.id}/sample",
        f"/campaigns/{campaign.id}/sample/plan",
        f"/campaigns/{sample_campaign(city).id}/sample/plan?panel=residents&skip_days=30",
        f"/draws/{sample.id}",
    ]
