"""The columns of the import files: found by their headings, in any order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from server.core.errors import Refusal
from server.core.sheets import plain_heading
from server.membership.rules import ImportKind


@dataclass(frozen=True)
class Column:
    """A column that is read; ``fills`` lets a cell merged downwards stand for each of its rows."""

    field: str
    label: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    fills: bool = False
    width: int = 16
    note: str = ""


PEOPLE = (
    Column("name", "姓名", ("党员姓名", "名字"), required=True, note="必填。"),
    Column(
        "branch",
        "支部",
        (
            "党支部",
            "所在支部",
            "所在党支部",
            "所属支部",
            "所属党支部",
            "支部名称",
            "党支部名称",
            "党组织",
            "所在党组织",
        ),
        required=True,
        fills=True,
        width=36,
        note="必填。支部的名称、简称或别名；有重名时写成“上级/支部”。",
    ),
    Column(
        "phone",
        "手机号",
        ("手机", "手机号码", "联系电话", "电话", "联系方式", "移动电话"),
        note="11 位，用于本人在微信里绑定；加密保存，可不填。",
    ),
    Column(
        "code",
        "编号",
        ("党员编号", "人员编号", "工号"),
        note="本单位自用的编号，用来区分同名党员；请不要填写身份证号。",
    ),
    Column(
        "post",
        "职务",
        ("党内职务", "支部职务", "党务职务"),
        note="书记、副书记、支部委员或党员；不填时新党员为“党员”，已有的不变。",
    ),
    Column(
        "groups",
        "群体",
        ("所属群体", "人员群体", "群体类别"),
        width=24,
        note="可填多个，用顿号隔开，须是“党员群体”页面里已有的名称。",
    ),
)
ORGANISATIONS = (
    Column(
        "name",
        "名称",
        ("单位名称", "组织名称", "党组织名称", "单位"),
        required=True,
        width=36,
        note="必填。",
    ),
    Column(
        "kind",
        "类别",
        ("类型", "单位类别", "组织类别"),
        required=True,
        fills=True,
        note="必填。党委、党总支、党支部、机关部门、事业单位、社区、村、工会、企业等。",
    ),
    Column(
        "parent",
        "上级",
        ("上级单位", "上级组织", "上级党组织", "上级名称"),
        required=True,
        fills=True,
        width=36,
        note="必填。已有的或本表中的名称；有重名时写成“上上级/上级”。",
    ),
    Column("short_name", "简称", note="可不填。"),
    Column("aliases", "别名", width=24, note="群众可能用来搜索的叫法，可填多个，用顿号隔开。"),
    Column("duties", "职责", width=24, note="可填多个，用顿号隔开，须是“单位”页面里列出的职责。"),
    Column("enterprise_facing", "涉企部门", ("涉企", "是否涉企"), note="是或否。"),
)
LAYOUTS = {ImportKind.PEOPLE: PEOPLE, ImportKind.ORGANISATIONS: ORGANISATIONS}

# Columns that the correction file adds and whoever numbers rows.
PASSED_OVER = frozenset({"错误原因", "行号", "序号"})
# What an identity number's column is called: it is not read, and the report says so.
IDENTITY_WORDS = ("身份证", "公民身份", "证件号")
# A title, a date and the like may stand above the headings.
HEADING_WITHIN = 10
LONGEST_HEADING = 20
MOST_UNKNOWN = 20


@dataclass
class Headings:
    """Where each field stands, and the columns that are left alone."""

    row: int
    places: dict[str, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    identity: list[str] = field(default_factory=list)


def find_headings(rows: Sequence[Sequence[str]], kind: ImportKind) -> Headings:
    """Return the row of ``rows`` that names the required columns; refuse where none does."""
    layout = LAYOUTS[kind]
    names = {
        plain_heading(name): one.field for one in layout for name in (one.label, *one.synonyms)
    }
    required = {one.field for one in layout if one.required}
    best: set[str] = set()
    for number, cells in enumerate(rows[:HEADING_WITHIN]):
        found = {names[plain_heading(cell)] for cell in cells if plain_heading(cell) in names}
        if required <= found:
            return _read(number, cells, names)
        best = max(best, found & required, key=len)
    missing = "、".join(one.label for one in layout if one.required and one.field not in best)
    raise Refusal("import_columns_missing", 422, field="file", columns=missing)


def _read(number: int, cells: Sequence[str], names: dict[str, str]) -> Headings:
    headings = Headings(number)
    for place, cell in enumerate(cells):
        plain = plain_heading(cell)
        shown = cell.strip()[:LONGEST_HEADING]
        if plain in names:
            if names[plain] in headings.places:
                raise Refusal("import_column_twice", 422, field="file", column=shown)
            headings.places[names[plain]] = place
        elif any(word in plain for word in IDENTITY_WORDS):
            headings.identity.append(shown)
        elif plain and plain not in PASSED_OVER and len(headings.unknown) < MOST_UNKNOWN:
            headings.unknown.append(shown)
    return headings
