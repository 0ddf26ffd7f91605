"""A poor rating from a phone, the case that it registered, and appeals against it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask.testing import FlaskClient

from server.appeals import service as appeals
from server.appeals.models import Appeal
from server.campaigns.models import Campaign
from server.campaigns.rules import CampaignKind
from server.core import clock
from server.core.access import Actor
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import registering
from server.evaluation.models import Evaluation
from server.evaluation.rules import ExclusionReason
from server.rectification import queries
from server.rectification import service as rectification
from server.rectification.models import Case, CaseOrigin
from server.rectification.rules import CallbackOutcome
from tests.factories.city import City
from tests.factories.rating import Phone, new_receipt

CONTACT = {"name": "王女士", "phone": "13800000001"}


@dataclass
class Rated:
    """A case, the one rating behind it, and the receipt of its rater."""

    city: City
    campaign: Campaign
    case_id: UUID
    origin_id: int
    evaluation_id: UUID
    phone: Phone
    receipt: str

    @property
    def case(self) -> Case:
        """The case as it is now."""
        db.session.expire_all()
        return queries.case(self.case_id)

    @property
    def rating(self) -> Evaluation:
        """The rating as it is now."""
        db.session.expire_all()
        return db.session.get_one(Evaluation, (self.campaign.id, self.evaluation_id))

    def answer(self, *, now: datetime | None = None) -> None:
        """Call the rater back and answer, as the liaison does."""
        liaison, moment = self.city.actors["liaison"], now or clock.now()
        with transaction():
            rectification.call_back(
                self.origin_id,
                CallbackOutcome.REACHED,
                "已电话沟通。",
                actor=liaison,
                now=moment,
            )
            rectification.answer(self.case_id, "已增设窗口。", actor=liaison, now=moment)

    def appeal(
        self,
        *,
        claim: ExclusionReason = ExclusionReason.NOT_ABOUT_DEPARTMENT,
        grounds: str = "此事由市住建局办理，附职责清单。",
        actor: Actor | None = None,
        now: datetime | None = None,
    ) -> UUID:
        """File an appeal as the liaison does; return its id."""
        with transaction():
            filed = appeals.file_appeal(
                self.case_id,
                origin=self.origin_id,
                claim=claim,
                grounds=grounds,
                actor=actor or self.city.actors["liaison"],
                now=now or clock.now(),
            )
        return filed.id

    def decide(
        self,
        appeal_id: UUID,
        *,
        uphold: bool = True,
        decision: str = "经查，该事项不属于该局职责。",
        actor: Actor | None = None,
        now: datetime | None = None,
    ) -> Appeal:
        """Decide an appeal as the city's adjudicator does."""
        with transaction():
            return appeals.decide(
                appeal_id,
                uphold=uphold,
                decision=decision,
                actor=actor or self.city.actors["adjudicator"],
                now=now or clock.now(),
            )

    def receipt_state(self) -> dict[str, object]:
        """Return what the receipt says of the rating."""
        return self._get("receipt")

    def told(self) -> dict[str, object]:
        """Return what the receipt says of the case."""
        return self._get("receipt/case")

    def _get(self, path: str) -> dict[str, object]:
        answer = self.phone.client.get(
            f"/api/v1/campaigns/{self.campaign.id}/{path}", headers={"Receipt": self.receipt}
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json
        return found


def poor_rating(
    city: City,
    client: FlaskClient,
    *,
    campaign: Campaign | None = None,
    person: str = "anna",
    comment: str = "等了三个小时，没有人受理。",
    department: int = 0,
) -> Rated:
    """Rate a visit 非常不满意 with a contact, and have its case registered."""
    held = campaign or city.campaign(kind=CampaignKind.SERVICE)
    place = city.departments[department]
    (code,) = city.codes(held, place, size=1)
    phone, receipt = Phone.of(client, person), new_receipt()
    answer = phone.rate(
        held.id, place.id, 1, receipt=receipt, code=code, comment=comment, contact=CONTACT
    )
    assert answer.status_code == 201, answer.text
    before = set(db.session.scalars(db.select(CaseOrigin.id)))
    registering.register_at_once(now=clock.now())
    (origin,) = (one for one in db.session.scalars(db.select(CaseOrigin)) if one.id not in before)
    _, _, evaluation = origin.origin_id.partition(":")
    return Rated(city, held, origin.case_id, origin.id, UUID(evaluation), phone, receipt)


def later(days: int) -> datetime:
    """Return the moment so many days from now."""
    return clock.now() + timedelta(days=days)
