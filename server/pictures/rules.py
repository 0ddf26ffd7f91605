"""What a picture is for, and how far its check has come."""

import enum


class Purpose(enum.StrEnum):
    """What a picture is uploaded for."""

    ACTIVITY = "activity"
    CHECK_IN = "check_in"
    FRONTLINE = "frontline"
    CASE = "case"


class PictureState(enum.StrEnum):
    """How far the content check is. Only PASSED is shown to others than its uploader."""

    WAITING = "waiting"
    ASKED = "asked"
    PASSED = "passed"
    HELD = "held"
