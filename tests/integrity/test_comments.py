"""Comments that are nearly the same: planted ones among honest ones, and short praise."""

import random
import re
import time
import tracemalloc
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.integrity.comments import SameText, find_same_texts
from server.integrity.rules import Group, Thresholds
from server.integrity.similarity import alike, alikeness, plain, shingles

LIMITS = Thresholds()
WORDS = re.findall(
    "..",
    "窗口办事效率态度服务热情材料复杂多次跑腿等待时间工作人员耐心解释清楚流程网上预约排队电话占线"
    "回复及时满意解决问题推诿社区孩子学校户口社保房产证明很快拿到建议增加人手周末也能办理希望"
    "改进停车困难环境整洁老人手机不会操作指导",
)
PRAISE = (
    "很好",
    "满意",
    "办事很快",
    "服务态度好",
    "服务态度很好",
    "办事效率高，服务态度好",
    "谢谢",
)
SLOGAN = "强烈要求撤换这个部门的负责人，拖了三年没有人管，全体业主无法接受"


def sentence(draw: random.Random) -> str:
    return "".join(draw.choice(WORDS) for _ in range(draw.randint(7, 35)))


def counted(said: list[tuple[Group, str]], limits: Thresholds = LIMITS) -> list[SameText]:
    texts: dict[str, Counter[Group]] = defaultdict(Counter)
    comments: Counter[Group] = Counter()
    for group, text in said:
        texts[plain(text)][group] += 1
        comments[group] += 1
    return find_same_texts(texts, comments, limits)


def honest(seed: int, departments: int = 10, each: int = 200) -> list[tuple[Group, str]]:
    """A city's comments: half of them short praise that is the same everywhere."""
    draw = random.Random(seed)  # noqa: S311 made-up data
    return [
        (
            Group(department, 1),
            draw.choice(PRAISE) if draw.random() < 0.5 else sentence(draw),
        )
        for department in range(departments)
        for _ in range(each)
    ]


def varied(text: str, draw: random.Random) -> str:
    """Change a text as people do who were told not to copy: marks, blanks, a word at the end."""
    signs = "，。！!、 …"
    changed = "".join(draw.choice(signs) if sign in signs else sign for sign in text)
    return changed + draw.choice(["", "！", "!!", "。", "啊", "急"])


@pytest.mark.parametrize("seed", range(5))
def test_honest_comments_and_short_praise_are_not_flagged(seed: int) -> None:
    assert counted(honest(seed)) == []


@pytest.mark.parametrize("seed", range(5))
def test_copied_comments_with_small_changes_are_found(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 made-up data
    group = Group(3, 1)
    said = honest(seed) + [(group, varied(SLOGAN, draw)) for _ in range(25)]
    [same] = counted(said)
    assert (same.group, same.count, same.elsewhere) == (group, 25, 0)
    assert len(same.texts) > 1
    assert same.comments == 225


def test_nine_copies_are_let_pass_and_ten_are_not() -> None:
    group = Group(3, 1)
    assert counted(honest(1) + [(group, SLOGAN)] * 9) == []
    assert [same.count for same in counted(honest(1) + [(group, SLOGAN)] * 10)] == [10]


def test_copies_about_several_departments_are_found_for_each() -> None:
    said = honest(2) + [(Group(number, 1), SLOGAN) for number in (1, 2) for _ in range(30)]
    assert [(same.group, same.count, same.elsewhere) for same in counted(said)] == [
        (Group(1, 1), 30, 30),
        (Group(2, 1), 30, 30),
    ]


def test_somebody_who_says_the_same_of_every_department_is_no_crowd() -> None:
    said = honest(2) + [(Group(number, 1), SLOGAN) for number in range(10)]
    assert counted(said) == []


def test_a_short_slogan_is_found_where_nobody_else_says_it() -> None:
    said = honest(4) + [(Group(6, 1), "支持王局长连任")] * 40
    [same] = counted(said)
    assert (same.group, same.count) == (Group(6, 1), 40)
    assert same.chance is not None
    assert same.chance < 1e-20


@pytest.mark.parametrize(
    "text", ["很好", "满意！", "办得快", "👍👍👍👍👍👍👍👍", "！！！", "民警很好"]
)
def test_what_is_too_short_to_tell_is_never_flagged(text: str) -> None:
    assert counted(honest(5) + [(Group(6, 1), text)] * 500) == []


def test_a_common_phrase_is_not_flagged_where_a_department_is_praised_more() -> None:
    said = honest(6) + [(Group(6, 1), "办事效率高，服务态度好")] * 20
    assert counted(said) == []


def test_the_first_of_a_sort_is_alike_to_each_of_it() -> None:
    start = SLOGAN * 2
    chain = [plain(start)]
    for number in range(40):
        chain.append(chain[-1][2:] + f"第{number}")
    chain = list(dict.fromkeys(chain))
    for sort in alike(chain, 0.8):
        first = shingles(chain[sort[0]])
        assert all(alikeness(first, shingles(chain[place])) >= 0.8 for place in sort)


def brute(texts: list[str], least: float) -> set[frozenset[int]]:
    sets = [shingles(text) for text in texts]
    return {
        frozenset((one, other))
        for one in range(len(texts))
        for other in range(one)
        if alikeness(sets[one], sets[other]) >= least
    }


def test_pairs_that_are_alike_are_found_as_comparing_all_would() -> None:
    draw = random.Random(8)  # noqa: S311 made-up data
    texts: list[str] = []
    for _ in range(150):
        base = plain(sentence(draw) + sentence(draw))
        texts += [base, base[: len(base) - 3] + draw.choice(WORDS)]
    texts = list(dict.fromkeys(texts))
    pairs = brute(texts, 0.8)
    together = {
        frozenset((one, other))
        for sort in alike(texts, 0.8)
        for one in sort
        for other in sort
        if one != other
    }
    assert len(pairs) > 100
    assert pairs <= together


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=30))
def test_any_text_can_be_compared(texts: list[str]) -> None:
    said = [(Group(1, 1), text) for text in texts]
    for same in counted(said, Thresholds(text_least=2)):
        assert same.count >= 2
        assert all(len(text) >= 6 for text in same.texts)


@given(st.text())
def test_plain_text_is_plain_already(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def test_width_case_marks_and_blanks_make_no_difference() -> None:
    assert plain("ＡＢＣ １２３，很 好！\n") == plain("abc123很好") == "abc123很好"


def many(number: int) -> tuple[list[str], list[str]]:
    """Return so many different comments, and two hundred copies to hide among them."""
    draw = random.Random(11)  # noqa: S311 made-up data
    texts = dict.fromkeys(plain(sentence(draw)) for _ in range(number))
    planted = dict.fromkeys(plain(varied(SLOGAN, draw)) for _ in range(200))
    return list(texts), list(planted)


def test_a_hundred_thousand_comments_take_seconds() -> None:
    texts, planted = many(100_000)
    started = time.process_time()
    [found] = alike(texts + planted, 0.8)
    # Two or three seconds of the processor where nobody else asks for it.
    assert time.process_time() - started < 20
    assert sorted((texts + planted)[place] for place in found) == sorted(planted)


def test_memory_is_a_few_hundred_bytes_a_comment_beside_one_portion() -> None:
    texts, planted = many(20_000)
    tracemalloc.start()
    alike(texts + planted, 0.8)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A portion is 40,000 runs of characters times 64 hashes of 8 bytes.
    assert peak < 2 * 40_000 * 64 * 8 + 500 * len(texts)


def test_long_comments_take_no_more_at_once() -> None:
    draw = random.Random(12)  # noqa: S311 made-up data
    texts = ["".join(draw.choice(WORDS) for _ in range(1000)) for _ in range(100)]
    tracemalloc.start()
    assert alike(texts, 0.8) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * 40_000 * 64 * 8 + 10_000 * len(texts)
