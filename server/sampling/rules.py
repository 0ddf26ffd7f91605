"""Panels, ways to reach a drawn person, and states. Pure."""

import enum
from collections.abc import Mapping


class Panel(enum.StrEnum):
    """The four panels (样本库) that a sample is drawn from; scoring schemes name them so."""

    DEPUTIES = "deputies"
    OFFICIALS = "officials"
    ENTERPRISES = "enterprises"
    RESIDENTS = "residents"


class Way(enum.StrEnum):
    """How a drawn person's link gets to it."""

    WECHAT = "wechat"
    SMS = "sms"
    LETTER = "letter"


class Standing(enum.StrEnum):
    """A drawn person's part: asked from the start, or a replacement drawn beforehand."""

    MAIN = "main"
    RESERVE = "reserve"
    CALLED_UP = "called_up"
    REPLACED = "replaced"


class Occasion(enum.StrEnum):
    """Why something is sent."""

    INVITATION = "invitation"
    REMINDER = "reminder"


class DispatchState(enum.StrEnum):
    """Where a message or letter stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class LetterState(enum.StrEnum):
    """Where letters made together stand; ``gone``: their files were removed."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    GONE = "gone"


class ImportState(enum.StrEnum):
    """Where a frame's file stands."""

    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


PANEL_LABELS = {
    Panel.DEPUTIES: "两代表一委员",
    Panel.OFFICIALS: "机关干部",
    Panel.ENTERPRISES: "企业代表",
    Panel.RESIDENTS: "普通群众",
}
WAY_LABELS = {Way.WECHAT: "微信消息", Way.SMS: "短信", Way.LETTER: "信函"}
STANDING_LABELS = {
    Standing.MAIN: "样本",
    Standing.RESERVE: "备用样本",
    Standing.CALLED_UP: "已启用的备用样本",
    Standing.REPLACED: "已被替换",
}
IMPORT_STATE_LABELS = {
    ImportState.UPLOADED: "待设置列",
    ImportState.CHECKING: "检查中",
    ImportState.CHECKED: "已检查",
    ImportState.RUNNING: "导入中",
    ImportState.DONE: "已导入",
    ImportState.CANCELLED: "已取消",
    ImportState.FAILED: "未成功",
}
IMPORT_BUSY = frozenset({ImportState.CHECKING, ImportState.RUNNING})

# The fewest drawn persons that may share a cell: of a rating one knows no more than its cell.
LEAST_IN_CELL = 10
MOST_DIMENSIONS = 5
# Who stands in a draw to be asked; a reserve is nobody who was asked.
ASKED = (Standing.MAIN, Standing.CALLED_UP)
# Who was ever to be asked; rates reckon with all of them.
ISSUED = (*ASKED, Standing.REPLACED)

# What parts a cell's name: 区县=东区;年龄=60岁以上. The categories of a merged cell are joined:
# 年龄=46至60岁+60岁以上.
BETWEEN, EQUALS, MERGED = ";", "=", "+"


def cell_name(categories: Mapping[str, str]) -> str:
    """Return a cell's name: dimension=category, the dimensions sorted; "" for no dimension."""
    return BETWEEN.join(f"{name}{EQUALS}{categories[name]}" for name in sorted(categories))


def categories_of(name: str) -> dict[str, str]:
    """Return what ``cell_name`` was made of; raise ValueError for what it never makes."""
    found: dict[str, str] = {}
    for item in name.split(BETWEEN) if name else []:
        dimension, equals, category = item.partition(EQUALS)
        if not dimension or not equals or not category or dimension in found:
            message = f"no cell: {name!r}"
            raise ValueError(message)
        found[dimension] = category
    return found


def cell_label(name: str) -> str:
    """Return a cell's name as people read it: 区县：东区；年龄：46至60岁、60岁以上."""
    parts = [
        f"{dimension}：{category.replace(MERGED, '、')}"
        for dimension, category in categories_of(name).items()
    ]
    return "；".join(parts) or "全体"
