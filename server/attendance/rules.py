"""What evidence is worth, why it is doubted, and when it suffices: pure (see docs/check-in.md)."""

import enum
from datetime import timedelta


class Phase(enum.StrEnum):
    """Coming or going."""

    IN = "in"
    OUT = "out"


class Outcome(enum.StrEnum):
    """What a piece of evidence is worth. A doubtful one is a question, not a verdict."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    REJECTED = "rejected"


class Doubt(enum.StrEnum):
    """Why evidence is put to the organiser."""

    LATE = "late"
    FROM_FUTURE = "from_future"
    CLOCK_WRONG = "clock_wrong"
    OUTSIDE_TIMES = "outside_times"
    NOT_JOINED = "not_joined"
    EDGE_OF_PLACE = "edge_of_place"
    JUDGED_BY_PHONE = "judged_by_phone"


DOUBT_LABELS = {
    Doubt.LATE: "活动码超过 60 秒后才送达",
    Doubt.FROM_FUTURE: "活动码的时间晚于现在",
    Doubt.CLOCK_WRONG: "两部手机的时钟相差过大",
    Doubt.OUTSIDE_TIMES: "不在活动时间内",
    Doubt.NOT_JOINED: "没有报名",
    Doubt.EDGE_OF_PLACE: "定位误差较大，可能在活动地点内",
    Doubt.JUDGED_BY_PHONE: "没有网络时由手机自行判断",
}


class Presence(enum.StrEnum):
    """Where a person stands: evidence gathered but not enough, a question, there, not there."""

    INCOMPLETE = "incomplete"
    QUESTION = "question"
    PRESENT = "present"
    ABSENT = "absent"


STEP_SECONDS = 15
CODE_LIFE = timedelta(seconds=60)
CLOCK_TOLERANCE = timedelta(seconds=15)
CLOCKS_APART = timedelta(hours=1)
COARSE_M = 100
