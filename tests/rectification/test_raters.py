"""What raters write, who reads it, and what happens when they take their ratings back."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from server.audit.models import AuditEntry
from server.core import clock
from server.core.database import db
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.identity import service as identity
from server.notifications.models import Notice
from server.rectification import queries, service
from server.rectification.models import Case, CaseEvent, CaseWatch
from server.rectification.rules import ClosedBy, OriginKind, Stage, WordState
from tests.factories.city import City
from tests.factories.desk_cases import NOON, at, done, fresh, origin_of, rated, told

DAY = timedelta(days=1)


def answered(city: City, case: Case, days: int = 1) -> Case:
    """Have the department answer, some days after the case was registered."""
    done(
        lambda: service.answer(
            case.id, "已整改", actor=city.actors["liaison"], now=NOON + days * DAY
        )
    )
    return fresh(case)


class TestWords:
    """What raters write is read by nobody but the office before its check."""

    def test_the_department_reads_words_after_their_check(self, city: City) -> None:
        case = rated(city)
        origin = origin_of(case)
        event = done(lambda: service.rater_answers(origin.id, "还是没人接电话", now=NOON))
        seen = queries.timeline(case.id)[-1]
        assert (seen.text, seen.word_state) == ("", WordState.WAITING)
        assert queries.timeline(case.id, office=True)[-1].text == "还是没人接电话"
        assert queries.timeline(case.id, rater=True, origin=origin.id)[-1].text
        waiting = queries.waiting_words(city.actors["office1"], cursor=None).items
        assert [one.id for one in waiting] == [event.id]
        done(
            lambda: service.decide_word(
                event.id, shown=True, actor=city.actors["office1"], now=NOON
            )
        )
        assert queries.timeline(case.id)[-1].text == "还是没人接电话"
        assert "评价人有新的留言" in told(city.accounts["liaison"].id)

    def test_the_department_decides_no_words_about_itself(self, city: City) -> None:
        origin = origin_of(rated(city))
        event = done(lambda: service.rater_answers(origin.id, "差", now=NOON))
        with pytest.raises(Refusal):
            service.decide_word(event.id, shown=False, actor=city.actors["head"], now=NOON)

    def test_other_raters_read_nothing_of_each_other(self, city: City) -> None:
        case = rated(city)
        rated(city, "1:b")
        first, second = origin_of(case), origin_of(case, 1)
        done(
            lambda: service.rater_answers(first.id, "我的事", word_state=WordState.PASSED, now=NOON)
        )
        assert [one.text for one in queries.timeline(case.id, rater=True, origin=second.id)] == [""]

    def test_of_a_raters_act_the_day_is_kept_and_no_account(self, city: City) -> None:
        case = answered(city, rated(city))
        origin = origin_of(case)
        done(lambda: service.rater_answers(origin.id, "差", now=NOON + 3 * DAY))
        event = db.session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc())).first()
        assert event is not None
        assert event.at == at("2026-11-28 00:00")
        assert event.account_id is None
        assert "case.rater" not in " ".join(db.session.scalars(select(AuditEntry.action)))


class TestRelease:
    """A rating that is withdrawn or set apart no longer keeps its case open."""

    def test_the_last_one_closes_the_case(self, city: City) -> None:
        case = rated(city)
        rated(city, "1:b")
        for name, stage in (("1:a", Stage.REGISTERED), ("1:b", Stage.CLOSED)):
            for _ in range(2):
                done(
                    lambda name=name: service.release_origin(
                        OriginKind.EVALUATION, name, now=NOON + DAY
                    )
                )
            assert fresh(case).stage == stage
        assert fresh(case).closed_by == "withdrawal"

    def test_an_upheld_appeal_closes_in_its_name(self, city: City) -> None:
        case = rated(city)
        done(
            lambda: service.release_origin(
                OriginKind.EVALUATION, "1:a", closed_by=ClosedBy.APPEAL, now=NOON
            )
        )
        assert fresh(case).closed_by == "appeal"

    def test_who_was_let_go_says_nothing_more(self, city: City) -> None:
        case = rated(city)
        rated(city, "1:b")
        answered(city, case)
        done(lambda: service.release_origin(OriginKind.EVALUATION, "1:a", now=NOON + 2 * DAY))
        origin = origin_of(case)
        with pytest.raises(Refusal):
            service.follow_up(origin.id, False, now=NOON + 3 * DAY)

    def test_the_others_solved_closes_it_then(self, city: City) -> None:
        case = rated(city)
        rated(city, "1:b")
        answered(city, case)
        origin = origin_of(case)
        done(lambda: service.follow_up(origin.id, True, now=NOON + 2 * DAY))
        done(lambda: service.release_origin(OriginKind.EVALUATION, "1:b", now=NOON + 3 * DAY))
        assert fresh(case).closed_by == "rater"


def test_who_asked_to_be_told_is_told_until_the_case_closes(city: City) -> None:
    with transaction():
        member = identity.member_of_openid(f"openid-{uuid4()}", clock.now()).id
    case = rated(city)
    origin = origin_of(case)
    for _ in range(2):
        done(lambda: service.watch(case.id, origin.id, member, now=NOON))
    answered(city, case)
    bodies = select(Notice.body).where(Notice.member_id == member)
    assert db.session.scalars(bodies).all() == ["部门已答复，您可以追评是否解决。"]
    done(lambda: service.follow_up(origin.id, True, now=NOON + 2 * DAY))
    # What was told before went with the watch: the last word names no case.
    assert db.session.scalars(bodies).all() == ["您关注的一件差评件已销号，请凭回执查看结果。"]
    assert db.session.scalar(select(func.count()).select_from(CaseWatch)) == 0


class TestNoticesOfWatchers:
    """What is told to who asked joins a member and a case no longer than the watch does."""

    def watched(self, city: City, *names: str) -> tuple[Case, list[UUID]]:
        """Register a case by some ratings, each watched by a member of its own, and answer it."""
        members = []
        for place, name in enumerate(names):
            case = rated(city, name)
            origin = origin_of(case, place)
            with transaction():
                member = identity.member_of_openid(f"openid-{uuid4()}", clock.now()).id
                service.watch(case.id, origin.id, member, now=NOON)
            members.append(member)
        return answered(city, case), members

    def notices(self, member: UUID) -> list[Notice]:
        return list(db.session.scalars(select(Notice).where(Notice.member_id == member)))

    def test_a_notice_names_neither_case_nor_line(self, city: City) -> None:
        case, (member,) = self.watched(city, "1:a")
        (notice,) = self.notices(member)
        events = db.session.scalars(select(CaseEvent.id)).all()
        assert notice.occasion not in {str(one) for one in events}
        written = f"{notice.subject_id} {notice.occasion} {notice.page} {notice.body}"
        for name in (str(case.id), case.number, case.title):
            assert name not in written

    def test_who_no_longer_asks_keeps_nothing_of_it(self, city: City) -> None:
        case, (member, other) = self.watched(city, "1:a", "1:b")
        done(lambda: service.unwatch(case.id, member))
        assert self.notices(member) == []
        assert len(self.notices(other)) == 1

    def test_with_a_rating_that_was_withdrawn_its_raters_notices_go(self, city: City) -> None:
        _, (member, other) = self.watched(city, "1:a", "1:b")
        done(lambda: service.release_origin(OriginKind.EVALUATION, "1:a", now=NOON + 2 * DAY))
        assert self.notices(member) == []
        assert len(self.notices(other)) == 1

    def test_the_last_notice_keeps_the_day_alone(self, city: City) -> None:
        case, (member,) = self.watched(city, "1:a")
        late = NOON + 40 * DAY
        done(
            lambda: service.close(
                case.id, ClosedBy.SILENCE, "未回应", actor=city.actors["office1"], now=late
            )
        )
        (notice,) = self.notices(member)
        assert notice.created_at == at("2027-01-04 00:00")
        assert fresh(case).closed_at == late
