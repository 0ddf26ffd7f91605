"""One byte changed straight in the database is found, whichever it is."""

from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import text

from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.database import db
from server.evaluation.rules import ExclusionReason
from server.evaluation.submission import submit
from server.ledger.rules import Event
from tests.evaluation.log_cases import People, append, findings, leaves, pending, rate_by, rows
from tests.factories.city import City
from tests.factories.closing import close_and_settle, store_ratings
from tests.factories.excluding import exclude
from tests.factories.outreach import make_sample
from tests.sampling.test_secrecy import rating

ALTERED = "被改动，与日志不符"
ADDED = "被添加"
DELETED = "被删除"
WORDS = "意见或标签被改动"
# Past the program: as whoever has the database's password would.
CHANGES = {
    "a level": ("levels[1] = CASE levels[1] WHEN 5 THEN 4 ELSE 5 END", ALTERED),
    "two levels exchanged": ("levels[1] = levels[2], levels[2] = levels[1]", ALTERED),
    "the overall level": ("overall = CASE overall WHEN 5 THEN 4 ELSE 5 END", ALTERED),
    "the day": ("rated_on = rated_on + 1", ALTERED),
    "the department": ("department_id = department_id + 1", ALTERED),
    "the channel": ("channel = 2", ALTERED),
    "the stratum cell": ("cell = 1", ALTERED),
    "the organisation": ("organisation_id = 1", ALTERED),
    "the salt": ("salt = set_byte(salt, 3, get_byte(salt, 3) # 1)", ALTERED),
    "the digest of the words": (
        "words_digest = set_byte(words_digest, 0, get_byte(words_digest, 0) # 1)", ALTERED,
    ),
    "the state": ("state = 2", ALTERED),
    "one character of the comment": ("comment = replace(comment, '慢', '快')", WORDS),
    "the tags": ("tags = ARRAY['态度热情']", WORDS),
    "the comment taken away": ("comment = NULL, tags = NULL", WORDS),
}  # fmt: skip


def tamper(statement: str, **values: Any) -> None:
    db.session.execute(text(statement), values)
    db.session.commit()


def logged(phone: People, city: City, *, settled: bool) -> int:
    """A campaign with some ratings in the log, one of them excluded, one withdrawn."""
    campaign, department = city.campaign().id, city.departments[0].id
    receipts = rate_by(phone, campaign, department, 12, comment="太慢", tags=["办事高效"])
    exclude(city, campaign, rows(campaign)[-1].id, ExclusionReason.ABUSIVE)
    address = f"/api/v1/campaigns/{campaign}/receipt"
    taken_back = next(
        receipt
        for receipt in receipts
        if phone("x").client.get(address, headers={"Receipt": receipt}).json["may_change"]
    )
    phone("x").client.delete(address, headers={"Receipt": taken_back})
    if settled:
        close_and_settle(campaign)
    else:
        append()
    assert findings(campaign) == []
    return campaign


def one_counted(campaign: int) -> dict[str, Any]:
    chosen = next(row for row in rows(campaign) if row.state == 1)
    return {"campaign": campaign, "id": chosen.id}


@pytest.mark.parametrize("settled", [False, True], ids=["open", "settled"])
@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_changed_column_is_found(
    phone: People, city: City, change: str, expected: str, *, settled: bool
) -> None:
    campaign = logged(phone, city, settled=settled)
    tamper(f"UPDATE evaluation SET {change} WHERE campaign_id = :campaign AND id = :id",
           **one_counted(campaign))  # fmt: skip
    found = findings(campaign)
    assert found, change
    assert expected in found[0]
    assert f"活动 {campaign}“2026 年第四季度评价”: 1 " in found[0]
    assert f"campaign {campaign}: 1 " in found[0]


def test_a_deleted_rating_is_found(phone: People, city: City) -> None:
    campaign = logged(phone, city, settled=True)
    tamper("DELETE FROM evaluation WHERE campaign_id = :campaign AND id = :id",
           **one_counted(campaign))  # fmt: skip
    found = findings(campaign)
    assert DELETED in found[0]
    assert "不是同一批" in found[1]
    assert "个组的人数" in found[2]


def test_a_deleted_exclusion_is_found(phone: People, city: City) -> None:
    campaign = logged(phone, city, settled=True)
    tamper("DELETE FROM evaluation WHERE campaign_id = :campaign AND state = 2", campaign=campaign)
    assert DELETED in findings(campaign)[0]


def test_an_exclusion_undone_by_hand_is_found(phone: People, city: City) -> None:
    campaign = logged(phone, city, settled=True)
    tamper("UPDATE evaluation SET state = 1 WHERE campaign_id = :campaign AND state = 2",
           campaign=campaign)  # fmt: skip
    assert ALTERED in findings(campaign)[0]


def test_a_copied_rating_is_found(phone: People, city: City) -> None:
    campaign = logged(phone, city, settled=True)
    names = [column.name for column in db.metadata.tables["evaluation"].columns]
    fresh = {
        "id": "gen_random_uuid()",
        "pseudonym": "uuid_send(gen_random_uuid())",
        "receipt_key": "uuid_send(gen_random_uuid())",
    }
    copied = ", ".join(fresh.get(name, name) for name in names)
    tamper(
        f"INSERT INTO evaluation ({', '.join(names)}) SELECT {copied} FROM evaluation"
        " WHERE campaign_id = :campaign AND id = :id",
        **one_counted(campaign),
    )
    assert ADDED in findings(campaign)[0]


def test_a_rating_written_past_the_program_is_found(phone: People, city: City) -> None:
    campaign = logged(phone, city, settled=True)
    store_ratings(campaign, city.departments[0].id, [1, 1])
    assert "2 条评价没有入日志" in findings(campaign)[0]


def test_what_two_ratings_say_exchanged_is_found(phone: People, city: City) -> None:
    campaign = logged(phone, city, settled=True)
    said: dict[int, Any] = {row.overall: row for row in rows(campaign) if row.state == 1}
    one, other = list(said.values())[:2]
    swapped = [
        (one.id, other.overall, list(other.levels)),
        (other.id, one.overall, list(one.levels)),
    ]
    for identifier, overall, levels in swapped:
        tamper(
            "UPDATE evaluation SET overall = :overall, levels = :levels WHERE id = :id",
            overall=overall, levels=levels, id=identifier,
        )  # fmt: skip
    assert f"campaign {campaign}: 2 rating(s) altered" in findings(campaign)[0]


def test_a_leaf_taken_out_of_the_log_is_found(phone: People, city: City) -> None:
    campaign = logged(phone, city, settled=True)
    # What of it is in force: of a rating that was taken back the row says nothing more.
    gone = {leaf.previous for leaf in leaves(campaign)}
    leaf = next(one for one in leaves(campaign, Event.ACCEPTED) if one.commitment not in gone)
    tamper('DELETE FROM ledger_leaf WHERE "index" = :index', index=leaf.index)
    assert findings(campaign)


def test_a_tally_of_other_ratings_is_found(phone: People, city: City) -> None:
    campaign = logged(phone, city, settled=True)
    tamper("UPDATE ledger_tally SET root = sha256(root)")
    assert "不是同一批" in findings(campaign)[0]


# What figures are made of, and who may read them: not a rating is touched.
NUMBERS = {
    "a count": (
        "UPDATE rating_count SET number = number + 1 WHERE place = 0 AND level = 5",
        "项留存的计数与评价不符",
    ),
    "a change of the counts": (
        """INSERT INTO rating_change SELECT campaign_id, department_id, channel, cell, 5, levels, 1
        FROM evaluation WHERE state = 1 LIMIT 1""",
        "项留存的计数与评价不符",
    ),
    "a group made too small to be published": (
        "UPDATE group_size SET raters = 3",
        "1 个组的人数与评价不符",
    ),
    "a group taken away": ("DELETE FROM group_size", "1 个组的人数与评价不符"),
    "the reason of an exclusion": (
        "UPDATE exclusion SET reason = 'duplicate'",
        "2 种不予采纳理由的份数与日志不符",
    ),
    "the department of an exclusion": (
        "UPDATE exclusion SET department_id = department_id + 1",
        "2 条不予采纳的记录与评价不符",
    ),
    "an exclusion taken away": (
        "DELETE FROM exclusion",
        "1 条不予采纳的记录与评价不符",
    ),
}


@pytest.mark.parametrize(("change", "expected"), NUMBERS.values(), ids=NUMBERS)
def test_a_number_changed_beside_the_ratings_is_found(
    phone: People, city: City, change: str, expected: str
) -> None:
    campaign = logged(phone, city, settled=True)
    tamper(change)
    assert any(expected in one for one in findings(campaign)), findings(campaign)


def test_a_service_campaigns_persons_may_be_fewer_than_its_ratings_but_not_more(
    phone: People, city: City
) -> None:
    campaign = city.campaign(kind=CampaignKind.SERVICE)
    rate_by(phone, campaign.id, city.departments[0].id, 12)
    close_and_settle(campaign.id)
    tamper("UPDATE group_size SET raters = 11")
    assert findings(campaign.id) == []
    tamper("UPDATE group_size SET raters = 13")
    assert "1 个组的人数与评价不符" in findings(campaign.id)[0]


def test_the_command_fails_and_names_the_campaign(app: APIFlask, phone: People, city: City) -> None:
    campaign = logged(phone, city, settled=True)
    runner = app.test_cli_runner()
    well = runner.invoke(args=["check-ledger"])
    assert (well.exit_code, "评价与日志一致" in well.output) == (0, True)
    tamper(
        "UPDATE evaluation SET overall = CASE overall WHEN 5 THEN 4 ELSE 5 END"
        " WHERE campaign_id = :campaign AND id = :id",
        **one_counted(campaign),
    )
    ill = runner.invoke(args=["check-ledger", str(campaign)])
    assert ill.exit_code == 1
    assert f"活动 {campaign}“2026 年第四季度评价”: 1 条评价的内容或状态被改动" in ill.output


def test_a_log_written_anew_is_found_by_what_the_publication_printed(
    app: APIFlask, phone: People, city: City
) -> None:
    campaign = logged(phone, city, settled=True)
    held = "campaign_id, event, reason, commitment, previous, body"
    tamper("DELETE FROM ledger_head")
    tamper("DELETE FROM ledger_tile")
    tamper(f"INSERT INTO ledger_pending ({held}) SELECT {held} FROM ledger_leaf")
    tamper("DELETE FROM ledger_leaf")
    # The head beside the key ring is passed by, as by somebody who has that as well.
    done = app.test_cli_runner().invoke(args=["accept-ledger-head", "--yes"])
    assert done.exit_code == 0, done.output
    append(campaign)
    found = app.test_cli_runner().invoke(args=["check-ledger"])
    assert found.exit_code == 1
    assert "日志分叉了" in found.output


def test_leaves_put_in_another_order_are_found(app: APIFlask, phone: People, city: City) -> None:
    campaign = logged(phone, city, settled=True)
    one, other = leaves(campaign, Event.ACCEPTED)[:2]
    for index, to in ((one.index, -1), (other.index, one.index), (-1, other.index)):
        tamper('UPDATE ledger_leaf SET "index" = :to WHERE "index" = :index', index=index, to=to)
    found = app.test_cli_runner().invoke(args=["check-ledger"])
    assert found.exit_code == 1
    assert "reordered" in found.output


def test_checking_changes_nothing_and_holds_nobody_up(phone: People, city: City) -> None:
    campaign = logged(phone, city, settled=False)
    before = len(pending(campaign)), len(leaves(campaign))
    assert findings(campaign) == findings(campaign) == []
    assert (len(pending(campaign)), len(leaves(campaign))) == before


def test_of_the_sample_survey_nothing_is_logged_before_the_close(city: City) -> None:
    sample = make_sample(city)
    for place in range(12):
        submit(rating(sample, place), now=clock.now())
    campaign = sample.campaign.id
    assert {leaf.at_close for leaf in pending(campaign)} == {True}
    append()
    assert leaves(campaign) == []
    assert findings(campaign) == []
    close_and_settle(campaign)
    assert len(leaves(campaign, Event.ACCEPTED)) == 12
    assert {row.channel for row in rows(campaign)} == {Channel.SAMPLE}
    assert findings(campaign) == []
