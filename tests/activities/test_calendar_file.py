"""The calendar file: read back with another parser's eyes, and line by line."""

from datetime import UTC

from flask.testing import FlaskClient
from icalendar import Calendar

from server.activities import service
from server.activities.models import Activity
from server.core import clock
from server.core.access import SYSTEM
from server.core.transaction import transaction
from server.identity.models import Organisation
from tests.activities.conftest import People
from tests.factories.activities import ActivityFactory, content
from tests.factories.members import Comrade

TITLE = "清扫河岸；第一组, 带\\手套"


def fetch(client: FlaskClient, held: Activity, who: Comrade) -> bytes:
    answer = client.get(f"/api/v1/activities/{held.id}/calendar.ics", headers=who.headers)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "text/calendar"
    assert f"activity-{held.id}.ics" in answer.headers["Content-Disposition"]
    return answer.data


def lines(data: bytes) -> dict[str, str]:
    """Return the file's properties, folded lines put together again."""
    text = data.decode().replace("\r\n ", "")
    return dict(line.split(":", 1) for line in text.split("\r\n") if line)


def test_a_file_holds_utc_times_escaped_text_and_a_lasting_uid(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id, title=TITLE, description="第一行\n第二行", bring="手套")
    data = fetch(client, held, people.anna)
    found = lines(data)
    assert found["UID"] == f"activity-{held.id}@ronghe.test"
    assert found["SEQUENCE"] == "1"
    assert found["DTSTART"] == f"{held.starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    assert found["DTEND"] == f"{held.ends_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    assert found["DTSTAMP"].endswith("Z")
    assert found["SUMMARY"] == r"清扫河岸；第一组\, 带\\手套"
    assert r"第一行\n第二行" in found["DESCRIPTION"]
    assert (found["METHOD"], found["STATUS"]) == ("PUBLISH", "CONFIRMED")
    (event,) = Calendar.from_ical(data).walk("VEVENT")
    assert event["SUMMARY"] == TITLE
    assert "主办：第一党支部" in event["DESCRIPTION"]
    assert event["LOCATION"] == "江滨公园东门"


def test_every_line_is_folded_at_seventy_five_octets_and_ends_with_crlf(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id, description="长" * 500)
    data = fetch(client, held, people.anna)
    rows = data.split(b"\r\n")
    assert rows[-1] == b""
    assert b"\n" not in b"".join(rows)
    assert max(map(len, rows)) <= 75
    assert all(row.decode() for row in rows[:-1])


def test_a_change_raises_the_sequence_and_a_cancellation_strikes_it_out(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id)
    now = clock.now()
    first = lines(fetch(client, held, people.anna))
    with transaction():
        service.change_activity(
            held.id,
            content(branch.id, starts_at=held.starts_at, place="西门"),
            revision=1,
            actor=SYSTEM,
            now=now,
        )
    second = lines(fetch(client, held, people.anna))
    assert (second["UID"], second["SEQUENCE"], second["LOCATION"]) == (first["UID"], "2", "西门")
    with transaction():
        service.cancel(held.id, "台风", actor=SYSTEM, now=now)
    third = lines(fetch(client, held, people.anna))
    assert (third["UID"], third["SEQUENCE"]) == (first["UID"], "3")
    assert (third["METHOD"], third["STATUS"]) == ("CANCEL", "CANCELLED")
    assert "台风" in third["DESCRIPTION"]


def test_a_draft_has_no_file_for_those_it_is_not_shown_to(
    client: FlaskClient, branch: Organisation, people: People, activity: ActivityFactory
) -> None:
    held = activity(branch.id, announced=False)
    address = f"/api/v1/activities/{held.id}/calendar.ics"
    assert client.get(address, headers=people.anna.headers).status_code == 404
    assert client.get(address, headers=people.secretary.headers).status_code == 200
