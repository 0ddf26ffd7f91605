"""The audit log's details in words: no code, no bare bytes, no mapping of a program."""

import pytest

from server.audit import service as audit
from server.console.audit_details import label_of, words_of
from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction
from tests.console.conftest import SignIn
from tests.factories.city import City


@pytest.mark.parametrize(
    ("action", "key", "value", "label", "words"),
    [
        ("sample.invited", "panel", "residents", "群体", "普通群众"),
        ("sample.to_letters", "reason", "blocked", "原因", "对方拒收短信"),
        ("source.created", "kind", "hotline", "类别", "12345 热线"),
        ("score_run.requested", "scheme", "年度方案", "评分方案", "年度方案"),
        ("source.assigned", "category", None, "分类", "未分类"),
        ("sample.invited", "counts", {"sms": 1212, "letter": 0}, "结果", "短信 1,212"),
        ("source.imported", "counts", {"read": 5, "new": 4, "refused": 1}, "结果",
         "读入 5，新增 4，有误 1"),
        ("source.uploaded", "size", 212, "文件大小", "212 字节"),
        ("source.uploaded", "size", 3_500_000, "文件大小", "3.3 MB"),
        ("letters.posted", "size", 13, "数量", 13),
        ("publication.published", "scored", True, "含总分", "是"),
        ("campaign.paused", "reason", "key_missing", "原因", "活动密钥缺失"),
    ],
)  # fmt: skip
def test_a_detail_is_said_in_words(
    action: str, key: str, value: object, label: str, words: object
) -> None:
    assert (label_of(action, key), words_of(action, key, value)) == (label, words)


def test_the_log_shows_words_and_the_campaigns_title(desk: SignIn, city: City) -> None:
    campaign = city.campaign()
    with transaction():
        audit.record(
            SYSTEM, "sample.invited", ("campaign", campaign.id), at=clock.now(),
            panel="residents", counts={"sms": 212}, size=212, campaign=campaign.id,
        )  # fmt: skip
    page = desk("auditor").read("/audit?domain=sample")
    for words in ("普通群众", "短信 212"):
        assert words in page
    assert page.count(campaign.title) >= 2
    for code in ("residents", "sms"):
        assert code not in page
