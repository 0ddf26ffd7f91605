"""Files taken in: what is kept, refused, counted, changed; and what a killed run leaves."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.errors import InvalidInput
from server.core.transaction import transaction
from server.evaluation import service as evaluation
from server.evaluation.models import Evaluation
from server.sources import intake, parcels, queries, service, tasks
from server.sources.models import Source, SourceMatter, SourceMatterVersion
from tests.factories.city import City
from tests.sources.conftest import Send, fresh, take_in
from tests.sources.files import MESSAGES_COLUMNS, messages, rated


def matters() -> list[SourceMatter]:
    return list(db.session.scalars(select(SourceMatter).order_by(SourceMatter.ticket)))


def ratings() -> list[Evaluation]:
    return list(db.session.scalars(select(Evaluation)))


def just_now() -> str:
    return clock.now().astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")


@pytest.fixture
def campaign(city: City) -> Campaign:
    return city.campaign(kind=CampaignKind.SERVICE, channels=(Channel.HOTLINE,))


def test_a_dirty_export_goes_in_as_it_is(send: Send, hotline: Source) -> None:
    run = send(messages(), MESSAGES_COLUMNS)
    assert (
        run.report["counts"] | {"read": 4, "new": 4, "refused": 0, "unrated": 4}
        == (run.report["counts"])
    )
    found = {one.ticket: one for one in matters()}
    assert set(found) == {"2549", "2554", "2555", "2557"}
    assert found["2549"].body == "物业公司乱收费\n\n业委会不管\t。"
    assert len(found["2555"].body) == 3191
    assert found["2555"].happened_at.astimezone(clock.SHANGHAI).isoformat() == (
        "2019-04-03T09:30:05+08:00"
    )
    assert {one.rating for one in found.values()} == {"none"}
    assert ratings() == []
    times = queries.service_times(hotline.id)
    assert (times.replied, times.within_5, times.within_15) == (4, 2, 3)
    assert times.days(times.median) == 6.5
    assert times.days(times.longest) == 40
    assert queries.totals([hotline.id])[hotline.id].unassigned == 4


def test_a_check_changes_nothing(send: Send) -> None:
    run = send(messages(), MESSAGES_COLUMNS, apply=False)
    assert run.state == "checked"
    assert run.report["counts"]["new"] == 4
    assert matters() == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_files_are_read_in_each_encoding(send: Send, encoding: str) -> None:
    text = rated("T1,2026-01-05 08:00,公安局,满意,办得快\U00020000,").decode("utf-8-sig")
    send(text.encode(encoding))
    assert [one.body for one in matters()] == ["办得快\U00020000"]


@pytest.mark.parametrize("separator", ["\t", ";"])
def test_other_separators_are_told_from_the_commas_of_texts(send: Send, separator: str) -> None:
    lines = [
        ["工单编号", "受理时间", "承办单位", "满意度", "内容", "联系电话"],
        ["T1", "2026-01-05 08:00", "公安局", "满意", "好，很好，非常好，谢谢, 再见, 请", ""],
    ]
    send("\n".join(separator.join(line) for line in lines).encode())
    assert [one.ticket for one in matters()] == ["T1"]
    send(rated("T2,2026-01-05 08:00,公安局,满意,好，很，好，，，，，，，，好，，，，，,"))
    assert [one.ticket for one in matters()] == ["T1", "T2"]


def test_bad_rows_stay_out_one_by_one_and_good_ones_go_in(send: Send) -> None:
    run = send(
        rated(
            "T1,2026-01-05 08:00,公安局,满意,好,",
            ",2026-01-05 08:00,公安局,满意,没有编号,",
            "T3,昨天,公安局,满意,时间不对,13800000000",
            "T4,2026-01-05 08:00,公安局,还行,等级不对,",
            "T5,2099-01-05 08:00,公安局,满意,将来,",
            "T6,2026-01-05 08:00,公安局,,,",
            'T7,2026-01-05 08:00,公安局,满意,"控制\x07符",',
        )
    )
    assert [one.ticket for one in matters()] == ["T1"]
    assert run.report["counts"]["refused"] == 6
    told = {one["line"]: one["faults"] for one in run.report["faults"]}
    assert [told[line][0][0] for line in (3, 4, 5, 6, 7, 8)] == (
        ["ticket", "time", "level", "time", "", "text"]
    )
    assert "还行" in told[5][0][1]
    refused = list(parcels.refused_rows(run.id))
    assert [line for line, _, _ in refused] == [3, 4, 5, 6, 7, 8]
    assert refused[1][1]["contact"] == "13800000000"


def test_the_same_twice_changes_nothing_and_a_change_is_a_new_version(send: Send) -> None:
    row = "T1,2026-01-05 08:00,公安局,满意,{},13800000000"
    send(rated(row.format("第一")))
    counts = send(rated(row.format("第一"))).report["counts"]
    assert (counts["new"], counts["changed"], counts["unchanged"]) == (0, 0, 1)
    counts = send(rated(row.format("第二"))).report["counts"]
    assert (counts["new"], counts["changed"], counts["unchanged"]) == (0, 1, 0)
    (matter,) = matters()
    assert (matter.version, matter.body) == (2, "第二")
    (before,) = db.session.scalars(select(SourceMatterVersion))
    assert (before.version, before.body) == (1, "第一")
    assert b"13800000000" not in bytes(matter.contact_sealed or b"")


def test_a_ticket_twice_in_one_file_is_named(send: Send) -> None:
    run = send(
        rated(
            "T1,2026-01-05 08:00,公安局,满意,甲,",
            "T1,2026-01-05 08:00,公安局,满意,甲,",
            "T1,2026-01-05 08:00,公安局,不满意,乙,",
        )
    )
    assert run.report["counts"]["repeated"] == 1
    assert run.report["counts"]["refused"] == 1
    assert "与第 2 行" in run.report["faults"][0]["faults"][0][1]
    assert [one.body for one in matters()] == ["甲"]


def test_rated_rows_join_the_campaign_of_their_time_once(
    send: Send, campaign: Campaign, city: City
) -> None:
    moment = just_now()
    data = rated(
        f"T1,{moment},市监局,非常满意,好,13800000000",
        f"T2,{moment},工商局,2,差,13800000000",
        "T3,2020-01-05 08:00,公安局,满意,旧的,",
        f"T4,{moment},没有的局,满意,不认识,",
        f"T5,{moment},公安局,,没有等级,",
    )
    run = send(data)
    assert run.report["campaigns"] == [{"id": campaign.id, "title": campaign.title, "count": 2}]
    assert run.report["waiting"] == 2
    assert run.report["unknown_departments"] == [{"name": "没有的局", "count": 1}]
    stored = ratings()
    assert {one.overall for one in stored} == {5, 2}
    assert {one.channel for one in stored} == {int(Channel.HOTLINE)}
    assert {one.department_id for one in stored} == {city.departments[0].id}
    assert len({one.rater_tag for one in stored}) == 1, "the same contact is one person"
    assert {one.ticket: (one.rating, one.rating_reason) for one in matters()} == {
        "T1": ("counted", None),
        "T2": ("counted", None),
        "T3": ("waiting", "no_campaign"),
        "T4": ("waiting", "no_department"),
        "T5": ("none", None),
    }
    send(data)
    assert len(ratings()) == 2
    assert {one.revision for one in ratings()} == {1}


def test_a_changed_level_changes_its_rating_and_a_lost_one_withdraws_it(
    send: Send, campaign: Campaign
) -> None:
    moment = just_now()
    send(rated(f"T1,{moment},公安局,非常满意,好,"))
    send(rated(f"T1,{moment},公安局,不满意,好,"))
    (rating,) = ratings()
    assert (rating.overall, rating.state, rating.revision) == (2, 1, 2)
    send(rated(f"T1,{moment},公安局,,好,"))
    db.session.expire_all()
    (rating,) = ratings()
    assert (rating.overall, rating.state, rating.levels) == (None, 3, [])
    assert matters()[0].rating == "none"
    send(rated(f"T1,{moment},公安局,满意,好,"))
    db.session.expire_all()
    assert [(one.overall, one.state) for one in ratings()] == [(4, 1)]


def test_a_closed_campaign_takes_nothing_and_changes_nothing(
    send: Send, campaign: Campaign
) -> None:
    moment = just_now()
    send(rated(f"T1,{moment},公安局,非常满意,好,"))
    with transaction():
        evaluation.close_campaign(campaign.id, actor=SYSTEM, now=clock.now())
    send(rated(f"T1,{moment},公安局,不满意,好,", f"T2,{moment},公安局,满意,好,"))
    assert [one.overall for one in ratings()] == [5]
    assert [(one.rating, one.rating_reason) for one in matters()] == [
        ("counted", "closed_before"),
        ("waiting", "no_campaign"),
    ]


def test_waiting_matters_join_when_a_campaign_opens(
    send: Send, city: City, hotline: Source
) -> None:
    send(rated(f"T1,{just_now()},公安局,满意,好,"))
    assert ratings() == []
    city.campaign(kind=CampaignKind.SERVICE, channels=(Channel.HOTLINE,))
    with transaction():
        service.rejoin(hotline.id, actor=city.actors["office1"], now=clock.now())
    assert [one.overall for one in ratings()] == [4]


def test_a_survey_takes_no_hotline(city: City) -> None:
    with pytest.raises(InvalidInput):
        city.campaign(channels=(Channel.HOTLINE,))


def test_an_own_word_of_the_source_is_a_level_by_its_mapping(send: Send) -> None:
    send(rated("T1,2026-01-05 08:00,公安局,还行,好,"), levels={"还行": 3})
    assert [one.level for one in matters()] == [3]


def test_assigning_a_department_lets_a_rating_join(
    send: Send, campaign: Campaign, city: City
) -> None:
    send(rated(f"T1,{just_now()},没有的局,满意,好,"))
    with transaction():
        service.assign(
            [matters()[0].id],
            department_id=city.departments[1].id,
            category_id=None,
            actor=city.actors["office1"],
            now=clock.now(),
        )
    assert [one.department_id for one in ratings()] == [city.departments[1].id]
    # The source hands the same over again with other words: what a person assigned stays.
    send(rated(f"T1,{just_now()},没有的局,满意,改了,"))
    assert matters()[0].department_id == city.departments[1].id


def test_a_run_that_breaks_half_way_leaves_nothing_and_starts_again(
    send: Send, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = send(rated("T1,2026-01-05 08:00,公安局,满意,好,"), apply=False)
    with transaction():
        service.apply_run(run.id, actor=city.actors["office1"], now=clock.now())
    with monkeypatch.context() as patch:

        def killed(*_args: object, **_more: object) -> None:
            raise SystemExit

        patch.setattr("server.sources.joining.join_waiting", killed)
        with pytest.raises(SystemExit):
            tasks.work(str(run.id))
    assert matters() == []
    assert fresh(run.id).state == "running"
    tasks.work(str(run.id))
    assert fresh(run.id).state == "done"
    assert len(matters()) == 1
    tasks.work(str(run.id))
    assert len(matters()) == 1


def test_a_run_is_cancelled_while_it_works(
    send: Send, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "ROWS_A_STEP", 2)
    rows = [f"T{number},2026-01-05 08:00,公安局,满意,好," for number in range(9)]
    run = send(rated(*rows), apply=False)
    with transaction():
        service.apply_run(run.id, actor=city.actors["office1"], now=clock.now())
        run.cancel_asked = True
    tasks.work(str(run.id))
    assert fresh(run.id).state == "cancelled"
    assert matters() == []
    with transaction():
        service.start_check(run.id, actor=city.actors["office1"], now=clock.now())
    tasks.work(str(run.id))
    take_in(city, run.id)
    assert len(matters()) == 9


def test_a_run_that_nobody_works_at_is_cancelled_at_once(send: Send, city: City) -> None:
    run = send(rated("T1,2026-01-05 08:00,公安局,满意,好,"), apply=False)
    with transaction():
        service.apply_run(run.id, actor=city.actors["office1"], now=clock.now())
    with transaction():
        service.cancel_run(run.id, actor=city.actors["office1"], now=clock.now())
    tasks.work(str(run.id))
    assert fresh(run.id).state == "cancelled"
    assert matters() == []


def test_files_and_refused_rows_go_after_a_week(send: Send) -> None:
    run = send(rated("T1,x,公安局,满意,好,"), apply=False)
    with transaction():
        service.forget_expired(clock.now() + timedelta(days=8))
    assert db.session.scalar(select(func.count()).select_from(SourceMatter)) == 0
    assert db.session.get(type(run), run.id) is None


def test_a_campaign_that_closes_while_rows_are_staged_takes_none_of_them(
    send: Send, campaign: Campaign, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = send(rated(f"T1,{just_now()},公安局,满意,好,"), apply=False)
    assert run.report["campaigns"][0]["count"] == 1
    with transaction():
        service.apply_run(run.id, actor=city.actors["office1"], now=clock.now())
    merge = intake.merge

    def close_first(*args: object, **more: object) -> None:
        campaign_row = db.session.get_one(Campaign, campaign.id)
        campaign_row.state = "closed"
        db.session.flush()
        merge(*args, **more)

    monkeypatch.setattr(intake, "merge", close_first)
    tasks.work(str(run.id))
    assert ratings() == []
    assert [(one.rating, one.rating_reason) for one in matters()] == [("waiting", "no_campaign")]


def test_an_import_that_finds_half_of_its_tickets_there_adds_the_others(
    send: Send, campaign: Campaign
) -> None:
    moment = just_now()
    send(rated(f"T1,{moment},公安局,满意,好,", f"T2,{moment},公安局,,无等级,"))
    run = send(
        rated(
            f"T1,{moment},公安局,满意,好,",
            f"T2,{moment},公安局,不满意,有等级,",
            f"T3,{moment},公安局,非常满意,新,",
        )
    )
    counts = run.report["counts"]
    assert (counts["new"], counts["changed"], counts["unchanged"]) == (1, 1, 1)
    assert run.report["campaigns"][0]["count"] == 2
    assert sorted(one.overall for one in ratings()) == [2, 4, 5]
    assert [(one.ticket, one.rating, one.version) for one in matters()] == [
        ("T1", "counted", 1),
        ("T2", "counted", 2),
        ("T3", "counted", 1),
    ]
