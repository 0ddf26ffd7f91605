"""Topics that words suggest, in the open: which pieces of a topic's name a text holds. Pure.

A name is taken apart into its pairs of neighbouring characters (Chinese has no spaces). Each pair
weighs ln(1 + topics / topics that have it), so that 管理 says little and 物业 much. A topic's score
is the share of its pairs' weight that is found: in the subject whole, in the text alone at TEXT.
The topic with the highest score is suggested from LEAST on, which is above TEXT: a long text names
many things in passing, so that something must stand in the subject. Nothing is decided by it.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

TEXT = 0.5
# What stands above a leaf decides between leaves of one name, and no more.
UPPER = 0.1
LEAST = 0.55
CATCH_ALL = "其他"


@dataclass(frozen=True)
class Topic:
    """A leaf of the tree."""

    id: int
    upper: str
    name: str


@dataclass(frozen=True)
class Suggestion:
    """A topic, its score in per cent, and the pieces that were found."""

    topic_id: int
    score: int
    words: tuple[str, ...]


class Topics:
    """A tree made ready for many texts."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        """Take the leaves; a catch-all says nothing and is left out."""
        self._topics = {one.id: one for one in topics if CATCH_ALL not in one.name}
        self._pairs = {one.id: pairs(one.name) for one in self._topics.values()}
        spread = Counter(pair for found in self._pairs.values() for pair in found)
        size = len(self._topics)
        self._weight = {pair: math.log(1 + size / count) for pair, count in spread.items()}
        self._having: dict[str, list[int]] = defaultdict(list)
        for topic_id, found in self._pairs.items():
            for pair in found:
                self._having[pair].append(topic_id)

    def suggest(self, subject: str, text: str) -> Suggestion | None:
        """Return the topic that fits best, if one fits well enough."""
        in_subject = pairs(subject) & self._having.keys()
        in_text = pairs(text) & self._having.keys() - in_subject
        scores: dict[int, float] = defaultdict(float)
        for found, share in ((in_subject, 1.0), (in_text, TEXT)):
            for pair in found:
                for topic_id in self._having[pair]:
                    scores[topic_id] += self._weight[pair] * share
        best = None
        for topic_id, weight in scores.items():
            score = weight / sum(self._weight[pair] for pair in self._pairs[topic_id])
            if score >= LEAST:
                key = (score + self._above(topic_id, subject + text), -topic_id)
                best = max(best, (key, score, topic_id)) if best else (key, score, topic_id)
        if best is None:
            return None
        words = sorted(self._pairs[best[2]] & (in_subject | in_text))
        return Suggestion(best[2], round(best[1] * 100), tuple(words))

    def _above(self, topic_id: int, text: str) -> float:
        upper = pairs(self._topics[topic_id].upper)
        return UPPER * sum(1 for pair in upper if pair in text) / max(1, len(upper))


def pairs(text: str) -> set[str]:
    """Return the pairs of neighbouring Chinese characters."""
    return {
        text[at : at + 2]
        for at in range(len(text) - 1)
        if "\u4e00" <= text[at] <= "\u9fff" and "\u4e00" <= text[at + 1] <= "\u9fff"
    }
