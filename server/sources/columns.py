"""The fields that are read from a source, and how a file's own headings suggest them."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.core import headings
from server.core.errors import InvalidInput


@dataclass(frozen=True)
class Field:
    """A field: its name, its label, and words that headings use for it, the surest first."""

    name: str
    label: str
    synonyms: tuple[str, ...]
    required: bool = False
    help: str = ""


FIELDS = (
    Field(
        "ticket",
        "工单编号",
        ("工单编号", "工单号", "办件编号", "办件号", "业务流水号", "流水号", "受理编号", "编号"),
        required=True,
        help="同一来源中每件唯一，重复导入以它为准。",
    ),
    Field(
        "time",
        "时间",
        ("受理时间", "来电时间", "办理时间", "提交时间", "创建时间", "留言时间", "时间"),
        required=True,
        help="决定计入哪一期活动。",
    ),
    Field(
        "department",
        "部门",
        ("承办单位", "办理单位", "责任单位", "承办部门", "办理部门", "部门", "单位"),
        help="名称、简称或别名；认不出的进入待分派。",
    ),
    Field("matter", "事项", ("事项名称", "工单标题", "主题", "标题", "事项", "类别")),
    Field(
        "level",
        "满意度",
        ("满意度", "评价等级", "评价结果", "满意程度", "等级", "评价"),
        help="没有这一列时，各行只作为事项保存，不计分。",
    ),
    Field("text", "内容", ("详情", "诉求内容", "工单内容", "来电内容", "评价内容", "内容")),
    Field("reply", "答复", ("答复意见", "答复内容", "办理结果", "处理结果", "回复内容", "答复")),
    Field(
        "reply_time",
        "答复时间",
        ("答复时间", "回复时间", "反馈时间", "办结时间", "完成时间"),
        help="用于计算办理用时。",
    ),
    Field(
        "contact",
        "联系方式",
        ("联系方式", "联系电话", "手机号码", "手机号", "来电号码", "电话"),
        help="加密保存，页面和导出都不显示。",
    ),
)
LABELS = {field.name: field.label for field in FIELDS}
REQUIRED = tuple(field.name for field in FIELDS if field.required)


def normal(heading: str) -> str:
    """Return a heading as it is compared: full-width forms folded, without spaces."""
    return "".join(unicodedata.normalize("NFKC", heading).split()).casefold()


def heading_row(rows: Sequence[Sequence[str]]) -> int:
    """Return which of the first rows holds the headings: the one that most fields know."""
    return headings.heading_row(FIELDS, rows, normal)


def suggest(row: Sequence[str]) -> dict[str, str]:
    """Return a heading for each field that one fits, each heading once; exact words go first."""
    return headings.suggest(FIELDS, row, normal)


def places(columns: Mapping[str, str], row: Sequence[str]) -> dict[str, int] | None:
    """Return where each mapped column stands, or None where one is missing."""
    at = headings.places(list(columns.values()), row, normal)
    return None if at is None else {name: at[heading] for name, heading in columns.items()}


def find(columns: Mapping[str, str], rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    """Return the row of the headings and the places of the mapped columns; refuse without them."""
    number, at = headings.find(list(columns.values()), rows, normal)
    return number, {name: at[heading] for name, heading in columns.items()}


def check(columns: Mapping[str, str]) -> None:
    """Refuse a mapping without a required field, or with one heading for two fields."""
    errors = [
        {"field": name, "message": "请选择对应的列。"} for name in REQUIRED if name not in columns
    ]
    taken: dict[str, str] = {}
    for name, heading in columns.items():
        other = taken.setdefault(normal(heading), name)
        if other != name:
            errors.append({"field": name, "message": f"这一列已用于“{LABELS[other]}”。"})
    if errors:
        raise InvalidInput(errors)
