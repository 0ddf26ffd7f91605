"""Many ratings of one department from one block of addresses. Pure.

A block is a keyed hash of an address's /24 (IPv6: /48): a neighbourhood of subscribers, an office
building, or a corner of a mobile carrier. What is compared is a block's share of a group
(department and channel) with its share everywhere else:

- ``share`` = (ratings from the block in all other groups of other departments + 1)
  / (ratings of those groups + number of blocks of the campaign)
- ``expected`` = ratings of the group x share
- ``chance`` = P(X >= count), X binomial over the group's ratings with ``share``, which must survive
  Holm's correction over every group and block.

So a carrier's gateway and a service hall, which send ratings about many departments, are
expected to, and stand out for none of them. Besides, there must be ``block_least`` ratings, five
times what is expected, and ``block_share`` per cent of the group's. Ratings without a known block
(imported ones) are left out everywhere.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from server.integrity.rules import Group, Thresholds
from server.integrity.tails import binomial_tail, surprising

TIMES_EXPECTED = 5
# Counts of a group's blocks, without what the blocks are.
Blocks = Mapping[Group, Mapping[bytes, int]]


@dataclass(frozen=True)
class Crowd:
    """A block that sent far more ratings of a group than it sends elsewhere.

    ``blocks`` is how many the group has, ``next_largest`` what came from the largest other one.
    """

    group: Group
    block: bytes
    count: int
    ratings: int
    expected: float
    elsewhere: int
    chance: float
    blocks: int
    next_largest: int


def find_crowds(counts: Blocks, thresholds: Thresholds) -> list[Crowd]:
    """Return the blocks that stand out for a group, the largest first within a group."""
    of_department, of_block = _sums(counts)
    everywhere = sum(of_department.values())
    in_department: dict[tuple[int, bytes], int] = defaultdict(int)
    for group, blocks in counts.items():
        for block, count in blocks.items():
            in_department[group.department_id, block] += count
    candidates: dict[tuple[Group, bytes], tuple[float, float]] = {}
    for group, blocks in counts.items():
        ratings = sum(blocks.values())
        least = max(thresholds.block_least, thresholds.block_share / 100 * ratings)
        for block, count in blocks.items():
            if count < least:
                continue
            elsewhere = of_block[block] - in_department[group.department_id, block]
            others = everywhere - of_department[group.department_id]
            share = min(1.0, (elsewhere + 1) / (others + len(of_block)))
            expected = share * ratings
            if count >= TIMES_EXPECTED * expected:
                candidates[group, block] = (expected, binomial_tail(count, ratings, share))
    asked = sum(len(blocks) for blocks in counts.values())
    chances = {name: chance for name, (_, chance) in candidates.items()}
    found = surprising(chances, thresholds.chance, asked)
    return [
        Crowd(
            group=group,
            block=block,
            count=counts[group][block],
            ratings=sum(counts[group].values()),
            expected=candidates[group, block][0],
            elsewhere=of_block[block] - in_department[group.department_id, block],
            chance=chances[group, block],
            blocks=len(counts[group]),
            next_largest=max((n for one, n in counts[group].items() if one != block), default=0),
        )
        for group, block in sorted(
            found, key=lambda name: (name[0], -counts[name[0]][name[1]], name[1])
        )
    ]


def _sums(counts: Blocks) -> tuple[dict[int, int], dict[bytes, int]]:
    of_department: dict[int, int] = defaultdict(int)
    of_block: dict[bytes, int] = defaultdict(int)
    for group, blocks in counts.items():
        for block, count in blocks.items():
            of_department[group.department_id] += count
            of_block[block] += count
    return of_department, of_block
