"""Files that a hotline hands over, taken in with the clock given, and their matters as cases."""

import io
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from server.core import clock
from server.core.transaction import transaction
from server.rectification.rules import CaseKind
from server.sources import service
from server.sources.case_tasks import register_matters
from server.sources.models import Source
from tests.factories.city import City

COLUMNS = {
    "ticket": "工单编号",
    "time": "受理时间",
    "department": "承办单位",
    "matter": "标题",
    "level": "满意度",
    "text": "内容",
    "reply": "答复",
    "reply_time": "答复时间",
    "contact": "联系方式",
}


def row(ticket: str, time: str, **more: str) -> dict[str, str]:
    """Return a row of an export; without more it waits for a reply."""
    return {
        "工单编号": ticket,
        "受理时间": time,
        "承办单位": "公安局",
        "标题": f"{ticket} 号来电",
        **more,
    }


def sheet(*rows: dict[str, str]) -> bytes:
    """Return rows as a CSV file."""
    lines = [",".join(COLUMNS.values())]
    lines += [",".join(one.get(name, "") for name in COLUMNS.values()) for one in rows]
    return "\n".join(lines).encode()


def prepare(
    city: City,
    source: Source,
    data: bytes,
    *,
    now: datetime,
    columns: dict[str, str] | None = None,
    every: bool = False,
    kind: CaseKind = CaseKind.HOTLINE_COMMON,
    name: str = "导出.csv",
) -> UUID:
    """Map, upload and check a file at a moment, and have it taken in: the job is what is left."""
    office = city.actors["office1"]
    with transaction():
        service.save_mapping(
            source.id,
            columns=columns or COLUMNS,
            levels={},
            departments={},
            register_every=every,
            case_kind=kind,
            actor=office,
            now=now,
        )
        run = service.upload(source.id, io.BytesIO(data), name, actor=office, now=now).id
        service.start_check(run, actor=office, now=now)
    with transaction():
        service.work(run, now=now)
    with transaction():
        service.apply_run(run, actor=office, now=now)
    return run


def hand_over(city: City, source: Source, data: bytes, *, now: datetime, **more: Any) -> None:
    """Map, check and take in a file at a moment."""
    run = prepare(city, source, data, now=now, **more)
    with transaction():
        service.work(run, now=now)


def sweep(source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what the job after a run does, at a moment."""
    monkeypatch.setattr(clock, "now", lambda: now)
    register_matters(source.id)
    monkeypatch.undo()


def values(**said: Any) -> dict[str, str]:
    """Return what a row says more, by the headings."""
    return {COLUMNS[name]: str(value) for name, value in said.items()}
