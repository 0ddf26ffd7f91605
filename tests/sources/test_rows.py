"""Reading rows: the short ways give what the long ones give."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.sources.rows import Fault, Matter, Reader, read
from server.sources.rules import moment_of, usual_moment

KEY = b"k" * 32
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
FORMS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M")
CELLS = ("T1", "2026-01-05 08:00:07", "公安局", "事项", "满意", "内容", "答复", "2026/1/6", "138")


def reader() -> Reader:
    return Reader({}, {"公安局": 7}, KEY, NOW)


@given(
    st.datetimes(datetime(1985, 1, 1), datetime(2026, 11, 22)),  # noqa: DTZ001 as a file has them
    st.sampled_from(FORMS),
)
def test_a_usual_moment_is_the_moment_that_the_long_way_reads(moment: datetime, form: str) -> None:
    text = moment.strftime(form)
    try:
        long_way = int(moment_of(text).timestamp())
    except ValueError:
        long_way = None
    assert usual_moment(text) in {None, long_way}
    if moment.year >= 1992 and form in FORMS[:3]:
        assert usual_moment(text) == long_way


@given(
    st.sampled_from(("2026-01-05", "2026-01-05 08:30", "2026-01-05 08:30:07")),
    st.integers(0, 20),
    st.text("0123456789-:. T+Z/", max_size=3),
)
def test_what_is_no_usual_moment_is_left_to_the_long_way(text: str, at: int, more: str) -> None:
    spoilt = text[:at] + more + text[at + len(more) // 2 :]
    try:
        long_way = int(moment_of(spoilt).timestamp())
    except ValueError:
        long_way = None
    assert usual_moment(spoilt) in {None, long_way}


def test_a_digest_is_the_one_that_rows_stored_before_have() -> None:
    found = read(CELLS, reader())
    assert isinstance(found, Matter)
    at, replied = (moment_of(CELLS[place]).timestamp() for place in (1, 7))
    said = (str(at), "公安局", "事项", "内容", "答复", str(replied), "4", "138")
    assert found.digest == blake2b("\x1f".join(said).encode(), key=KEY, digest_size=16).digest()
    assert (found.department_id, found.level) == (7, 4)


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        ("  内容 ", "内容"),
        ("\u3000内容\u3000", "内容"),
        ("\ufeff内容\u200b", "内容"),
        ("一\r\n二\r三", "一\n二\n三"),
        ("制表\t符", "制表\t符"),
    ],
)
def test_texts_lose_their_ends_and_nothing_else(cell: str, stored: str) -> None:
    found = read((*CELLS[:5], cell, *CELLS[6:]), reader())
    assert isinstance(found, Matter)
    assert found.body.decode() == stored


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1f", "\x7f", "\x85", "\ud800"])
def test_what_cannot_be_stored_is_named_wherever_it_stands(sign: str) -> None:
    for place, name in ((3, "matter"), (5, "text"), (8, "contact")):
        cells = [*CELLS]
        cells[place] = f"好{sign}的"
        assert read(cells, reader()) == [Fault(name, "含有无法保存的字符。")]


def test_a_department_is_known_however_it_is_spaced_and_unknown_ones_are_remembered() -> None:
    one = reader()
    for name in ("公安局", " 公 安 局 ", "公安局"):
        found = read((*CELLS[:2], name, *CELLS[3:]), one)
        assert isinstance(found, Matter)
        assert found.department_id == 7
    for _ in range(2):
        found = read((*CELLS[:2], "没有的局", *CELLS[3:]), one)
        assert isinstance(found, Matter)
        assert (found.department_id, found.department_name.decode()) == (None, "没有的局")


@given(
    st.lists(st.datetimes(datetime(1992, 1, 1), datetime(2026, 11, 22)), min_size=2, max_size=6),  # noqa: DTZ001 as a file has them
    st.sampled_from(FORMS),
)
def test_a_moment_put_together_from_what_was_read_before_is_the_same(
    moments: list[datetime], form: str
) -> None:
    one = reader()
    for moment in moments * 2:
        text = moment.strftime(form)
        assert one.moment(text) == int(moment_of(text).timestamp())


def test_a_moment_in_the_future_is_refused_a_day_ahead() -> None:
    for ahead, faults in ((timedelta(hours=23), 0), (timedelta(hours=25), 1)):
        moment = (NOW + ahead + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M")
        found = read((CELLS[0], moment, *CELLS[2:]), reader())
        assert (len(found) if isinstance(found, list) else 0) == faults
