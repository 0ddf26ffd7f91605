"""A source of the small city, and files taken in the way the worker does it."""

import io
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest

from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.sources import service, tasks
from server.sources.models import Source, SourceRun
from server.sources.rules import SourceKind
from tests.factories.city import City
from tests.sources.files import RATED_COLUMNS


@pytest.fixture
def hotline(city: City) -> Source:
    with transaction():
        return service.create_source(
            name="12345 热线",
            kind=SourceKind.HOTLINE,
            actor=city.actors["office1"],
            now=clock.now(),
        )


Send = Callable[..., SourceRun]


@pytest.fixture
def send(city: City, hotline: Source) -> Send:
    """Upload, check and take in: ``send(data)``; ``apply=False`` stops after the check."""

    def go(
        data: bytes,
        columns: dict[str, str] | None = None,
        *,
        apply: bool = True,
        levels: dict[str, int] | None = None,
        now: datetime | None = None,
    ) -> SourceRun:
        office, moment = city.actors["office1"], now or clock.now()
        with transaction():
            service.save_mapping(
                hotline.id,
                columns=columns or RATED_COLUMNS,
                levels=levels or {},
                departments={},
                actor=office,
                now=moment,
            )
            run_id = service.upload(
                hotline.id, io.BytesIO(data), "导出.csv", actor=office, now=moment
            ).id
        with transaction():
            service.start_check(run_id, actor=office, now=moment)
        tasks.work(str(run_id))
        if apply:
            take_in(city, run_id)
        return fresh(run_id)

    return go


def take_in(city: City, run_id: UUID) -> None:
    with transaction():
        service.apply_run(run_id, actor=city.actors["office1"], now=clock.now())
    tasks.work(str(run_id))


def fresh(run_id: UUID) -> SourceRun:
    db.session.expire_all()
    run = db.session.get_one(SourceRun, run_id)
    assert run.failure == "", run.failure
    return run
