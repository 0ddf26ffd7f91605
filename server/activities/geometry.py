"""Fences on the map: datum, distance, inside or not, and what is wrong with a drawn shape: pure.

A fence is ``{"name", "shape": "circle", "centre": [longitude, latitude], "radius": metres}`` or
``{"name", "shape": "polygon", "corners": [[longitude, latitude], ...]}``, in GCJ-02, the datum of
Chinese maps and of ``wx.getLocation``. Why no library: docs/decisions/0007-coordinates.md.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from server.activities.rules import (
    LARGEST_RADIUS_M,
    MOST_CORNERS,
    MOST_FENCES,
    SMALLEST_RADIUS_M,
)

Point = tuple[float, float]
Fence = Mapping[str, Any]
Fault = dict[str, str]

EARTH_M = 6_371_008.8  # mean radius, IUGG
# Krasovsky 1940, the ellipsoid of GCJ-02.
KRASOVSKY_M = 6_378_245.0
KRASOVSKY_E2 = 0.006_693_421_622_965_943
# Outside this box GCJ-02 equals WGS-84.
WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271
LEAST_CORNERS = 3
LEAST_AREA_M2 = 100


def in_china(longitude: float, latitude: float) -> bool:
    """Tell whether a point lies in the box within which GCJ-02 is shifted."""
    return WEST <= longitude <= EAST and SOUTH <= latitude <= NORTH


def wgs84_to_gcj02(longitude: float, latitude: float) -> Point:
    """Return a WGS-84 point (degrees) in GCJ-02.

    The formula is the published reconstruction of the state's obfuscation (eviltransform, 2013):
    sines in metres, turned into degrees on the Krasovsky ellipsoid. It is exact to under a metre.
    """
    if not in_china(longitude, latitude):
        return longitude, latitude
    east_m, north_m = _shift(longitude - 105.0, latitude - 35.0)
    radians = math.radians(latitude)
    magic = 1 - KRASOVSKY_E2 * math.sin(radians) ** 2
    along = KRASOVSKY_M * (1 - KRASOVSKY_E2) / (magic * math.sqrt(magic))
    across = KRASOVSKY_M / math.sqrt(magic) * math.cos(radians)
    return longitude + math.degrees(east_m / across), latitude + math.degrees(north_m / along)


def _shift(x: float, y: float) -> Point:
    """Return the shift in metres east and north; ``x`` and ``y`` are degrees from 105° E 35° N."""
    wave = 20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)
    root = math.sqrt(abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (wave + _waves(y, 20, 40, 160, 320, 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (wave + _waves(x, 20, 40, 150, 300, 30)) * 2 / 3
    return east, north


def _waves(at: float, first: int, second: int, third: int, fourth: int, slow: int) -> float:
    return (
        first * math.sin(at * math.pi)
        + second * math.sin(at / 3 * math.pi)
        + third * math.sin(at / 12 * math.pi)
        + fourth * math.sin(at / slow * math.pi)
    )


def distance_m(start: Sequence[float], end: Sequence[float]) -> float:
    """Return the great-circle distance in metres (haversine) of two (longitude, latitude)."""
    phi, other = math.radians(start[1]), math.radians(end[1])
    half = math.sin((other - phi) / 2) ** 2
    half += math.cos(phi) * math.cos(other) * math.sin(math.radians(end[0] - start[0]) / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(min(1.0, half)))


def inside(fence: Fence, longitude: float, latitude: float) -> bool:
    """Tell whether a point lies in a fence; its edge belongs to it."""
    here = (longitude, latitude)
    if fence["shape"] == "circle":
        return distance_m(fence["centre"], here) <= float(fence["radius"])
    corners = _flat(fence["corners"], here)
    if any(_distance_to_side(*side) == 0 for side in _sides(corners)):
        return True
    crossings = sum(_crosses_ray(*side) for side in _sides(corners))
    return crossings % 2 == 1


def distance_to_edge_m(fence: Fence, longitude: float, latitude: float) -> float:
    """Return how far a point is from a fence's edge in metres, on whichever side it lies."""
    here = (longitude, latitude)
    if fence["shape"] == "circle":
        return abs(distance_m(fence["centre"], here) - float(fence["radius"]))
    return min(_distance_to_side(*side) for side in _sides(_flat(fence["corners"], here)))


def middle(fence: Fence) -> Point:
    """Return a fence's centre, for a pin on the map: of a polygon, that of its surface."""
    if fence["shape"] == "circle":
        return fence["centre"][0], fence["centre"][1]
    origin = fence["corners"][0]
    corners = _flat(fence["corners"], origin)
    area = _doubled_area(corners)
    if area == 0:
        return origin[0], origin[1]
    x = sum((a[0] + b[0]) * _cross(a, b) for a, b in _sides(corners)) / (3 * area)
    y = sum((a[1] + b[1]) * _cross(a, b) for a, b in _sides(corners)) / (3 * area)
    return origin[0] + x / _metres_per_degree(origin[1]), origin[1] + y / _metres_per_degree(0)


def from_wgs84(fence: Fence) -> dict[str, Any]:
    """Return a fence that was given in WGS-84 in GCJ-02."""
    if fence["shape"] == "circle":
        return {**fence, "centre": list(wgs84_to_gcj02(*fence["centre"]))}
    return {**fence, "corners": [list(wgs84_to_gcj02(*corner)) for corner in fence["corners"]]}


# What is wrong with a drawn shape


def faults_of(fences: Sequence[Fence]) -> list[Fault]:
    """Return what is wrong with an activity's fences, by field, in Chinese."""
    if len(fences) > MOST_FENCES:
        return [_fault("fences", f"最多划定 {MOST_FENCES} 个活动范围。")]
    return [fault for place, fence in enumerate(fences) for fault in _faults(fence, place)]


def _fault(field: str, message: str) -> Fault:
    return {"field": field, "message": message}


def _faults(fence: Fence, place: int) -> list[Fault]:
    name = f"fences.{place}"
    if fence["shape"] == "circle":
        return _circle_faults(fence, name)
    return _polygon_faults(fence, name)


def _circle_faults(fence: Fence, name: str) -> list[Fault]:
    found = []
    if fence.get("centre") is None:
        found.append(_fault(f"{name}.centre", "请在地图上选择圆心。"))
    elif not in_china(*fence["centre"]):
        found.append(_fault(f"{name}.centre", "坐标不在国内，请检查经度和纬度是否填反。"))
    radius = fence.get("radius")
    if radius is None or not SMALLEST_RADIUS_M <= radius <= LARGEST_RADIUS_M:
        message = f"半径为 {SMALLEST_RADIUS_M} 至 {LARGEST_RADIUS_M} 米。"
        found.append(_fault(f"{name}.radius", message))
    return found


def _polygon_faults(fence: Fence, name: str) -> list[Fault]:
    corners = fence.get("corners") or []
    field = f"{name}.corners"
    if not LEAST_CORNERS <= len(corners) <= MOST_CORNERS:
        return [_fault(field, f"多边形要有 {LEAST_CORNERS} 至 {MOST_CORNERS} 个顶点。")]
    for place, corner in enumerate(corners):
        if not in_china(*corner):
            return [_fault(f"{field}.{place}", "坐标不在国内，请检查经度和纬度是否填反。")]
    message = _shape_fault(corners)
    return [_fault(field, message)] if message else []


def _shape_fault(corners: Sequence[Sequence[float]]) -> str | None:
    flat = _flat(corners, corners[0])
    if len(set(map(tuple, corners))) != len(corners):
        return "多边形有重复的顶点，请删除后重试。"
    if max(math.hypot(*corner) for corner in flat) > 2 * LARGEST_RADIUS_M:
        return f"活动范围过大，跨度不能超过 {2 * LARGEST_RADIUS_M // 1000} 公里。"
    if _crosses_itself(flat):
        return "多边形的边互相交叉，请按顺序重新点选顶点。"
    if abs(_doubled_area(flat)) / 2 < LEAST_AREA_M2:
        return f"活动范围过小，面积不能小于 {LEAST_AREA_M2} 平方米。"
    return None


# Plane geometry, in metres around a point: exact enough over some kilometres


def _metres_per_degree(latitude: float) -> float:
    return math.radians(EARTH_M) * math.cos(math.radians(latitude))


def _flat(corners: Sequence[Sequence[float]], origin: Sequence[float]) -> list[Point]:
    across, along = _metres_per_degree(origin[1]), _metres_per_degree(0)
    return [((lon - origin[0]) * across, (lat - origin[1]) * along) for lon, lat in corners]


def _sides(corners: Sequence[Point]) -> list[tuple[Point, Point]]:
    return list(zip(corners, [*corners[1:], corners[0]], strict=True))


def _cross(a: Point, b: Point) -> float:
    return a[0] * b[1] - a[1] * b[0]


def _doubled_area(corners: Sequence[Point]) -> float:
    return sum(_cross(a, b) for a, b in _sides(corners))


def _distance_to_side(a: Point, b: Point) -> float:
    """Return the distance of the origin from the side between two points."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    share = 0.0 if length == 0 else max(0.0, min(1.0, -(a[0] * dx + a[1] * dy) / length))
    return math.hypot(a[0] + share * dx, a[1] + share * dy)


def _crosses_ray(a: Point, b: Point) -> bool:
    """Tell whether a side crosses the ray from the origin to the east."""
    if (a[1] > 0) == (b[1] > 0):
        return False
    return a[0] - a[1] * (b[0] - a[0]) / (b[1] - a[1]) > 0


def _turn(a: Point, b: Point, c: Point) -> float:
    return _cross((b[0] - a[0], b[1] - a[1]), (c[0] - a[0], c[1] - a[1]))


def _between(a: Point, b: Point, c: Point) -> bool:
    """Tell whether ``c``, on the line through ``a`` and ``b``, lies between them."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Tell whether two sides have a point in common."""
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    touching = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(
        turn == 0 and _between(*points) for turn, points in zip(turns, touching, strict=True)
    )


def _crosses_itself(corners: Sequence[Point]) -> bool:
    sides = _sides(corners)
    count = len(sides)
    for first in range(count):
        for second in range(first + 1, count):
            if (second - first) in {1, count - 1}:
                # Neighbours share a corner; they may not fold back onto each other.
                a, b = sides[first]
                c, d = sides[second]
                other = d if b == c else c
                corner = b if b == c else a
                start = a if b == c else b
                if _turn(start, corner, other) == 0 and _folds(start, corner, other):
                    return True
            elif _meet(*sides[first], *sides[second]):
                return True
    return False


def _folds(start: Point, corner: Point, end: Point) -> bool:
    """Tell whether the way from ``start`` over ``corner`` goes back the way it came."""
    there = (corner[0] - start[0], corner[1] - start[1])
    back = (end[0] - corner[0], end[1] - corner[1])
    return there[0] * back[0] + there[1] * back[1] < 0
