"""What stands beside an entry of the audit log, in words: a code means something by its key."""

from collections.abc import Mapping
from typing import Any

from server.campaigns.rules import KIND_LABELS as CAMPAIGN_KINDS
from server.console.words import COUNTED, DETAILS
from server.evaluation.rules import REASON_LABELS
from server.identity.rules import KIND_LABELS as ORGANISATION_KINDS
from server.integrity.rules import KIND_LABELS as FINDING_KINDS
from server.membership.rules import IMPORT_KIND_LABELS
from server.rectification.rules import CASE_KIND_LABELS
from server.sampling.outreach_rules import FAULT_LABELS
from server.sampling.rules import PANEL_LABELS, WAY_LABELS
from server.sources.rules import KIND_LABELS as SOURCE_KINDS

KILOBYTE = 1024
NOTHING = "无"
LETTER_LIST = "list.xlsx"
# The same key means something else in some actions.
LABELS = {
    ("assessment.computed", "scheme"): "考核方案版本",
    ("letters.downloaded", "name"): "文件",
    ("source.uploaded", "size"): "文件大小",
}
NONE = {"category": "未分类", "department": "未分派"}
KINDS: dict[str, Mapping[Any, str]] = {
    "campaign": CAMPAIGN_KINDS,
    "case": CASE_KIND_LABELS,
    "finding": FINDING_KINDS,
    "import": IMPORT_KIND_LABELS,
    "organisation": ORGANISATION_KINDS,
    "source": SOURCE_KINDS,
}
WORDS: dict[str, Mapping[Any, str]] = {
    "panel": PANEL_LABELS,
    "reason": {**REASON_LABELS, **FAULT_LABELS, "key_missing": "活动密钥缺失"},
}
COUNTS: Mapping[str, str] = {**COUNTED, **{way.value: word for way, word in WAY_LABELS.items()}}


def label_of(action: str, key: str) -> str:
    """Return the word before a detail."""
    return LABELS.get((action, key)) or DETAILS.get(key, key)


def words_of(action: str, key: str, value: Any) -> Any:
    """Return a detail's value in words; what has none of its own here as it is."""
    if value is None or value == "":
        return NONE.get(key, NOTHING)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return _counted(value)
    if action == "source.uploaded" and key == "size":
        return _bytes(value)
    if action == "letters.downloaded" and key == "name":
        return "寄信名单" if value == LETTER_LIST else f"信函 {value.partition('.')[0]}"
    words = KINDS.get(action.partition(".")[0], {}) if key == "kind" else WORDS.get(key, {})
    return words.get(value, value) if isinstance(value, str | int) else value


def _counted(counts: Mapping[str, Any]) -> str:
    """Say what was counted; what there was none of is left out."""
    said = [f"{COUNTS.get(one, one)} {number:,}" for one, number in counts.items() if number]
    return "，".join(said) or NOTHING


def _bytes(size: int) -> str:
    if size < KILOBYTE:
        return f"{size} 字节"
    if size < KILOBYTE**2:
        return f"{size / KILOBYTE:.1f} KB"
    return f"{size / KILOBYTE**2:.1f} MB"
