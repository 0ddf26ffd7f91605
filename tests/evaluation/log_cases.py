"""A campaign whose ratings stand in the log, and what a test asks of it."""

from collections.abc import Callable

from sqlalchemy import select

from server.campaigns.models import Campaign
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import log_check
from server.evaluation.models import Evaluation
from server.ledger import sequencer
from server.ledger.models import Leaf, PendingLeaf
from server.ledger.rules import Event
from tests.factories.rating import Phone, new_receipt

People = Callable[[str], Phone]


def rate_by(
    phone: People, campaign: int, department: int, number: int, **more: object
) -> list[str]:
    """Have so many people rate a department, no leaf like the next; return their receipts."""
    receipts = []
    for place in range(number):
        receipt, person = new_receipt(), phone(f"person{place}")
        body = person.body(campaign, department, place % 5 + 1, **more)
        body["levels"] = {leaf: (place + at) % 6 for at, leaf in enumerate(body["levels"])}
        answer = person.send(campaign, body, receipt)
        assert answer.status_code == 201, answer.text
        receipts.append(receipt)
    return receipts


def rows(campaign: int) -> list[Evaluation]:
    db.session.expire_all()
    mine = select(Evaluation).where(Evaluation.campaign_id == campaign)
    return list(db.session.scalars(mine.order_by(Evaluation.id)))


def pending(campaign: int) -> list[PendingLeaf]:
    db.session.expire_all()
    mine = select(PendingLeaf).where(PendingLeaf.campaign_id == campaign)
    return list(db.session.scalars(mine.order_by(PendingLeaf.id)))


def leaves(campaign: int, event: Event | None = None) -> list[Leaf]:
    db.session.expire_all()
    mine = select(Leaf).where(Leaf.campaign_id == campaign)
    if event is not None:
        mine = mine.where(Leaf.event == int(event))
    return list(db.session.scalars(mine.order_by(Leaf.index)))


def append(*closing: int) -> int:
    """Run the sequencer, as its job does."""
    with transaction():
        return sequencer.append(now=clock.now(), closing=closing)


def findings(campaign: int) -> list[str]:
    """Hold the ratings against the log; return the lines that an operator reads."""
    with transaction():
        log_check.at_one_moment()
        return [str(one) for one in log_check.check(db.session.get_one(Campaign, campaign))]
