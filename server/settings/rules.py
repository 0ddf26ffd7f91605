"""The settings there are, their defaults and what each may be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

SMALLEST_GROUP = "smallest_group"
LEVEL_SCORES = "level_scores"
OFFICE_NAME = "office_name"
OFFICE_PHONE = "office_phone"

LEAST_GROUP = 10
# More would withhold every department of a city, and the setting only rises.
MOST_GROUP = 100
HIGHEST_SCORE = Decimal(100)


class SettingRefusedError(ValueError):
    """The value can't be taken; the text is Chinese and shown."""


@dataclass(frozen=True)
class Setting:
    """A setting: its label, default, an explanation, and the check a new value must pass."""

    key: str
    label: str
    default: Any
    help: str
    check: Callable[[Any, Any], Any]


def _smallest_group(value: Any, current: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError) as error:
        message = "请填写整数。"
        raise SettingRefusedError(message) from error
    if number < max(LEAST_GROUP, int(current)):
        message = f"最小公布人数只能提高，不能低于 {max(LEAST_GROUP, int(current))}。"
        raise SettingRefusedError(message)
    if number > MOST_GROUP:
        message = f"最小公布人数不能超过 {MOST_GROUP}。"
        raise SettingRefusedError(message)
    return number


def _level_scores(value: Any, _current: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or set(value) != {"5", "4", "3", "2", "1"}:
        message = "请为五个等级各填写一个分值。"
        raise SettingRefusedError(message)
    try:
        scores = [Decimal(str(value[level])) for level in "54321"]
    except InvalidOperation as error:
        message = "分值须为数字。"
        raise SettingRefusedError(message) from error
    if any(not score.is_finite() for score in scores):
        message = "分值须为数字。"
        raise SettingRefusedError(message)
    if scores[0] != HIGHEST_SCORE or scores[-1] != 0:
        message = "非常满意须为 100 分，非常不满意须为 0 分。"
        raise SettingRefusedError(message)
    if any(higher < lower for higher, lower in pairwise(scores)):
        message = "等级越高，分值不能越低。"
        raise SettingRefusedError(message)
    return {level: str(score) for level, score in zip("54321", scores, strict=True)}


def _short_text(value: Any, _current: Any) -> str:
    text = str(value).strip()
    if len(text) > 60:  # noqa: PLR2004 fits the pages' footer
        message = "最多 60 个字。"
        raise SettingRefusedError(message)
    return text


SETTINGS = {
    setting.key: setting
    for setting in (
        Setting(
            SMALLEST_GROUP,
            "最小公布人数",
            LEAST_GROUP,
            "同一部门、同一渠道的评价人数少于此数时不公布结果，只能提高。",
            _smallest_group,
        ),
        Setting(
            LEVEL_SCORES,
            "等级分值",
            {"5": "100", "4": "80", "3": "60", "2": "30", "1": "0"},
            "五个等级换算成百分制的分值，用于之后结束的活动。",
            _level_scores,
        ),
        Setting(
            OFFICE_NAME, "评价办名称", "市群众评价办公室", "显示在公开页面的页脚。", _short_text
        ),
        Setting(OFFICE_PHONE, "联系电话", "12345", "群众有疑问时拨打的电话。", _short_text),
    )
}
