"""A source's page and mapping: how its matters become cases, and how fast these were answered."""

from datetime import timedelta

import pytest

from server.core import clock
from server.core.transaction import transaction
from server.rectification.rules import CaseKind
from server.sources import queries
from server.sources import service as sources
from server.sources.rules import SourceKind
from tests.console.conftest import SignIn
from tests.console.test_sources import CHOSEN, send
from tests.factories.city import City
from tests.factories.desk_cases import NOON
from tests.factories.handed_over import hand_over, row, sheet, sweep, values
from tests.sources.files import messages


def test_a_mapping_says_which_matters_become_cases(desk: SignIn, city: City) -> None:
    with transaction():
        source = sources.create_source(
            name="热线", kind=SourceKind.HOTLINE, actor=city.actors["office1"], now=clock.now()
        )
    office = desk("office1")
    path = send(office, f"/sources/{source.id}", messages())
    assert "每件事项都挂号" in office.read(path)
    office.post(path, **CHOSEN, case_kind="hotline_complex", register_every="yes")
    saved = queries.mapping(source.id)
    assert saved is not None
    assert (saved.register_every, saved.case_kind) == (True, "hotline_complex")
    assert office.post(path, **CHOSEN, case_kind="patrol").status_code == 422


def test_the_sources_page_tells_how_fast_its_cases_were_answered(
    desk: SignIn, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction():
        source = sources.create_source(
            name="热线", kind=SourceKind.HOTLINE, actor=city.actors["office1"], now=NOON
        )
    # From a Friday to the Thursday after: six days of 24 hours, four working days.
    said = values(reply="已修好", reply_time="2026-11-19 10:00")
    hand_over(
        city,
        source,
        sheet(row("A1", "2026-11-13 10:00", **said)),
        now=NOON,
        every=True,
        kind=CaseKind.HOTLINE_URGENT,
    )
    office = desk("office1")
    assert "挂号件答复" not in office.read(f"/sources/{source.id}")
    sweep(source, NOON + timedelta(hours=1), monkeypatch)
    text = office.read(f"/sources/{source.id}")
    assert "挂号 1 件，已答复 1 件" in text
    assert "6.0 天" in text
    assert "4.0 个工作日" in text
