"""The operator's command that holds the ratings against the log."""

from collections.abc import Sequence
from pathlib import Path

import click

from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign
from server.core.database import db
from server.core.transaction import transaction
from server.evaluation import log_check
from server.ledger import checker


@click.command("check-ledger")
@click.argument("campaign_id", type=int, required=False, metavar="[CAMPAIGN]")
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="a head of the log that was kept elsewhere; may be given several times",
)
def check_ledger(campaign_id: int | None, checkpoints: Sequence[Path]) -> None:
    """Hold the log against its signed heads, and the ratings against the log.

    What was altered, deleted, added or put in another order straight in the database is found.
    That the whole log was replaced by somebody who has its key shows by a head kept elsewhere.
    Fails where anything is.
    """
    found = 0
    with transaction():
        for fault in checker.check(others=[path.read_text("utf-8") for path in checkpoints]):
            found += 1
            click.echo(f"日志 / log: {fault.kind.value}: {fault}")
    for one in _wanted(campaign_id):
        with transaction():
            log_check.at_one_moment()
            for finding in log_check.check(db.session.get_one(Campaign, one)):
                found += 1
                click.echo(str(finding))
    if found:
        message = (
            f"{found} 处与日志不符 / finding(s): 请保留现场，勿改动数据库，报告机关党委和审计员"
        )
        raise click.ClickException(message)
    click.echo("评价与日志一致 / ratings and log agree")


def _wanted(campaign_id: int | None) -> list[int]:
    if campaign_id is not None:
        return [campaign_id]
    return [campaign.id for campaign in campaigns.campaigns()]
