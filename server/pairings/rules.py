"""Who may be paired, and when two periods meet. Pure."""

from datetime import date

from server.campaigns.rules import Channel
from server.identity.rules import OrganisationKind

# Who signs a rating, and the channel in which it then stands.
SIGNING_CHANNELS = {
    OrganisationKind.COMMUNITY: Channel.COMMUNITY,
    OrganisationKind.VILLAGE: Channel.VILLAGE,
}
LONGEST_NOTE = 200

RUNNING = "running"
COMING = "coming"
OVER = "over"
STATE_LABELS = {RUNNING: "结对中", COMING: "未开始", OVER: "已结束"}


def holds(starts_on: date, ends_on: date | None, on: date) -> bool:
    """Tell whether a period holds on a day; both its days belong to it."""
    return starts_on <= on and (ends_on is None or on <= ends_on)


def overlap(
    starts_on: date, ends_on: date | None, other_start: date, other_end: date | None
) -> bool:
    """Tell whether two periods share a day."""
    return (other_end is None or starts_on <= other_end) and (
        ends_on is None or other_start <= ends_on
    )


def state_of(starts_on: date, ends_on: date | None, today: date) -> str:
    """Return whether a pairing runs, is still to come, or is over."""
    if today < starts_on:
        return COMING
    return RUNNING if holds(starts_on, ends_on, today) else OVER
