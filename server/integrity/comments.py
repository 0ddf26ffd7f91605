"""Comments of one department and channel that are nearly the same. Pure.

By their length after ``similarity.plain`` (letters and figures alone):

- under ``SHORTEST`` characters nothing is compared: 很好 and 办事很快 say the same everywhere.
- under ``SHORT`` only identical comments count, and only where they are no common phrase: at least
  twice as many as of long ones, a tenth of the group's comments, and five times what the phrase's
  share among all other groups' comments lets one expect (one more comment there, of a thousand
  more, so that a phrase that nobody else used still has a share); and P(X >= count), X binomial
  with that share, must survive Holm's correction over all short comments and groups.
- longer ones are put together where they are alike by ``text_similarity`` per cent or more
  (``similarity.alike``), from ``text_least`` on and from one in 200 of the group's comments on:
  nobody writes twenty characters twice by chance.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.core.lazily import Later
from server.integrity.rules import Group, Thresholds
from server.integrity.tails import binomial_tail, surprising

if TYPE_CHECKING:
    from server.integrity import similarity
else:
    similarity = Later("server.integrity.similarity")

SHORTEST = 6
SHORT = 20
SHORT_SHARE = 0.1
TIMES_EXPECTED = 5
LONG_SHARE = 0.005
ONE_MORE, OF_MORE = 1, 1000

# How many comments of each group say a plain text.
Said = Mapping[str, Mapping[Group, int]]


@dataclass(frozen=True)
class SameText:
    """Comments of a group that say nearly the same; ``texts`` are plain, the commonest first.

    ``elsewhere`` counts the same texts in all other groups; ``chance`` is of short ones only.
    """

    group: Group
    texts: tuple[str, ...]
    count: int
    comments: int
    elsewhere: int
    chance: float | None


def find_same_texts(
    said: Said, comments: Mapping[Group, int], thresholds: Thresholds
) -> list[SameText]:
    """Return what is nearly the same; ``comments`` is how many each group has altogether."""
    return _short(said, comments, thresholds) + _long(said, comments, thresholds)


def _short(said: Said, comments: Mapping[Group, int], thresholds: Thresholds) -> list[SameText]:
    everywhere = sum(comments.values())
    chances: dict[tuple[str, Group], float] = {}
    asked = 0
    for text, groups in said.items():
        if not SHORTEST <= len(text) < SHORT:
            continue
        asked += len(groups)
        total = sum(groups.values())
        for group, count in groups.items():
            least = max(2 * thresholds.text_least, SHORT_SHARE * comments[group])
            others = everywhere - comments[group]
            share = (total - count + ONE_MORE) / (others + OF_MORE)
            if count >= max(least, TIMES_EXPECTED * share * comments[group]):
                chances[text, group] = binomial_tail(count, comments[group], share)
    found = surprising(chances, thresholds.chance, asked)
    return [
        SameText(
            group,
            (text,),
            said[text][group],
            comments[group],
            sum(said[text].values()) - said[text][group],
            chances[text, group],
        )
        for text, group in sorted(found)
    ]


def _long(said: Said, comments: Mapping[Group, int], thresholds: Thresholds) -> list[SameText]:
    # The commonest first, then by the text: a sort is told apart by its first text.
    texts = sorted(
        (text for text in said if len(text) >= SHORT),
        key=lambda text: (-sum(said[text].values()), text),
    )
    sorts = similarity.alike(texts, thresholds.text_similarity / 100)
    grouped = {place for sort in sorts for place in sort}
    sorts += [[place] for place in range(len(texts)) if place not in grouped]
    found: list[SameText] = []
    for sort in sorts:
        of_group: dict[Group, int] = defaultdict(int)
        for place in sort:
            for group, count in said[texts[place]].items():
                of_group[group] += count
        total = sum(of_group.values())
        for group, count in sorted(of_group.items()):
            if count >= max(thresholds.text_least, LONG_SHARE * comments[group]):
                said_here = tuple(texts[place] for place in sort if group in said[texts[place]])
                found.append(
                    SameText(group, said_here, count, comments[group], total - count, None)
                )
    return found
