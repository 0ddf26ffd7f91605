"""Counting the words and topics of many comments, with the words in a process of its own."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.figures.rules import LEAST_USES
from server.figures.words import frequent, keywords, told
from server.sources.topics import Topics

COUNTER = Path(__file__).with_name("word_counter.py")
STOP_WORDS = Path(__file__).with_name("stop_words.txt")
# From the last comment on; the counting itself takes a second for some ten thousand.
WAIT_SECONDS = 300
MOST_KEPT = 60
FORMAT = 1

Document = dict[str, Any]


class WordCountError(Exception):
    """The counting process broke or took too long; nothing was counted."""


@dataclass(frozen=True)
class TopicTree:
    """Topics made ready, and the names that they are shown by."""

    topics: Topics
    names: Mapping[int, str]


def word_document(
    comments: Iterable[tuple[int, str]], tree: TopicTree | None, *, smallest: int
) -> Document:
    """Return words and topics of comments that come department by department.

    A department with fewer than ``smallest`` comments has neither, and the whole none of its.
    """
    told_of: dict[int, Counter[str]] = defaultdict(Counter)
    bounds = [str(LEAST_USES), str(smallest), str(STOP_WORDS)]
    command = [sys.executable, "-I", "-X", "utf8", str(COUNTER), *bounds]
    # Isolated, with an empty environment: the process sees no password of ours.
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={}, text=True, encoding="utf-8"
    )
    try:
        assert process.stdin is not None  # noqa: S101 it was asked for above
        for department, text in comments:
            process.stdin.write(json.dumps([department, text], ensure_ascii=False) + "\n")
            topic = _topic(tree, text)
            if topic is not None:
                told_of[department][topic] += 1
        answer, _ = process.communicate(timeout=WAIT_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WordCountError from error
    finally:
        process.kill()
        process.wait()
    if process.returncode != 0:
        raise WordCountError
    return _document(json.loads(answer), told_of, smallest)


def _topic(tree: TopicTree | None, text: str) -> str | None:
    if tree is None:
        return None
    # A comment is as short as a subject line, and is all that there is.
    found = tree.topics.suggest(text, "")
    return tree.names[found.topic_id] if found else None


def _document(counted: Document, told_of: Mapping[int, Counter[str]], smallest: int) -> Document:
    total = counted["total"]
    departments = {}
    whole: Counter[str] = Counter()
    for department, group in counted["departments"].items():
        shown = group["comments"] >= smallest
        topics = told_of.get(int(department), Counter()) if shown else Counter()
        whole.update(topics)
        departments[department] = {
            "comments": group["comments"],
            "words": _keywords(group, total) if shown else [],
            "topics": _topics(topics),
        }
    words = [[line.word, line.uses, 0] for line in frequent(total["words"], most=MOST_KEPT)]
    everybody = {"comments": total["comments"], "words": words, "topics": _topics(whole)}
    return {"format": FORMAT, "all": everybody, "departments": departments}


def _keywords(group: Document, total: Document) -> list[list[Any]]:
    lines = keywords(
        group["words"], group["comments"], total["words"], total["comments"], most=MOST_KEPT
    )
    return [[line.word, line.uses, line.weight] for line in lines]


def _topics(uses: Counter[str]) -> list[list[Any]]:
    return [[line.topic, line.uses] for line in told(uses, most=MOST_KEPT)]
