"""The settings there are, their defaults and what each may be."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from server.settings.thresholds import (
    FINDING_CHANCE,
    LEAST_CHANCE,
    MOST_CHANCE,
    THRESHOLDS,
    Threshold,
)

SMALLEST_GROUP = "smallest_group"
LEVEL_SCORES = "level_scores"
PUBLISH_AT_CLOSE = "publish_at_close"
OFFICE_NAME = "office_name"
OFFICE_PHONE = "office_phone"
REMINDER_ROUNDS = "reminder_rounds"
FRAME_DAYS = "frame_days"
CONTACT_DAYS = "contact_days"
MAP_TILES_URL = "map_tiles_url"
MAP_DATUM = "map_datum"
MAP_ATTRIBUTION = "map_attribution"
APPEAL_DAYS = "appeal_days"
QUIET_HOURS = "quiet_hours"

LEAST_GROUP = 10
# More would withhold every department of a city, and the setting only rises.
MOST_GROUP = 100
# More would be pestering.
MOST_REMINDER_ROUNDS = 5
MOST_FRAME_DAYS = 730
HIGHEST_SCORE = Decimal(100)
LONGEST_TILES = 1000
MOST_TILE_LAYERS = 3
MOST_SUBDOMAINS = 10
# What an address of tiles names: the zoom and the tile's place.
TILE_PARTS = ("{z}", "{x}", "{y}")
# A list of subdomains stands in the host, in braces: https://t{0,1,2}.example.cn/
SUBDOMAINS = re.compile(r"\{([0-9a-z]+(?:,[0-9a-z]+)*)\}")
# Two times of the day, such as 21:30-08:00.
HOURS = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]")
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]{1,5})?")
# The coordinates that a map's tiles are drawn in: WGS-84 (天地图 among others) or GCJ-02.
DATUMS = {"wgs84": "WGS-84", "gcj02": "GCJ-02"}


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


def _yes_or_no(value: Any, _current: Any) -> str:
    text = str(value).strip()
    if text not in {"是", "否"}:
        message = "请填写“是”或“否”。"
        raise SettingRefusedError(message)
    return text


def _reminder_rounds(value: Any, _current: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError) as error:
        message = "请填写整数。"
        raise SettingRefusedError(message) from error
    if not 0 <= number <= MOST_REMINDER_ROUNDS:
        message = f"请填写 0 到 {MOST_REMINDER_ROUNDS}。"
        raise SettingRefusedError(message)
    return number


def _frame_days(value: Any, _current: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError) as error:
        message = "请填写整数。"
        raise SettingRefusedError(message) from error
    if not 1 <= number <= MOST_FRAME_DAYS:
        message = f"请填写 1 到 {MOST_FRAME_DAYS}。"
        raise SettingRefusedError(message)
    return number


def _short_text(value: Any, _current: Any) -> str:
    text = str(value).strip()
    if len(text) > 60:  # noqa: PLR2004 fits the pages' footer
        message = "最多 60 个字。"
        raise SettingRefusedError(message)
    return text


def _quiet_hours(value: Any, _current: Any) -> str:
    text = str(value).strip().replace("：", ":").replace("–", "-").replace("—", "-")
    begin, _, end = text.partition("-")
    if text and (not HOURS.fullmatch(text) or begin == end):
        message = "请按 21:30-08:00 的样子填写起止时间，不设免打扰时请留空。"
        raise SettingRefusedError(message)
    return text


@dataclass(frozen=True)
class TileLayer:
    """A layer of map tiles: its address with ``{s}`` for a subdomain, and the subdomains."""

    url: str
    subdomains: tuple[str, ...]

    @property
    def origins(self) -> tuple[str, ...]:
        """Return where the tiles come from, as a content policy names it."""
        host = urlsplit(self.url).netloc
        return tuple(f"https://{host.replace('{s}', name)}" for name in self.subdomains or ("",))


def tile_layers(text: str) -> list[TileLayer]:
    """Read the addresses of tiles, parted by blanks: the lowest layer first.

    Raises SettingRefusedError where one is none, is not https, or lacks zoom or place.
    """
    addresses = text.split()
    if len(addresses) > MOST_TILE_LAYERS:
        message = f"最多 {MOST_TILE_LAYERS} 个图层。"
        raise SettingRefusedError(message)
    return [_tile_layer(address) for address in addresses]


def _tile_layer(address: str) -> TileLayer:
    if not address.startswith("https://"):
        message = "瓦片地址须以 https:// 开头。"
        raise SettingRefusedError(message)
    if not all(part in address for part in TILE_PARTS):
        message = "瓦片地址须含 {z}、{x}、{y}。"
        raise SettingRefusedError(message)
    host = address.removeprefix("https://").partition("/")[0]
    found = SUBDOMAINS.findall(host)
    subdomains = tuple(found[0].split(",")) if len(found) == 1 else ()
    plain = SUBDOMAINS.sub(subdomains[0] if subdomains else "", host)
    if len(found) > 1 or len(subdomains) > MOST_SUBDOMAINS or not HOST.fullmatch(plain):
        message = "瓦片地址中的主机名不正确；多个子域写成 t{0,1,2}.example.cn 的样子。"
        raise SettingRefusedError(message)
    # What else stands in braces would be filled in by the page, or stop the map.
    rest = address.removeprefix(f"https://{host}")
    for part in TILE_PARTS:
        rest = rest.replace(part, "")
    if re.search(r"[{}\"'<>\\]", rest):
        message = "瓦片地址中只能有 {z}、{x}、{y} 三个占位符。"
        raise SettingRefusedError(message)
    url = address.replace(host, SUBDOMAINS.sub("{s}", host), 1)
    return TileLayer(url, subdomains)


def _tiles_url(value: Any, _current: Any) -> str:
    text = " ".join(str(value).split())
    if len(text) > LONGEST_TILES:
        message = f"最多 {LONGEST_TILES} 个字符。"
        raise SettingRefusedError(message)
    tile_layers(text)
    return text


def _datum(value: Any, _current: Any) -> str:
    text = str(value).strip().lower().replace("-", "")
    if text not in DATUMS:
        message = "请填写 wgs84 或 gcj02。"
        raise SettingRefusedError(message)
    return text


def _chance(value: Any, _current: Any) -> str:
    try:
        chance = Decimal(str(value).strip())
    except InvalidOperation as error:
        message = "请填写小数，例如 0.001。"
        raise SettingRefusedError(message) from error
    if not chance.is_finite() or not Decimal(LEAST_CHANCE) <= chance <= Decimal(MOST_CHANCE):
        message = f"请填写 {LEAST_CHANCE} 至 {MOST_CHANCE} 之间的小数。"
        raise SettingRefusedError(message)
    return format(chance.normalize(), "f")


def _threshold(threshold: Threshold) -> Setting:
    def check(value: Any, _current: Any) -> int:
        text = str(value).strip()
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1  # noqa: PLR2004 no bound has so many digits
        if not threshold.least <= number <= threshold.most:
            message = f"请填写 {threshold.least} 至 {threshold.most} 之间的整数。"
            raise SettingRefusedError(message)
        return number

    return Setting(threshold.key, threshold.label, threshold.default, threshold.help, check)


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
            PUBLISH_AT_CLOSE,
            "结束后自动公布",
            "是",
            "填“是”：活动结束并汇总后，各渠道结果自动公布为第 1 版；填“否”：须由评价办公布。"
            "分数和以后各版都由评价办公布。",
            _yes_or_no,
        ),
        Setting(
            OFFICE_NAME, "评价办名称", "市群众评价办公室", "显示在公开页面的页脚。", _short_text
        ),
        Setting(OFFICE_PHONE, "联系电话", "12345", "群众有疑问时拨打的电话。", _short_text),
        Setting(
            REMINDER_ROUNDS,
            "抽样调查催答轮数",
            2,
            "对没有作答的样本最多催答几轮，每轮至少相隔 3 天；0 为不催答。",
            _reminder_rounds,
        ),
        Setting(
            FRAME_DAYS,
            "样本库人员信息保留天数",
            90,
            "从样本库抽样的活动都完成汇总这么多天之后，自动清除其中的姓名、电话和地址，只留编号和类别。",
            _frame_days,
        ),
        Setting(
            QUIET_HOURS,
            "消息免打扰时段",
            "21:30-08:00",
            "这段时间不发微信消息和调查短信，到点后再发，不会丢失；活动取消和变更除外。留空则随时发送。",
            _quiet_hours,
        ),
        Setting(
            CONTACT_DAYS,
            "回访联系方式保留天数",
            30,
            "评价活动汇总、差评件销号都过了这么多天之后，自动清除评价人留下的姓名和电话。",
            _frame_days,
        ),
        Setting(
            MAP_TILES_URL,
            "地图瓦片地址",
            "",
            "后台活动地图的底图，须为 https 并含 {z}、{x}、{y}；多个子域写成 t{0,1,2}.example.cn，"
            "多个图层用空格分开。留空则不加载底图。浏览器会直接向该地址取图。",
            _tiles_url,
        ),
        Setting(
            MAP_DATUM,
            "地图瓦片坐标系",
            "wgs84",
            "底图所用的坐标系：wgs84（天地图等）或 gcj02（国内多数商业地图）。"
            "填错会使位置偏移数百米。",
            _datum,
        ),
        Setting(
            MAP_ATTRIBUTION,
            "地图版权说明",
            "",
            "显示在地图右下角，按底图提供方的要求填写，例如审图号。",
            _short_text,
        ),
        Setting(
            FINDING_CHANCE,
            "异常线索：误报概率",
            "0.001",
            "一次活动中没有任何异常时，仍然出现线索的概率上限；越小线索越少。",
            _chance,
        ),
        _threshold(
            Threshold(
                APPEAL_DAYS,
                "申诉裁定时限（工作日）",
                10,
                1,
                60,
                "部门对一份评价提出申诉后，裁定人员应在多少个工作日内裁定；超期会标明并提醒。",
            )
        ),
        *map(_threshold, THRESHOLDS),
    )
}
