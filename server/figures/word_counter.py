"""A process of its own that counts the words of comments: JSON lines in, one JSON object out.

Each line is ``[department, text]``, all lines of a department together. A word counts once a text.
It holds no key and no connection, and what its dictionary takes of memory goes with it. Words come
from jieba's dictionary alone (MIT), not guessed: so there are no names of persons but famous ones,
no numbers, and never more different words than the dictionary has.

    {"total": {"comments": 9, "words": {"窗口": 4}}, "departments": {"12": {…}}}

Words in fewer than ``least`` texts of a group are left out of it. A department with fewer than
``smallest`` texts has none, nor has the total any of its texts: what is withheld there must not be
worked out from the whole.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import jieba

WORD = re.compile(r"[\u4e00-\u9fff]{2,}")
DIGITS = "一二三四五六七八九十百千万亿两第零几"


@cache
def tokenizer() -> jieba.Tokenizer:
    """Return a tokenizer with jieba's dictionary.

    jieba itself would read a cache from the shared temporary folder, where anybody may have put it.
    """
    made = jieba.Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made


def count(
    lines: Iterable[str], *, least: int, smallest: int, stop_words: frozenset[str]
) -> dict[str, Any]:
    """Count words by department and in all; only one department's words are held at a time."""
    cut = tokenizer().lcut
    total: Counter[str] = Counter()
    comments = 0
    departments: dict[str, Any] = {}
    pairs = (json.loads(line) for line in lines)
    for department, group in groupby(pairs, key=lambda pair: str(pair[0])):
        if department in departments:
            message = "a department's lines stand apart"
            raise ValueError(message)
        own: Counter[str] = Counter()
        size = 0
        for _, text in group:
            own.update({word for word in cut(text, HMM=False) if _tells(word, stop_words)})
            size += 1
        if size < smallest:
            departments[department] = _group(Counter(), size, least)
            continue
        departments[department] = _group(own, size, least)
        total.update(own)
        comments += size
    return {"total": _group(total, comments, least), "departments": departments}


def _tells(word: str, stop_words: frozenset[str]) -> bool:
    return WORD.fullmatch(word) is not None and word not in stop_words and bool(word.strip(DIGITS))


def _group(words: Counter[str], comments: int, least: int) -> dict[str, Any]:
    kept = {word: number for word, number in words.items() if number >= least}
    return {"comments": comments, "words": kept}


def main() -> None:
    """Read standard input to its end, write the counts to standard output."""
    least, smallest, file = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    stop_words = frozenset(file.read_text(encoding="utf-8").split())
    counted = count(sys.stdin, least=least, smallest=smallest, stop_words=stop_words)
    json.dump(counted, sys.stdout)


if __name__ == "__main__":
    main()
