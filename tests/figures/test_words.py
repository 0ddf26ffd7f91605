"""Words of comments: counted once a comment, shown from three on, told apart by TF-IDF."""

import io
import json
import math
import random
import resource
from pathlib import Path

import pytest
from apiflask import APIFlask

from server.core import clock
from server.core.access import Grant, Role
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.evaluation.rules import CommentState
from server.figures import making, queries, service, tasks, word_counter, word_counts
from server.figures.models import CommentWords
from server.figures.rules import FigureKind
from server.figures.views import Asked
from server.figures.words import frequent, keywords
from server.sources.models import SourceCategory
from tests.factories.city import City
from tests.factories.closing import close_and_settle
from tests.factories.figures import comment_on, make_campaign

STOP_WORDS = frozenset(word_counts.STOP_WORDS.read_text(encoding="utf-8").split())


def counted(*lines: tuple[int, str], least: int = 1, smallest: int = 1) -> dict[str, object]:
    text = [json.dumps(line) for line in lines]
    return word_counter.count(text, least=least, smallest=smallest, stop_words=STOP_WORDS)


def test_a_word_counts_once_a_comment_and_stop_words_not_at_all() -> None:
    found = counted((1, "窗口窗口窗口，我们希望增加窗口"), (1, "窗口关了"))
    assert found["departments"]["1"]["words"] == {"窗口": 2, "增加": 1}  # type: ignore[index]
    assert found["total"]["comments"] == 2  # type: ignore[index]


def test_numbers_latin_letters_and_names_that_no_dictionary_has_are_no_words() -> None:
    found = counted((1, "请打13800000000找章三烽，车牌浙A12345，微信abc_def，一百二十"))
    words = set(found["total"]["words"])  # type: ignore[index]
    assert not {word for word in words if any(sign in word for sign in "13800abc章烽百")}


def test_words_below_the_least_are_left_out_of_each_group() -> None:
    lines = [(1, "停车"), (1, "停车"), (2, "停车"), (2, "排队")]
    found = counted(*lines, least=3)
    assert found["total"]["words"] == {"停车": 3}  # type: ignore[index]
    assert found["departments"] == {
        "1": {"comments": 2, "words": {}},
        "2": {"comments": 2, "words": {}},
    }


def test_a_departments_lines_must_stand_together() -> None:
    with pytest.raises(ValueError, match="stand apart"):
        counted((1, "停车"), (2, "停车"), (1, "停车"))


def test_the_weight_is_tf_idf_against_the_other_departments() -> None:
    lines = keywords({"停车": 6, "窗口": 8, "水": 2}, 10, {"停车": 7, "窗口": 40}, 50, most=9)
    assert [(line.word, line.uses) for line in lines] == [("停车", 6), ("窗口", 8)]
    assert lines[0].weight == pytest.approx(0.6 * math.log(41 / 2), abs=1e-6)
    assert lines[1].weight == pytest.approx(0.8 * math.log(41 / 33), abs=1e-6)


def test_alone_a_department_has_its_words_by_use() -> None:
    lines = keywords({"停车": 3, "窗口": 9}, 10, {"停车": 3, "窗口": 9}, 10, most=9)
    assert [line.word for line in lines] == ["窗口", "停车"]
    assert [line.word for line in frequent({"停车": 3, "窗口": 9, "水": 2}, most=9)] == [
        "窗口",
        "停车",
    ]


def test_a_small_departments_words_stand_neither_by_it_nor_in_the_whole() -> None:
    found = counted(*[(1, "停车")] * 5, *[(2, "借阅")] * 4, smallest=5)
    assert found["total"] == {"comments": 5, "words": {"停车": 5}}
    assert found["departments"]["2"] == {"comments": 4, "words": {}}  # type: ignore[index]


def test_the_counting_process_gives_what_counting_here_gives() -> None:
    comments = [(1, "窗口排队")] * 4 + [(2, "停车场太小\n“水库”")] * 3 + [(3, "借阅")] * 2
    found = word_counts.word_document(comments, None, smallest=3)
    assert found["all"]["comments"] == 7
    assert found["all"]["words"][:2] == [["排队", 4, 0], ["窗口", 4, 0]]
    assert {line[0] for line in found["departments"]["2"]["words"]} == {"停车场", "太小", "水库"}
    assert found["departments"]["3"] == {"comments": 2, "words": [], "topics": []}


def test_a_broken_counting_process_is_an_error_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("import sys; sys.stdin.readline(); sys.exit(3)")
    monkeypatch.setattr(word_counts, "COUNTER", broken)
    with pytest.raises(word_counts.WordCountError):
        word_counts.word_document([(1, "停车")] * 5, None, smallest=1)


@pytest.fixture
def commented(city: City) -> int:
    """A settled campaign: two departments with enough comments, one with too few."""
    campaign = make_campaign(city, "留言")
    first, second, third = city.departments[:3]
    comment_on(campaign.id, first.id, ["停车场太小，停车不方便"] * 8 + ["窗口排队太久"] * 4)
    comment_on(campaign.id, second.id, ["窗口排队太久"] * 11)
    comment_on(campaign.id, third.id, ["图书借阅方便"] * 9)
    comment_on(campaign.id, first.id, ["秘密计划"] * 5, comment_state=CommentState.HELD)
    comment_on(campaign.id, first.id, ["违规内容"] * 5, comment_state=CommentState.REFUSED)
    close_and_settle(campaign.id)
    return campaign.id


def words_page(campaign_id: int, city: City, **asked: object) -> str:
    view = queries.campaign_view(campaign_id, actor=city.actors["office1"])
    figure = making.figure(FigureKind.WORDS, view, Asked(**asked))  # type: ignore[arg-type]
    return json.dumps(
        [chart.table.rows for chart in figure.charts], ensure_ascii=False, default=str
    )


def test_only_comments_that_may_be_shown_are_counted(commented: int, city: City) -> None:
    tasks.count_words(commented)
    document = db.session.get(CommentWords, commented).document  # type: ignore[union-attr]
    assert document is not None
    assert document["all"]["comments"] == 23
    assert "秘密" not in str(document)
    assert "违规" not in str(document)


def test_a_department_with_too_few_comments_is_withheld(commented: int, city: City) -> None:
    tasks.count_words(commented)
    shown = words_page(commented, city)
    assert '["公安局", 11, "' in shown
    assert '["图书馆", null, "没有留言，或太少不予显示", ""]' in shown
    assert "借阅" not in shown
    own = words_page(commented, city, departments=frozenset({city.departments[2].id}))
    assert "借阅" not in own


def test_topics_are_told_by_the_tree_that_was_read_in(commented: int, city: City) -> None:
    with transaction():
        db.session.add(SourceCategory(first="城市管理", second="交通", third="停车场"))
        db.session.add(SourceCategory(first="政务", second="窗口", third="窗口排队"))
    tasks.count_words(commented)
    shown = words_page(commented, city)
    assert '["政务 / 窗口 / 窗口排队", 15]' in shown
    assert '["城市管理 / 交通 / 停车场", 8]' in shown


def test_a_count_stands_until_a_comment_is_judged_anew(commented: int) -> None:
    tasks.count_new_words(0)
    first = queries.comment_words(commented)
    assert first is not None
    at = first.counted_at
    tasks.count_new_words(0)
    again = queries.comment_words(commented)
    assert again is not None
    assert again.counted_at == at
    with transaction():
        db.session.execute(
            db.text("UPDATE evaluation SET comment_state = 4 WHERE comment_state = 3")
        )
    tasks.count_new_words(0)
    anew = queries.comment_words(commented)
    assert anew is not None
    assert anew.document is not None
    assert anew.document["all"]["comments"] == 28


def test_two_who_ask_at_once_start_one_job_and_a_lost_one_is_asked_for_again(
    commented: int,
) -> None:
    now = clock.now()
    with transaction():
        assert service.ask_words(commented, now=now)
        assert not service.ask_words(commented, now=now)
        assert service.ask_words(commented, now=now + 2 * service.LOST_AFTER)


def test_words_of_a_campaign_that_is_not_settled_are_refused(city: City) -> None:
    campaign = make_campaign(city, "进行中")
    with pytest.raises(Refusal, match="campaign_not_settled"):
        service.ask_words(campaign.id, now=clock.now())


def test_a_count_that_breaks_leaves_the_one_before(
    commented: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.count_words(commented)

    def breaks(*_: object, **__: object) -> dict[str, object]:
        raise word_counts.WordCountError

    monkeypatch.setattr(service, "word_document", breaks)
    tasks.count_words(commented)
    found = queries.comment_words(commented)
    assert found is not None
    assert found.failed
    assert found.document is not None


def test_a_first_count_that_breaks_is_not_tried_again_by_itself(
    commented: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def breaks(*_: object, **__: object) -> dict[str, object]:
        tried.append(1)
        raise word_counts.WordCountError

    monkeypatch.setattr(service, "word_document", breaks)
    tasks.count_new_words(0)
    tasks.count_new_words(0)
    assert len(tried) == 1


def test_an_office_of_a_part_sees_the_words_of_its_part_alone(commented: int, city: City) -> None:
    tasks.count_words(commented)
    own = city.departments[1]
    office = city.actors["office1"]
    actor = type(office)(office.kind, office.id, (Grant(Role.OFFICE, own.id, own.path),))
    view = queries.campaign_view(commented, actor=actor)
    figure = making.figure(FigureKind.WORDS, view, Asked())
    shown = str([chart.table.rows for chart in figure.charts])
    assert own.name in shown
    assert "停车" not in shown
    assert ("留言", "11 条") in figure.facts


def test_memory_does_not_grow_with_the_number_of_comments(app: APIFlask) -> None:
    draw = random.Random(3)  # noqa: S311 the same comments every time
    parts = ("窗口", "排队", "停车", "材料", "流程", "电话", "态度", "办理", "网上", "预约")

    def comments(number: int) -> io.StringIO:
        return io.StringIO(
            "".join(
                json.dumps([at * 20 // number, "，".join(draw.sample(parts, 4))]) + "\n"
                for at in range(number)
            )
        )

    def kilobytes() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    word_counter.count(comments(1000), least=3, smallest=10, stop_words=STOP_WORDS)
    many = comments(20_000)
    before = kilobytes()
    word_counter.count(many, least=3, smallest=10, stop_words=STOP_WORDS)
    assert kilobytes() - before < 40_000
