"""The content check: advice to reviewers; a text is never lost, and never shown by it alone."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.frontline import checks, queries, service
from server.frontline.models import Entry, Experience
from server.membership import service as membership
from server.wechat.platform import PlatformAway, PlatformRefused, TextVerdict, current_platform
from tests.factories.frontline import make_entry, make_experience, put_entry
from tests.frontline.conftest import Team


class Answering:
    """A platform that gives one answer, or none."""

    def __init__(self, answer: TextVerdict | Exception) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def check_text(self, openid: str, text: str, scene: int = 2) -> TextVerdict:
        assert openid
        assert len(text) <= 2500
        self.asked.append(text)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def state(table: type[Entry] | type[Experience], identifier: UUID) -> str:
    db.session.expire_all()
    return db.session.scalars(select(table.content_state).where(table.id == identifier)).one()


def sweep(answer: TextVerdict | Exception, **later: float) -> Answering:
    platform = Answering(answer)
    checks.sweep(platform, clock.now() + timedelta(**later))  # type: ignore[arg-type]
    return platform


def test_every_text_of_an_entry_is_asked_about(team: Team) -> None:
    entry = make_entry(team.author, came="长" * 2000)
    platform = sweep(TextVerdict(passed=True))
    assert len(platform.asked) == 5
    assert state(Entry, entry.id) == "passed"


def test_a_risky_text_is_marked_for_the_reviewer_and_told_nobody_else(team: Team) -> None:
    entry = make_entry(team.author)
    sweep(TextVerdict(passed=False, label=20003))
    assert state(Entry, entry.id) == "risky"
    assert queries.shown_entry(entry.id, team.secretary.actor).content_label == "检测提示有风险"
    assert queries.shown_entry(entry.id, team.author.actor).content_label is None


def test_a_silent_platform_is_asked_again_and_after_two_hours_no_more(team: Team) -> None:
    entry = make_entry(team.author)
    sweep(PlatformAway())
    assert state(Entry, entry.id) == "waiting"
    sweep(PlatformAway(), hours=2, minutes=1)
    assert state(Entry, entry.id) == "unchecked"


def test_a_refusing_platform_leaves_the_text_to_the_reviewers(team: Team) -> None:
    entry = make_entry(team.author)
    sweep(PlatformRefused(61010))
    assert state(Entry, entry.id) == "unchecked"


def test_an_author_without_a_phone_by_now_is_unchecked(team: Team) -> None:
    entry = make_entry(team.author)
    with transaction():
        membership.unbind(team.author.id, actor=SYSTEM, now=clock.now())
    assert sweep(TextVerdict(passed=True)).asked == []
    assert state(Entry, entry.id) == "unchecked"


def test_a_corrected_text_is_checked_anew(team: Team) -> None:
    entry = make_entry(team.author)
    sweep(TextVerdict(passed=True))
    put_entry(team.author, entry.id, place="三号楼", revision=1)
    assert state(Entry, entry.id) == "waiting"


def test_a_draft_is_not_shown_to_the_platform_before_it_is_sent_in(team: Team) -> None:
    experience = make_experience(team.author)
    assert sweep(TextVerdict(passed=True)).asked == []
    with transaction():
        service.submit_experience(experience.id, actor=team.author.actor, now=clock.now())
    assert len(sweep(TextVerdict(passed=True)).asked) == 3
    assert state(Experience, experience.id) == "passed"


def test_the_sandbox_finds_its_words(team: Team) -> None:
    entry = make_entry(team.author, came="这里有违禁内容")
    checks.sweep(current_platform(), clock.now())
    assert state(Entry, entry.id) in {"passed", "risky"}
