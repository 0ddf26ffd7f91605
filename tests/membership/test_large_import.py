"""An import of as many rows as it takes, in a time that somebody waits for."""

import time

from sqlalchemy import func, select

from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.transaction import transaction
from server.identity.models import Organisation
from server.membership import service
from server.membership.models import Person
from server.membership.rules import MOST_ROWS, ImportKind


def test_twenty_thousand_people_are_checked_and_taken_in_while_one_waits(
    branch: Organisation, other_branch: Organisation
) -> None:
    lines = ["姓名,支部,手机号,编号"]
    names = (branch.name, other_branch.name)
    lines += [
        f"张{number:05d},{names[number % 2]},1380{number:07d},P{number}"
        for number in range(MOST_ROWS)
    ]
    data = "\n".join(lines).encode()
    start = time.process_time()
    with transaction():
        run = service.check_import(
            ImportKind.PEOPLE, data, duties={}, actor=SYSTEM, now=clock.now()
        )
    checked = time.process_time() - start
    assert run.report["counts"]["new"] == MOST_ROWS
    start = time.process_time()
    with transaction():
        service.apply_import(run.id, duties={}, actor=SYSTEM, now=clock.now())
    applied = time.process_time() - start
    assert db.session.scalar(select(func.count()).select_from(Person)) == MOST_ROWS
    start = time.process_time()
    with transaction():
        again = service.check_import(
            ImportKind.PEOPLE, data, duties={}, actor=SYSTEM, now=clock.now()
        )
    checked_again = time.process_time() - start
    assert again.report["counts"]["unchanged"] == MOST_ROWS
    # Processor time: a machine busy with other things says nothing about the import.
    assert max(checked, applied, checked_again) < 5
