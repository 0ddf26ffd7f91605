"""Datum, distance, inside or not, and shapes that can't be fences."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.activities import geometry
from server.activities.geometry import (
    distance_m,
    distance_to_edge_m,
    faults_of,
    from_wgs84,
    in_china,
    inside,
    middle,
    wgs84_to_gcj02,
)

Fence = dict[str, Any]
LONGITUDES = st.floats(74, 134)
LATITUDES = st.floats(4, 53)
HERE = (120.16, 30.27)
# By two published implementations (eviltransform 0.1.1, prcoords 1.0.2), which agree to 2 cm.
KNOWN = [
    ("天安门", (116.3975, 39.9087), (116.4037437, 39.9101035)),
    ("杭州", (120.1551, 30.2741), (120.1597946, 30.2717712)),
    ("乌鲁木齐", (87.6168, 43.8256), (87.6196500, 43.8268054)),
    ("广州塔", (113.3191, 23.1090), (113.3245104, 23.1063889)),
    ("拉萨", (91.1175, 29.6475), (91.1190601, 29.6447920)),
]


def circle(radius: float = 200, centre: tuple[float, float] = HERE) -> Fence:
    return {"name": "", "shape": "circle", "centre": list(centre), "radius": radius}


def polygon(*corners: tuple[float, float]) -> Fence:
    return {"name": "", "shape": "polygon", "corners": [list(corner) for corner in corners]}


def around(*metres: tuple[float, float]) -> Fence:
    """Return a polygon with corners at metres east and north of HERE."""
    return polygon(*(at(*one) for one in metres))


def at(east: float, north: float) -> tuple[float, float]:
    degree = math.radians(geometry.EARTH_M)
    return (
        HERE[0] + east / (degree * math.cos(math.radians(HERE[1]))),
        HERE[1] + north / degree,
    )


SQUARE = around((0, 0), (100, 0), (100, 100), (0, 100))


@pytest.mark.parametrize(("name", "wgs84", "gcj02"), KNOWN)
def test_known_points_are_converted_to_within_five_centimetres(
    name: str, wgs84: tuple[float, float], gcj02: tuple[float, float]
) -> None:
    assert distance_m(wgs84_to_gcj02(*wgs84), gcj02) < 0.05, name


@given(LONGITUDES, LATITUDES)
def test_the_shift_within_china_is_between_a_hundred_and_a_thousand_metres(
    longitude: float, latitude: float
) -> None:
    shifted = wgs84_to_gcj02(longitude, latitude)
    assert 50 < distance_m((longitude, latitude), shifted) < 1000


def test_abroad_both_datums_are_one() -> None:
    assert wgs84_to_gcj02(2.3522, 48.8566) == (2.3522, 48.8566)
    assert not in_china(2.3522, 48.8566)


def test_a_degree_of_latitude_is_a_hundred_and_eleven_kilometres() -> None:
    assert distance_m((120, 30), (120, 31)) == pytest.approx(111_195, abs=1)
    assert distance_m((120, 0), (121, 0)) == pytest.approx(111_195, abs=1)


@given(LONGITUDES, LATITUDES, LONGITUDES, LATITUDES)
def test_distance_is_the_same_both_ways_and_nothing_to_oneself(
    east: float, north: float, other_east: float, other_north: float
) -> None:
    there = distance_m((east, north), (other_east, other_north))
    assert there == pytest.approx(distance_m((other_east, other_north), (east, north)))
    assert distance_m((east, north), (east, north)) == 0


def test_a_circle_holds_what_is_within_its_radius() -> None:
    assert inside(circle(200), *at(199, 0))
    assert not inside(circle(200), *at(0, 201))
    assert distance_to_edge_m(circle(200), *HERE) == pytest.approx(200)
    assert distance_to_edge_m(circle(200), *at(250, 0)) == pytest.approx(50, abs=0.1)


def test_a_polygon_holds_its_surface_and_its_edge() -> None:
    assert inside(SQUARE, *at(50, 50))
    assert inside(SQUARE, *SQUARE["corners"][0])
    assert not inside(SQUARE, *at(101, 50))
    assert not inside(SQUARE, *at(50, -1))
    assert distance_to_edge_m(SQUARE, *at(50, 50)) == pytest.approx(50, abs=0.1)
    assert distance_to_edge_m(SQUARE, *at(130, 140)) == pytest.approx(50, abs=0.1)


def test_a_hollow_of_a_polygon_is_outside() -> None:
    horseshoe = around((0, 0), (90, 0), (90, 90), (60, 90), (60, 30), (30, 30), (30, 90), (0, 90))
    assert inside(horseshoe, *at(15, 60))
    assert not inside(horseshoe, *at(45, 60))
    assert faults_of([horseshoe]) == []


@given(
    st.floats(50, 5000),
    st.lists(st.floats(0.3, 1.0), min_size=3, max_size=40),
    st.floats(-1.2, 1.2),
    st.floats(-1.2, 1.2),
)
def test_a_star_shaped_polygon_is_a_fence_and_holds_its_heart(
    size: float, spokes: list[float], east: float, north: float
) -> None:
    corners = [
        at(
            size * spoke * math.cos(2 * math.pi * place / len(spokes)),
            size * spoke * math.sin(2 * math.pi * place / len(spokes)),
        )
        for place, spoke in enumerate(spokes)
    ]
    fence = polygon(*corners)
    assert faults_of([fence]) == []
    assert inside(fence, *HERE)
    point = at(size * east, size * north)
    if math.hypot(east, north) > 1.01:
        assert not inside(fence, *point)
    assert inside(polygon(*reversed(corners)), *point) == inside(fence, *point)
    assert distance_to_edge_m(fence, *point) >= 0


def test_the_pin_of_a_fence_is_its_middle() -> None:
    assert middle(circle()) == HERE
    assert distance_m(middle(SQUARE), at(50, 50)) < 0.1


@given(LONGITUDES, LATITUDES)
def test_a_fence_in_wgs84_moves_with_its_points(longitude: float, latitude: float) -> None:
    drawn = circle(centre=(longitude, latitude))
    moved = from_wgs84(drawn)
    assert inside(moved, *wgs84_to_gcj02(longitude, latitude))
    assert moved["radius"] == drawn["radius"]
    square = from_wgs84(SQUARE)
    assert square["corners"][2] == list(wgs84_to_gcj02(*SQUARE["corners"][2]))


@pytest.mark.parametrize(
    ("fence", "field", "message"),
    [
        (circle(19), "fences.0.radius", "半径"),
        (circle(20_001), "fences.0.radius", "半径"),
        ({"shape": "circle", "radius": 50}, "fences.0.centre", "圆心"),
        ({"shape": "circle", "centre": list(HERE)}, "fences.0.radius", "半径"),
        (circle(centre=(30.27, 120.16)), "fences.0.centre", "填反"),
        ({"shape": "polygon"}, "fences.0.corners", "顶点"),
        (around((0, 0), (100, 0)), "fences.0.corners", "顶点"),
        (around(*((one, one * one) for one in range(61))), "fences.0.corners", "顶点"),
        (around((0, 0), (100, 100), (100, 0), (0, 100)), "fences.0.corners", "交叉"),
        (around((0, 0), (100, 0), (100, 90), (50, 0), (0, 90)), "fences.0.corners", "交叉"),
        (around((0, 0), (100, 0), (0, 0), (0, 100)), "fences.0.corners", "重复"),
        (around((0, 0), (100, 0), (50, 0.1)), "fences.0.corners", "过小"),
        (around((0, 0), (50_000, 0), (0, 50_000)), "fences.0.corners", "过大"),
        (polygon(HERE, (30.27, 120.16), (0, 0)), "fences.0.corners.1", "填反"),
    ],
)
def test_a_shape_that_is_no_fence_is_named(fence: Fence, field: str, message: str) -> None:
    (fault,) = faults_of([fence])
    assert fault["field"] == field
    assert message in fault["message"]


def test_a_side_that_folds_back_is_a_crossing() -> None:
    spike = polygon((120.0, 30.0), (120.002, 30.0), (120.001, 30.0), (120.0, 30.001))
    (fault,) = faults_of([spike])
    assert "交叉" in fault["message"]


def test_more_than_ten_fences_are_too_many() -> None:
    (fault,) = faults_of([circle()] * 11)
    assert fault["field"] == "fences"
