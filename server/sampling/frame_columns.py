"""Which columns of a file are name, telephone and address, and which part it into strata."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.core import headings
from server.core.errors import InvalidInput
from server.core.headings import LONGEST_HEADING
from server.core.sheets import plain_heading
from server.sampling.rules import BETWEEN, EQUALS, MERGED, MOST_DIMENSIONS

LINE, REASON = "行号", "错误原因"
# So often within the first rows a value is a category, and nobody's name.
OFTEN, MOST_EXAMPLES = 3, 6


@dataclass(frozen=True)
class Field:
    """A field: its name, label, and words that headings use for it, the surest first."""

    name: str
    label: str
    synonyms: tuple[str, ...]


FIELDS = (
    Field("name", "姓名或名称", ("姓名", "联系人", "企业名称", "单位名称", "名称", "收件人")),
    Field("telephone", "手机号", ("手机号码", "手机号", "联系电话", "手机", "电话", "联系方式")),
    Field("address", "通信地址", ("通信地址", "通讯地址", "联系地址", "住址", "地址")),
)
LABELS = {field.name: field.label for field in FIELDS}


def suggest(row: Sequence[str]) -> dict[str, str]:
    """Return a heading for each field that one fits; exact words go first."""
    return headings.suggest(FIELDS, row, plain_heading)


def heading_row(rows: Sequence[Sequence[str]]) -> int:
    """Return which of the first rows holds the headings: the one that most fields know."""
    return headings.heading_row(FIELDS, rows, plain_heading)


def offered(row: Sequence[str]) -> list[str]:
    """Return the headings that can be chosen: filled, and each once."""
    return list(dict.fromkeys(heading for heading in row if heading.strip()))


def examples(
    row: Sequence[str], rows: Sequence[Sequence[str]]
) -> list[tuple[str, list[str] | None]]:
    """Return what each column holds again and again: categories do, names and numbers don't.

    None for a column that is empty.
    """
    found: list[tuple[str, list[str] | None]] = []
    for place, heading in enumerate(row):
        if heading.strip():
            counts = Counter(one[place].strip() for one in rows if place < len(one))
            del counts[""]
            often = [text for text, count in counts.most_common() if count >= OFTEN]
            found.append((heading, often[:MOST_EXAMPLES] if counts else None))
    return found


def wanted(columns: Mapping[str, str], dimensions: Sequence[str]) -> list[str]:
    """Return all headings that are read from a file, in the fields' order."""
    # The database keeps a mapping in an order of its own.
    return [*(columns[field.name] for field in FIELDS if field.name in columns), *dimensions]


def find(chosen: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    """Return the row of the headings, and the place of each; refuse without them."""
    return headings.find(chosen, rows, plain_heading)


def check(columns: Mapping[str, str], dimensions: Sequence[str]) -> None:
    """Refuse columns that can't be read so: nobody could be reached, or one chosen twice."""
    errors = []
    if not {"telephone", "address"} & columns.keys():
        message = "手机号和通信地址至少要有一列，否则链接无法送达。"
        errors.append({"field": "telephone", "message": message})
    taken: dict[str, str] = {}
    for name, heading in columns.items():
        other = taken.setdefault(plain_heading(heading), LABELS[name])
        if other != LABELS[name]:
            errors.append({"field": name, "message": f"这一列已用于“{other}”。"})
    if len(dimensions) > MOST_DIMENSIONS:
        message = f"最多选择 {MOST_DIMENSIONS} 个分层维度。"
        errors.append({"field": "dimensions", "message": message})
    for heading in dimensions:
        if fault := _dimension_fault(heading, taken):
            errors.append({"field": "dimensions", "message": fault})
        taken.setdefault(plain_heading(heading), "分层维度")
    if errors:
        raise InvalidInput(errors)


def _dimension_fault(heading: str, taken: Mapping[str, str]) -> str:
    if plain_heading(heading) in taken:
        return f"“{heading}”已用于“{taken[plain_heading(heading)]}”，不能再作分层维度。"
    if len(heading) > LONGEST_HEADING or any(sign in heading for sign in BETWEEN + EQUALS + MERGED):
        return f"表头“{heading[:LONGEST_HEADING]}”过长，或含有 ; = + 号，请修改后重新上传。"
    return ""
