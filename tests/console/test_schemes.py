"""Scoring schemes at the desk."""

import hashlib
import html
import re

import yaml

from server.core import clock
from server.core.transaction import transaction
from server.scoring import queries, service
from tests.console.conftest import SignIn
from tests.factories.city import City
from tests.scoring.documents import scheme_document


def saved(desk: SignIn, **more: object) -> int:
    document = yaml.safe_dump(scheme_document(**more), allow_unicode=True)
    answer = desk("office1").post("/schemes", document=document)
    assert answer.status_code == 302
    return queries.schemes()[0].id


def document_in(text: str) -> str:
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", text, re.DOTALL)
    assert found
    return html.unescape(found[1])


def test_a_scheme_that_starts_from_the_indicators_can_be_saved_as_it_is(
    desk: SignIn, city: City
) -> None:
    office = desk("office1")
    document = document_in(office.read(f"/schemes/new?indicators={city.version.id}"))
    assert office.post("/schemes", document=document).status_code == 302
    (stored,) = queries.schemes()
    scheme = queries.scheme(stored.id)
    assert [part.code for part in scheme.parts] == ["overall"]
    assert len(scheme.leaves) == 8
    assert f"/schemes/{stored.id}" in office.read("/schemes")


def test_every_fault_is_listed_with_its_place_and_line(desk: SignIn) -> None:
    document = scheme_document(channels=[{"channel": "enterprise_online", "weight": "100"}])
    document["parts"][0]["weight"] = "61"
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    answer = desk("office1").post("/schemes", document=text)
    assert answer.status_code == 422
    for place in ("parts", "parts.0.weight", "channels"):
        assert f"<code>{place}</code>" in answer.text
    assert "唯一依据" in answer.text
    assert re.search(r"第 \d+ 行：", answer.text)
    assert queries.schemes() == []


def test_a_copy_is_the_next_version(desk: SignIn) -> None:
    first = saved(desk)
    office = desk("office1")
    document = document_in(office.read(f"/schemes/new?copy={first}"))
    changed = document.replace("smallest_group: 10", "smallest_group: 12")
    assert changed != document
    assert office.post("/schemes", document=changed).status_code == 302
    newest = queries.schemes()[0]
    assert newest.version == 2
    assert newest.digest != queries.stored_scheme(first).digest
    assert "第 2 版" in office.read(f"/schemes/{newest.id}")


def test_a_copy_in_which_nothing_was_changed_is_no_new_version(desk: SignIn) -> None:
    first = saved(desk)
    office = desk("office1")
    document = document_in(office.read(f"/schemes/new?copy={first}"))
    answer = office.post("/schemes", document=document)
    assert answer.status_code == 422
    assert "内容与第 1 版完全相同" in answer.text
    assert [one.id for one in queries.schemes()] == [first]
    # Going back to what an older version said is a change.
    changed = document.replace("smallest_group: 10", "smallest_group: 12")
    for text in (changed, document):
        assert office.post("/schemes", document=text).status_code == 302
    assert [one.version for one in queries.schemes()] == [3, 2, 1]


def test_the_file_has_the_digest_that_the_page_shows(desk: SignIn) -> None:
    scheme_id = saved(desk)
    office = desk("office1")
    data = office.get(f"/schemes/{scheme_id}/document.json").data
    assert hashlib.sha256(data).hexdigest() in office.read(f"/schemes/{scheme_id}")
    changed = data.decode().replace('"smallest_group":10', '"smallest_group":11')
    assert office.post("/schemes", document=changed).status_code == 302


def test_a_used_scheme_offers_no_deletion_and_refuses_it(desk: SignIn) -> None:
    scheme_id = saved(desk)
    office = desk("office1")
    assert "删除评分方案" in office.read(f"/schemes/{scheme_id}")
    with transaction():
        service.freeze(scheme_id, now=clock.now())
    assert "删除评分方案" not in office.read(f"/schemes/{scheme_id}")
    office.post(f"/schemes/{scheme_id}/deletion")
    assert "不能修改" in office.told()
    assert len(queries.schemes()) == 1


def test_an_unused_scheme_is_deleted(desk: SignIn) -> None:
    scheme_id = saved(desk)
    office = desk("office1")
    office.post(f"/schemes/{scheme_id}/deletion")
    assert "已删除" in office.told()
    assert queries.schemes() == []
    assert office.get(f"/schemes/{scheme_id}").status_code == 404


def test_administrators_read_schemes_and_do_not_make_them(desk: SignIn) -> None:
    scheme_id = saved(desk)
    administrator = desk("admin")
    text = administrator.read(f"/schemes/{scheme_id}")
    assert "两代表一委员" in text
    assert "删除评分方案" not in text
    assert administrator.get("/schemes/new").status_code == 403
    assert administrator.post("/schemes", document="").status_code == 403
