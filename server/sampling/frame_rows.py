"""One row of a frame: from its cells to person and categories, or to what is wrong. No database."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from server.core.sheets import one_line
from server.core.workbooks import inert
from server.membership.rules import normal_phone
from server.sampling.frame_columns import LABELS
from server.sampling.persons import Contact
from server.sampling.rules import BETWEEN, EQUALS, MERGED
from server.sources.rows import UNSTORABLE

LONGEST = {"name": 60, "telephone": 30, "address": 200}
LONGEST_CATEGORY = 40
# So many figures in a row are a telephone or an identity number, and no category.
PERSONAL_NUMBER = re.compile(r"\d{11}")
LANDLINE = re.compile(r"0\d{9,11}")
FILLING = str.maketrans("", "", " -—–()（）")


class Fault(NamedTuple):
    """What is wrong with a field of a row: the field's name, or a dimension's heading."""

    field: str
    message: str


@dataclass(frozen=True)
class Layout:
    """Which heading holds which field, and the dimensions in order."""

    columns: Mapping[str, str]
    dimensions: Sequence[str]


class Row(NamedTuple):
    """A good row."""

    contact: Contact
    categories: tuple[str, ...]


def label(field: str) -> str:
    """Return how a field is called to a person: dimensions by their own heading."""
    return LABELS.get(field, field)


def read(values: Mapping[str, str], layout: Layout) -> Row | list[Fault]:
    """Return a row's person and categories, or all that is wrong; values are by heading."""
    faults: list[Fault] = []
    texts = {
        name: _text(name, values[layout.columns[name]], faults) if name in layout.columns else ""
        for name in LONGEST
    }
    telephone = _telephone(texts, faults)
    if not faults and not telephone and not texts["address"]:
        faults.append(Fault("telephone", "手机号和地址都是空的，无法送达，请至少填写一项。"))
    if not faults and not telephone and not texts["name"]:
        faults.append(Fault("name", "没有手机号时须填写姓名或名称，以便投递信函。"))
    categories = tuple(_category(name, values[name], faults) for name in layout.dimensions)
    if faults:
        return faults
    return Row(Contact(texts["name"], telephone, texts["address"]), categories)


def _text(name: str, raw: str, faults: list[Fault]) -> str:
    text = one_line(raw)
    if UNSTORABLE.search(text):
        faults.append(Fault(name, "含有无法保存的字符。"))
        return ""
    if len(text) > LONGEST.get(name, LONGEST_CATEGORY):
        most = LONGEST.get(name, LONGEST_CATEGORY)
        faults.append(Fault(name, f"内容过长，最多 {most} 个字。"))
        return ""
    return text


def _telephone(texts: Mapping[str, str], faults: list[Fault]) -> str:
    if not texts["telephone"]:
        return ""
    mobile = normal_phone(texts["telephone"])
    if mobile is not None:
        return mobile
    plain = texts["telephone"].translate(FILLING)
    if not LANDLINE.fullmatch(plain):
        faults.append(Fault("telephone", "号码无法识别，请填写 11 位手机号。"))
        return ""
    if not texts["address"]:
        faults.append(Fault("telephone", "固定电话不能接收短信，请补充手机号或地址。"))
    return plain


def _category(name: str, raw: str, faults: list[Fault]) -> str:
    before = len(faults)
    text = _text(name, raw, faults)
    if len(faults) > before:
        return ""
    if not text:
        faults.append(Fault(name, "类别是空的，请填写；不清楚的请写“不详”。"))
    elif any(sign in text for sign in BETWEEN + EQUALS + MERGED):
        faults.append(Fault(name, "类别中不能有 ; = + 号，例如“60岁+”请写成“60岁以上”。"))
    elif inert(text) != text:
        faults.append(Fault(name, "类别不能以 - 或 @ 开头。"))
    elif PERSONAL_NUMBER.search(text):
        faults.append(Fault(name, "像是电话或证件号码，不能用作类别。"))
    return text
