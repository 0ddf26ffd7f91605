"""Whether a position lies in an activity's fences: worked out, and forgotten with the request."""

import enum
from collections.abc import Sequence

from server.activities import geometry
from server.attendance.rules import WIDEST_ACCURACY_M


class Where(enum.Enum):
    """All that is known of a position from here on."""

    INSIDE = enum.auto()
    EDGE = enum.auto()
    OUTSIDE = enum.auto()


def judge(
    fences: Sequence[geometry.Fence], longitude: float, latitude: float, accuracy: float
) -> Where:
    """Tell whether a point lies in one of the fences, or could within the phone's accuracy.

    Degrees in GCJ-02, accuracy in metres.
    """
    if any(geometry.inside(fence, longitude, latitude) for fence in fences):
        return Where.INSIDE
    reach = min(accuracy, WIDEST_ACCURACY_M)
    if any(geometry.distance_to_edge_m(fence, longitude, latitude) <= reach for fence in fences):
        return Where.EDGE
    return Where.OUTSIDE
