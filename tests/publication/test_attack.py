"""Published figures, attacked: nothing that is withheld for its size may follow from them."""

import json
from collections.abc import Iterator, Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from server.campaigns.rules import SIGNED, Channel
from server.publication.document import Document
from server.scoring import canonical
from tests.publication.attack import Attack
from tests.publication.bounds_attack import BoundsAttack
from tests.publication.cases import (
    CHANNELS,
    CODES,
    LIMIT,
    OVERALL,
    PANELS,
    Case,
    Rating,
    case_of,
    department,
    publish,
    scheme_of,
)

SEEDS = st.integers(0, 2**32)
# Points of the levels in the method that all questions belong to, and the widest gap between two.
STEPS = (100, 75, 55, 20, 0)
GAP = 35


def drawn(seed: int) -> Random:
    return Random(seed)  # noqa: S311 the same cases for the same seed


def read(document: Document) -> Document:
    """Return what an outsider gets: the canonical bytes, read."""
    found: Document = json.loads(canonical.encode(document))
    return found


def answered(case: Case) -> set[tuple[str, str]]:
    """Return which questions anybody of each panel answered."""
    return {
        (panel, code)
        for panel in PANELS
        for code in (OVERALL, *CODES)
        if any(one[code] for one in case.ratings[Channel.SAMPLE, panel])
    }


def leaks(case: Case, documents: Sequence[Document]) -> Iterator[str]:
    """Yield everything of too few persons that an attack tells."""
    attack = Attack(documents, answered(case))
    for code in (OVERALL, *CODES):
        for channel in CHANNELS:
            if channel not in SIGNED and is_few(case.of(channel), code):
                yield from _told(attack, documents, (channel.code, "", code))
        yield from _leaks_of_panels(case, attack, documents, code)


def is_few(ratings: list[Rating], code: str) -> bool:
    """Tell whether a question's answers are of too few persons to be told."""
    known = sum(1 for one in ratings if one[code])
    return known < LIMIT and (known > 0 or len(ratings) < LIMIT)


def _leaks_of_panels(
    case: Case, attack: Attack, documents: Sequence[Document], code: str
) -> Iterator[str]:
    few = {}
    for panel in PANELS:
        known = sum(1 for one in case.ratings[Channel.SAMPLE, panel] if one[code])
        if 0 < known < LIMIT:
            few[panel] = known
            yield from _told(attack, documents, ("sample", panel, code))
    # Two small panels together may still be few.
    together = len(few) > 1 and sum(few.values()) < LIMIT
    if together and attack.tells_known("sample", few, code):
        yield f"sample {list(few)} {code} together"


def _told(
    attack: Attack, documents: Sequence[Document], asked: tuple[str, str, str]
) -> Iterator[str]:
    channel, panel, code = asked
    if any(attack.tells_count(channel, panel, code, level) for level in range(6)):
        yield f"{channel} {panel} {code}: a count"
    if attack.tells_known(channel, [panel], code):
        yield f"{channel} {panel} {code}: how many answered"
    if attack.tells_mean(channel, panel, code) and not _lost_in_rounding(documents, asked):
        yield f"{channel} {panel} {code}: the mean"


def _lost_in_rounding(documents: Sequence[Document], asked: tuple[str, str, str]) -> bool:
    """Tell whether what follows in exact numbers is of no use, since two places are published.

    A mean that several schemes give together may need them multiplied by thousands.
    """
    bounds = BoundsAttack(documents)
    if asked not in bounds.keys:
        return False
    low, high = bounds.range(asked)
    return high - low >= GAP


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_no_figure_of_too_few_follows_from_a_published_score(seed: int) -> None:
    draw = drawn(seed)
    case, scheme = case_of(draw), scheme_of(draw)
    document = read(publish(department(case, scheme), scheme))
    assert list(leaks(case, [document])) == []


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_nor_from_results_and_then_scores_by_two_schemes_one_after_the_other(seed: int) -> None:
    draw = drawn(seed)
    case, first, second = case_of(draw), scheme_of(draw), scheme_of(draw)
    published = [read(publish(department(case), None))]
    for scheme in (first, second):
        published.append(read(publish(department(case, scheme), scheme, published)))
        assert list(leaks(case, published)) == []


def narrowed(case: Case, documents: Sequence[Document]) -> Iterator[str]:
    """Yield each mean of too few answers for which fewer than two levels are left."""
    attack = BoundsAttack(documents)
    for (channel, panel), ratings in case.ratings.items():
        if channel in SIGNED or len(ratings) < LIMIT:
            continue
        for code in CODES:
            if not 0 < sum(1 for one in ratings if one[code]) < LIMIT:
                continue
            low, high = attack.range((channel.code, panel, code))
            levels = sum(1 for step in STEPS if low - 0.02 <= step <= high + 0.02)
            if high - low < GAP - 0.05 or levels < 2:
                yield f"{channel.code} {panel} {code}: {low:.2f} to {high:.2f}"


def test_rounded_figures_by_several_schemes_leave_two_levels_possible_for_a_single_answer() -> None:
    for seed in range(20):
        draw = drawn(seed)
        case = case_of(draw)
        published = [read(publish(department(case), None))]
        for scheme in (scheme_of(draw), scheme_of(draw), scheme_of(draw)):
            published.append(read(publish(department(case, scheme), scheme, published)))
        assert list(narrowed(case, published)) == [], seed


def test_that_attack_narrows_means_where_each_version_is_made_as_if_it_were_the_first() -> None:
    found = 0
    for seed in range(20):
        draw = drawn(seed)
        case = case_of(draw)
        schemes = [scheme_of(draw) for _ in range(3)]
        published = [read(publish(department(case, one), one)) for one in schemes]
        found += any(narrowed(case, published))
    assert found > 5


def planted(draw: Random) -> tuple[Case, Document]:
    """Publish without complementary suppression; only cases in which that matters."""
    case, scheme = case_of(draw), scheme_of(draw)
    return case, read(publish(department(case, scheme), scheme, naive=True))


def test_the_attack_succeeds_where_only_the_small_figures_themselves_are_left_out() -> None:
    found = []
    for seed in range(60):
        case, document = planted(drawn(seed))
        found.append(list(leaks(case, [document])))
    assert sum(1 for one in found if any("mean" in leak for leak in one)) > 10
    assert sum(1 for one in found if any("count" in leak for leak in one)) > 5


def test_the_same_figures_are_withheld_every_time() -> None:
    for seed in range(20):
        draw = drawn(seed)
        case, scheme = case_of(draw), scheme_of(draw)
        once = publish(department(case, scheme), scheme)
        assert canonical.encode(publish(department(case, scheme), scheme)) == canonical.encode(once)
        # Published again, with nothing changed: nothing more and nothing less is shown.
        again = publish(department(case, scheme), scheme, [once])
        assert canonical.encode(again) == canonical.encode(once)
