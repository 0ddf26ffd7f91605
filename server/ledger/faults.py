"""What can be wrong with a log, in words, and where rows part from the tree. Pure.

Used by the checker of the log's own tables and by the stand-alone command alike.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass

# So many places that differ are looked at closely; who changes more is found all the same.
MOST_COMPARED = 10_000
MOST_NAMED = 50


class Kind(enum.StrEnum):
    """What is wrong."""

    ALTERED = "altered"
    DELETED = "deleted"
    ADDED = "added"
    REORDERED = "reordered"
    TILE = "tile"
    HEAD = "head"
    SIGNATURE = "signature"
    FORK = "fork"
    SHRUNK = "shrunk"
    TALLY = "tally"
    MISSING = "missing"


@dataclass(frozen=True)
class Fault:
    """Something that is wrong; ``text`` is a Chinese sentence."""

    kind: Kind
    text: str

    def __str__(self) -> str:
        """Return the sentence."""
        return self.text


class Comparison:
    """Leaves as they are held, against the hashes that the tree was made of, place by place."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._places: dict[int, tuple[bytes | None, bytes | None]] = {}
        self._more = False

    def see(self, index: int, held: bytes | None, signed: bytes | None) -> None:
        """Compare the hash of what is held at a place with the one in the tree; None for none."""
        if held == signed:
            return
        if len(self._places) < MOST_COMPARED:
            self._places[index] = (held, signed)
        else:
            self._more = True

    def faults(self) -> Iterator[Fault]:
        """Name what was altered, deleted, added and reordered."""
        of_signed = {signed: place for place, (_, signed) in self._places.items() if signed}
        of_held = {held: place for place, (held, _) in self._places.items() if held}
        moved: list[tuple[int, int]] = []
        named = 0
        for place, (held, signed) in sorted(self._places.items()):
            gone = signed is not None and signed not in of_held
            strange = held is not None and held not in of_signed
            if held is not None and not strange:
                moved.append((place, of_signed[held]))
            fault = _fault(place, gone=gone, strange=strange)
            if fault:
                named += 1
                if named <= MOST_NAMED:
                    yield fault
        if named > MOST_NAMED:
            text = f"另有 {named - MOST_NAMED} 处条目与日志树不符。"
            yield Fault(Kind.ALTERED, text)
        yield from _runs(moved)
        if self._more:
            yield Fault(Kind.ALTERED, f"不符的条目超过 {MOST_COMPARED} 处，其余没有逐一列出。")


def after_tally(campaign_id: int, number: int, waiting: int = 0) -> Fault:
    """Return that a tallied campaign was given ratings, corrections or withdrawals all the same."""
    queued = f"，另有 {waiting} 条在排队" if waiting else ""
    late = f"合计之后又记入了 {number} 条评价、更正或撤回{queued}：不是评价人所为。"
    return Fault(Kind.ADDED, f"活动 {campaign_id} {late}")


def _fault(place: int, *, gone: bool, strange: bool) -> Fault | None:
    if gone and strange:
        return Fault(Kind.ALTERED, f"第 {place} 条被改动：内容与签名时不同。")
    if gone:
        return Fault(Kind.DELETED, f"第 {place} 条被删除。")
    if strange:
        return Fault(Kind.ADDED, f"第 {place} 条是后来加入的：签名时没有它。")
    return None


def _runs(moved: list[tuple[int, int]]) -> Iterator[Fault]:
    """Tell of neighbours that were moved by as much in one sentence."""
    start = 0
    count = 0
    for end in range(1, len(moved) + 1):
        if end < len(moved) and _goes_on(moved[end - 1], moved[end]):
            continue
        count += 1
        if count <= MOST_NAMED:
            first, last = moved[start], moved[end - 1]
            yield Fault(Kind.REORDERED, _moved_text(first, last))
        start = end
    if count > MOST_NAMED:
        yield Fault(Kind.REORDERED, f"另有 {count - MOST_NAMED} 段条目的次序不符。")


def _goes_on(one: tuple[int, int], following: tuple[int, int]) -> bool:
    return following == (one[0] + 1, one[1] + 1)


def _moved_text(first: tuple[int, int], last: tuple[int, int]) -> str:
    if first == last:
        return f"次序被改动：第 {first[0]} 条原是第 {first[1]} 条。"
    return f"次序被改动：第 {first[0]} 至 {last[0]} 条原是第 {first[1]} 至 {last[1]} 条。"
