"""A campaign in which everything happens that changes ratings, and its counts by a plain scan."""

from dataclasses import dataclass, field

from sqlalchemy import select

from server.campaigns.models import Campaign, CampaignDepartment
from server.campaigns.rules import CampaignKind, Channel
from server.core import clock
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import receipts, service
from server.evaluation.content import Content
from server.evaluation.counts import GroupKey
from server.evaluation.models import Evaluation, Exclusion
from server.evaluation.raters import Claim
from server.evaluation.rules import EvaluationState, ExclusionReason
from server.evaluation.submission import Submission, submit
from tests.factories.city import City
from tests.factories.closing import close_and_settle
from tests.factories.excluding import exclude
from tests.factories.rating import new_receipt


@dataclass
class Ledger:
    """One service campaign. Numbers choose among what there is, so any numbers will do."""

    city: City
    campaign: Campaign
    closed: bool = False
    receipts: list[str] = field(default_factory=list)
    codes: dict[int, list[str]] = field(default_factory=dict)

    @classmethod
    def begin(cls, city: City) -> "Ledger":
        channels = (Channel.SERVICE_CENTRE, Channel.HOTLINE)
        campaign = city.campaign(kind=CampaignKind.SERVICE, channels=channels)
        found = cls(city, campaign)
        for department in city.departments:
            found.codes[department.id] = city.codes(campaign, department, 40)
        return found

    def rate(self, number: int, level: int) -> None:
        """Rate a department through the door that phones and the web form use."""
        if self.closed:
            return
        department = self._department(number)
        secret = new_receipt()
        self.receipts.append(secret)
        submit(
            Submission(
                self.campaign.id,
                department,
                self._content(department, number, level),
                receipts.key_of(secret),
                Claim(code=self.codes[department].pop()),
            ),
            now=clock.now(),
        )

    def correct(self, number: int, level: int) -> None:
        """Change a rating that still may be changed; a withdrawn one counts again."""
        found = self._of_receipt(number)
        if found is not None:
            secret, evaluation = found
            content = self._content(evaluation.department_id, number, level)
            with transaction():
                receipts.correct(self.campaign.id, secret, content, member_id=None, now=clock.now())

    def withdraw(self, number: int, _level: int) -> None:
        """Take a rating back that still may be taken back."""
        found = self._of_receipt(number)
        if found is not None:
            with transaction():
                receipts.withdraw(self.campaign.id, found[0], now=clock.now())

    def exclude(self, number: int, level: int) -> None:
        """Set a rating apart, by two persons; also after the close."""
        counted = self._ratings(EvaluationState.COUNTED)
        if counted:
            chosen = counted[number % len(counted)].id
            reason = list(ExclusionReason)[level % len(ExclusionReason)]
            exclude(self.city, self.campaign.id, chosen, reason)

    def hand_over(self, number: int, level: int) -> None:
        """Take in tickets of the hotline: new ones, the same again, and changed ones."""
        with transaction():
            for gate in self._gates():
                today = clock.today()
                ratings = [
                    service.ImportedRating(
                        f"1:{ticket}".encode(), self._department(ticket), today, level
                    )
                    for ticket in range(number % 5, number % 5 + 3)
                ]
                service.store_imported(gate, Channel.HOTLINE, ratings)

    def take_back(self, number: int, _level: int) -> None:
        """Withdraw a ticket's rating, as its source did."""
        with transaction():
            for gate in self._gates():
                name = f"1:{number % 7}".encode()
                service.withdraw_imported(gate, Channel.HOTLINE, [name])

    def close(self, _number: int, _level: int) -> None:
        """Close and settle."""
        if not self.closed:
            self.closed = True
            close_and_settle(self.campaign.id)

    def _gates(self) -> list[service.Gate]:
        gates = service.gates(Channel.HOTLINE, now=clock.now(), lock=True)
        return [gate for gate in gates if gate.campaign_id == self.campaign.id]

    def _department(self, number: int) -> int:
        return self.city.departments[number % len(self.city.departments)].id

    def _content(self, department: int, number: int, level: int) -> Content:
        row = db.session.get_one(CampaignDepartment, (self.campaign.id, department))
        levels = {str(leaf): (number + place) % 6 for place, leaf in enumerate(row.leaves)}
        return Content(overall=level, levels=levels)

    def _of_receipt(self, number: int) -> tuple[str, Evaluation] | None:
        if self.closed or not self.receipts:
            return None
        secret = self.receipts[number % len(self.receipts)]
        key = receipts.key_of(secret)
        db.session.expire_all()
        found = db.session.scalars(select(Evaluation).where(Evaluation.receipt_key == key)).one()
        return None if found.state == EvaluationState.EXCLUDED else (secret, found)

    def _ratings(self, state: EvaluationState) -> list[Evaluation]:
        db.session.expire_all()
        mine = (Evaluation.campaign_id == self.campaign.id, Evaluation.state == state)
        return list(db.session.scalars(select(Evaluation).where(*mine).order_by(Evaluation.id)))

    def scanned(self) -> dict[GroupKey, dict[int, dict[int, int]]]:
        """Count the counted ratings one by one."""
        counts: dict[GroupKey, dict[int, dict[int, int]]] = {}
        for row in self._ratings(EvaluationState.COUNTED):
            places = counts.setdefault(GroupKey(row.department_id, row.channel, row.cell), {})
            for place, level in enumerate([row.overall or 0, *row.levels]):
                levels = places.setdefault(place, {})
                levels[level] = levels.get(level, 0) + 1
        return counts

    def set_apart(self) -> dict[tuple[int, int], dict[ExclusionReason, int]]:
        """Count the excluded ratings one by one."""
        found: dict[tuple[int, int], dict[ExclusionReason, int]] = {}
        for row in self._ratings(EvaluationState.EXCLUDED):
            reason = db.session.scalars(
                select(Exclusion.reason).where(
                    Exclusion.evaluation_id == row.id, Exclusion.state == "confirmed"
                )
            ).one()
            reasons = found.setdefault((row.department_id, row.channel), {})
            reasons[ExclusionReason(reason)] = reasons.get(ExclusionReason(reason), 0) + 1
        return found
