"""The map's script converts datums as the server does: it runs in Node, on the same points."""

import json
import subprocess
import sys
from pathlib import Path

from server.activities.geometry import distance_m, wgs84_to_gcj02
from server.console.assets import STATIC
from tests.activities.test_geometry import KNOWN

NODE = Path(sys.executable).with_name("node")
SCRIPT = """
import { readFileSync } from "node:fs";
const { convert } = await import(process.argv[1]);
const points = JSON.parse(readFileSync(0, "utf8"));
const shifted = points.map((point) => convert(point, "wgs84", "gcj02"));
const back = shifted.map((point) => convert(point, "gcj02", "wgs84"));
const same = points.map((point) => convert(point, "wgs84", "wgs84"));
console.log(JSON.stringify({ shifted, back, same }));
"""
MILLIMETRE = 0.001
Point = tuple[float, float]


def converted(points: list[Point]) -> dict[str, list[Point]]:
    answer = subprocess.run(
        [NODE, "--input-type=module", "--eval", SCRIPT, (STATIC / "datum.js").as_uri()],
        input=json.dumps(points),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: dict[str, list[Point]] = json.loads(answer.stdout)
    return found


def test_the_script_converts_the_known_points() -> None:
    shifted = converted([wgs84 for _, wgs84, _ in KNOWN])["shifted"]
    for (name, _, gcj02), point in zip(KNOWN, shifted, strict=True):
        assert distance_m(point, gcj02) < 0.05, name


def test_the_script_and_the_server_agree_and_lead_back() -> None:
    points = [(74 + 2.53 * east, 4 + 2.17 * north) for east in range(24) for north in range(23)]
    # Abroad, and on the edge of the box within which the shift applies.
    points += [(2.3522, 48.8566), (72.004, 0.8293), (137.8347, 55.8271), (105.0, 35.0)]
    found = converted(points)
    for here, shifted, back, same in zip(
        points, found["shifted"], found["back"], found["same"], strict=True
    ):
        assert distance_m(shifted, wgs84_to_gcj02(*here)) < MILLIMETRE, here
        assert tuple(same) == here
        if 75 < here[0] < 133 and 5 < here[1] < 52:
            assert distance_m(back, here) < MILLIMETRE, here
