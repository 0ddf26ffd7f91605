"""Several fences as form fields: a name, a shape, its points as lines, a radius.

The same fields serve with the map and without it: what is typed here is what is saved.
"""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

from marshmallow import fields

from server.activities.geometry import from_wgs84
from server.console.forms import FormSchema
from server.core.errors import InvalidInput
from server.core.schemas import choice, length
from server.core.text import CleanText
from server.settings.rules import DATUMS

CIRCLE, POLYGON = "circle", "polygon"
SHAPES = [(CIRCLE, "圆形"), (POLYGON, "多边形")]
DATUM_CHOICES = [
    ("gcj02", "GCJ-02（国内地图、微信）"),
    ("wgs84", "WGS-84（GPS、天地图），保存时自动换算"),
]
WHOLE_EARTH = (180.0, 90.0)
LONGEST_NAME = 40
LONGEST_POINTS = 4000

COLUMNS = ("fence_name", "fence_shape", "fence_points", "fence_radius")


class FencesSchema(FormSchema):
    """What a form sends of fences; ``fences`` is the name under which their faults are told."""

    fence_name = fields.List(CleanText(validate=length(LONGEST_NAME)), load_default=list)
    fence_shape = fields.List(fields.String(validate=choice(CIRCLE, POLYGON)), load_default=list)
    fence_points = fields.List(CleanText(validate=length(LONGEST_POINTS)), load_default=list)
    fence_radius = fields.List(CleanText(validate=length(10)), load_default=list)
    datum = fields.String(load_default="gcj02", validate=choice(*DATUMS))
    fences = fields.Raw(load_default=None)


def shown(fences: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the fields' values of stored fences."""
    rows = list(fences)
    return {
        "fence_name": [fence.get("name", "") for fence in rows],
        "fence_shape": [fence["shape"] for fence in rows],
        "fence_points": ["\n".join(map(_typed, _points(fence))) for fence in rows],
        "fence_radius": [str(fence.get("radius", "")) for fence in rows],
        "datum": "gcj02",
    }


def _points(fence: dict[str, Any]) -> list[Sequence[float]]:
    return [fence["centre"]] if fence["shape"] == CIRCLE else fence["corners"]


def _typed(point: Sequence[float]) -> str:
    return f"{point[0]:.6f},{point[1]:.6f}"


def rows_of(values: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return the rows as typed, to be shown again: name, shape, points, radius."""
    columns = [values.get(name) or [] for name in COLUMNS]
    return list(zip_longest(*columns, fillvalue=""))


def tidied(values: dict[str, Any]) -> dict[str, Any]:
    """Return the columns without blank rows, so that a fault's number is that of a shown row."""
    rows = [row for row in rows_of(values) if row[0] or row[2]]
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return {name: list(column) for name, column in zip(COLUMNS, columns, strict=True)}


def faults_of_rows(errors: dict[str, str]) -> dict[int, str]:
    """Return what is wrong with each row, from errors such as ``fences.2.radius``."""
    found: dict[int, str] = {}
    for field, message in errors.items():
        name, _, rest = field.partition(".")
        place = rest.partition(".")[0]
        if name == "fences" and place.isdecimal():
            found.setdefault(int(place), message)
    return found


def read(
    fence_name: list[str],
    fence_shape: list[str],
    fence_points: list[str],
    fence_radius: list[str],
    datum: str,
) -> list[dict[str, Any]]:
    """Return the fences in GCJ-02; faults name their row."""
    found: list[dict[str, Any]] = []
    faults: list[dict[str, str]] = []
    columns = (fence_name, fence_shape, fence_points, fence_radius)
    for place, (name, shape, points, radius) in enumerate(zip_longest(*columns, fillvalue="")):
        try:
            found.append(_fence(name, shape, points, radius))
        except ValueError as error:
            faults.append({"field": f"fences.{place}", "message": str(error)})
    if faults:
        raise InvalidInput(faults)
    return [from_wgs84(fence) for fence in found] if datum == "wgs84" else found


def _fence(name: str, shape: str, points: str, radius: str) -> dict[str, Any]:
    places = [_point(line) for line in _lines(points)]
    if not places:
        message = "请填写坐标，或在地图上点选。"
        raise ValueError(message)
    if shape == POLYGON:
        return {"name": name, "shape": POLYGON, "corners": places}
    if len(places) > 1:
        message = "圆形只有一个中心点，请只填写一行坐标，或改为多边形。"
        raise ValueError(message)
    return {"name": name, "shape": CIRCLE, "centre": places[0], "radius": _radius(radius)}


def _lines(text: str) -> list[str]:
    parted = text.replace("；", "\n").replace(";", "\n")
    return [line.strip() for line in parted.splitlines() if line.strip()]


def _point(line: str) -> list[float]:
    parts = line.replace("，", ",").replace(" ", ",").split(",")
    try:
        longitude, latitude = (float(part) for part in parts if part)
    except ValueError:
        longitude = latitude = float("nan")
    # NaN is in no range, nor is infinity.
    if not (abs(longitude) <= WHOLE_EARTH[0] and abs(latitude) <= WHOLE_EARTH[1]):
        message = f"坐标“{line[:30]}”无法识别，请按“经度,纬度”填写，每行一个点。"
        raise ValueError(message)
    return [longitude, latitude]


def _radius(text: str) -> int:
    try:
        return round(float(text))
    except (ValueError, OverflowError) as error:
        message = "请填写半径（米）。"
        raise ValueError(message) from error
