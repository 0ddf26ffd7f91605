"""What the form of an activity holds, with days that lie ahead."""

from datetime import timedelta

from server.activities.rules import Quarter
from server.core import clock

DAY = (clock.today() + timedelta(days=20)).isoformat()
THE_DAY_BEFORE = (clock.today() + timedelta(days=19)).isoformat()
FORM = {
    "title": "社区义诊",
    "kind": "frontline",
    "place": "望江社区",
    "starts_at": f"{DAY}T09:00",
    "ends_at": f"{DAY}T11:00",
    "join_until": f"{THE_DAY_BEFORE}T18:00",
    "capacity": "30",
    "audience": "everyone",
    "evidence": ["code", "organiser"],
    "evidence_needed": "1",
    "datum": "gcj02",
}
AROUND = {
    "fence_name": ["广场", "操场"],
    "fence_shape": ["circle", "polygon"],
    "fence_points": [
        "120.153576,30.287459",
        "120.150,30.280\n120.152，30.280\n120.152,30.282",
    ],
    "fence_radius": ["150", ""],
}


def created(answer_location: str) -> int:
    return int(answer_location.rpartition("/")[2])


def last_quarter() -> Quarter:
    today = Quarter.of(clock.today())
    return Quarter.of(clock.local_date(today.starts_at - timedelta(days=1)))
