"""States of a quarter's edition: pure."""

import enum


class EditionState(enum.StrEnum):
    """Where an edition stands."""

    FROZEN = "frozen"
    APPROVED = "approved"
    PUBLISHED = "published"
    DROPPED = "dropped"
