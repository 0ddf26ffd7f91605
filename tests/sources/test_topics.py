"""Topics that words suggest: in the open, and never decided."""

import pytest
from sqlalchemy import select, update

from server.core import clock
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.sources import queries, service, tasks
from server.sources.models import Source, SourceCategory, SourceMatter
from server.sources.topics import Topic, Topics
from tests.factories.city import City
from tests.sources.conftest import Send
from tests.sources.files import MESSAGES_COLUMNS, messages

TREE = """一级分类,二级分类,三级分类\r
城乡建设,住房管理,物业管理\r
城乡建设,住房管理,公积金\r
交通运输,公路建设,道路维修\r
教育文体,教师队伍,教师待遇\r
教育文体,教师队伍,其他\r
"""


def ready() -> Topics:
    names = [line.split(",") for line in TREE.splitlines()[1:]]
    return Topics(
        Topic(at, first + second, third) for at, (first, second, third) in enumerate(names, 1)
    )


def test_the_topic_whose_name_is_found_is_suggested_with_its_words() -> None:
    found = ready().suggest("小区物业管理混乱", "")
    assert found is not None
    assert (found.topic_id, found.score) == (1, 100)
    assert found.words == ("业管", "物业", "管理")
    assert ready().suggest("", "小区物业管理混乱") is None, "in passing is not enough"
    part = ready().suggest("物业", "小区物业管理混乱")
    assert part is not None
    assert part.score in range(60, 100)
    assert ready().suggest("你好", "谢谢") is None
    assert ready().suggest("其他", "其他") is None
    assert Topics([]).suggest("物业", "") is None


def test_suggestions_wait_for_a_person(send: Send, city: City, hotline: Source) -> None:
    office = city.actors["office1"]
    with transaction():
        assert service.import_categories(TREE.encode(), actor=office, now=clock.now()) == 5
    send(messages(), MESSAGES_COLUMNS)
    assert queries.without_suggestions() == []
    with transaction():
        db.session.execute(update(SourceMatter).values(suggested=False, suggested_category_id=None))
    tasks.suggest_waiting(0)
    db.session.expire_all()
    found = {one.ticket: one for one in db.session.scalars(select(SourceMatter))}
    suggested = found["2549"]
    assert suggested.category_id is None
    assert suggested.suggestion_score == 100
    assert all(one.suggested for one in found.values())
    assert found["2557"].suggested_category_id is None
    with transaction():
        service.accept_suggestions([suggested.id], actor=office, now=clock.now())
    db.session.expire_all()
    category = db.session.get_one(
        SourceCategory, db.session.get_one(SourceMatter, suggested.id).category_id
    )
    assert category.third == "物业管理"


def test_a_new_tree_takes_the_old_leaves_out_of_use(city: City) -> None:
    office = city.actors["office1"]
    with transaction():
        service.import_categories(TREE.encode("gb18030"), actor=office, now=clock.now())
    with transaction():
        service.import_categories(
            "一级分类,二级分类,三级分类\n城乡建设,住房管理,公积金\n新,新,新\n".encode(),
            actor=office,
            now=clock.now(),
        )
    assert {one.third for one in queries.categories()} == {"公积金", "新"}
    for broken in (b"", b"a,b\n1,2\n", b"\xff\xfe\x00", "一级分类,二级分类,三级分类\n".encode()):
        with pytest.raises(Refusal, match="categories_unreadable"):
            service.import_categories(broken, actor=office, now=clock.now())
