"""Which columns of a file are name, telephone and address, and which part it into strata."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.core.errors import InvalidInput, Refusal
from server.core.sheets import plain_heading
from server.sampling.rules import BETWEEN, EQUALS, MERGED, MOST_DIMENSIONS

HEADING_ROWS = 20
LONGEST_HEADING = 30
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


def suggest(headings: Sequence[str]) -> dict[str, str]:
    """Return a heading for each field that one fits; exact words go first."""
    found: dict[str, str] = {}
    free = {heading: plain_heading(heading) for heading in headings if heading.strip()}
    for exact in (True, False):
        for field in FIELDS:
            if field.name not in found:
                heading = _fitting(field, free, exact=exact)
                if heading is not None:
                    found[field.name] = heading
                    del free[heading]
    return found


def _fitting(field: Field, free: Mapping[str, str], *, exact: bool) -> str | None:
    for word in field.synonyms:
        for heading, compared in free.items():
            if compared == word if exact else word in compared:
                return heading
    return None


def heading_row(rows: Sequence[Sequence[str]]) -> int:
    """Return which of the first rows holds the headings: the one that most fields know."""
    if not rows:
        raise Refusal("import_file_empty", 422, field="file")
    top = rows[:HEADING_ROWS]
    return max(range(len(top)), key=lambda at: (len(suggest(top[at])), _filled(top[at]), -at))


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if 0 < len(cell.strip()) <= LONGEST_HEADING)


def offered(headings: Sequence[str]) -> list[str]:
    """Return the headings that can be chosen: filled, and each once."""
    return list(dict.fromkeys(heading for heading in headings if heading.strip()))


def examples(
    headings: Sequence[str], rows: Sequence[Sequence[str]]
) -> list[tuple[str, list[str] | None]]:
    """Return what each column holds again and again: categories do, names and numbers don't.

    None for a column that is empty.
    """
    found: list[tuple[str, list[str] | None]] = []
    for place, heading in enumerate(headings):
        if heading.strip():
            counts = Counter(row[place].strip() for row in rows if place < len(row))
            del counts[""]
            often = [text for text, count in counts.most_common() if count >= OFTEN]
            found.append((heading, often[:MOST_EXAMPLES] if counts else None))
    return found


def wanted(columns: Mapping[str, str], dimensions: Sequence[str]) -> list[str]:
    """Return all headings that are read from a file, in the fields' order."""
    # The database keeps a mapping in an order of its own.
    return [*(columns[field.name] for field in FIELDS if field.name in columns), *dimensions]


def find(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    """Return the row of the headings, and the place of each; refuse without them."""
    for number, row in enumerate(rows[:HEADING_ROWS]):
        at: dict[str, int] = {}
        for place, heading in enumerate(row):
            at.setdefault(plain_heading(heading), place)
        if all(plain_heading(heading) in at for heading in headings):
            return number, {heading: at[plain_heading(heading)] for heading in headings}
    raise Refusal("source_columns_missing", 422, names="、".join(headings))


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
            errors.append({"field": name, "message": f"这一列已用于「{other}」。"})
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
        return f"「{heading}」已用于「{taken[plain_heading(heading)]}」，不能再作分层维度。"
    if len(heading) > LONGEST_HEADING or any(sign in heading for sign in BETWEEN + EQUALS + MERGED):
        return f"表头「{heading[:LONGEST_HEADING]}」过长，或含有 ; = + 号，请修改后重新上传。"
    return ""
