"""Commands for the operator and the supervisor: ``python -m flask --app server.wsgi <command>``."""

from pathlib import Path

import click
from apiflask import APIFlask
from flask import current_app, json
from flask_migrate import upgrade

from server.core import clock
from server.core.access import SYSTEM, Role
from server.core.config import PRODUCTION
from server.core.transaction import transaction
from server.demo import city
from server.demo.activities import make_demo_activities
from server.demo.assessment import make_demo_assessment
from server.demo.campaigns import make_demo_campaigns
from server.demo.cases import make_demo_cases
from server.demo.feedback import make_demo_feedback
from server.demo.frontline import make_demo_log
from server.demo.hotline import make_demo_hotline
from server.demo.pairings import make_demo_pairings
from server.demo.quarters import make_demo_groups, make_demo_quarter
from server.demo.register import make_demo_register
from server.demo.scores import make_demo_scores
from server.demo.uptake import make_demo_uptake
from server.demo.visits import make_demo_visits
from server.evaluation import commands as evaluation
from server.identity import queries, service
from server.identity.rules import OrganisationKind
from server.ledger import checker
from server.ledger import commands as ledger
from server.publication import queries as publications
from server.quarterly import commands as quarterly
from server.quarterly import queries as quarters
from server.sampling import commands as sampling
from server.scoring import commands as scoring
from server.sources import commands as sources

MIGRATIONS = Path(__file__).parents[1] / "migrations"


@click.command("migrate")
def migrate() -> None:
    """Bring the database to the newest revision; safe to repeat."""
    upgrade(directory=str(MIGRATIONS))


@click.command("demo")
def demo() -> None:
    """Make a demo city with campaigns where the database has none; never in production."""
    if current_app.config["CONFIGURATION"].environment == PRODUCTION:
        message = "the demo city is not for production"
        raise click.ClickException(message)
    now = clock.now()
    with transaction():
        if city.exists():
            city.restore_accounts_file(now)
            return
        city.make_demo_city(now)
        make_demo_pairings(now)
        closed = make_demo_campaigns(now)
        make_demo_register(now)
        make_demo_groups(now)
        make_demo_log(make_demo_activities(now), now)
    make_demo_scores(closed)
    make_demo_visits(now)
    make_demo_cases(closed, now)
    make_demo_hotline(now)
    quarter = make_demo_quarter(closed[-1], now)
    make_demo_feedback(quarter, now)
    make_demo_uptake(quarter, now)
    make_demo_assessment(quarter, now)


@click.command("first-administrator")
@click.argument("name")
def first_administrator(name: str) -> None:
    """Make the first administrator, and the city's root where it is missing; print the password."""
    now = clock.now()
    if queries.active_administrators():
        message = "there is an administrator already: ask that person for an account"
        raise click.ClickException(message)
    with transaction():
        root = queries.root() or service.create_organisation(
            name="本市", kind=OrganisationKind.CITY, parent_id=None, actor=SYSTEM, now=now
        )
        account, password = service.create_account(
            name=name, display_name="系统管理员", actor=SYSTEM, now=now
        )
        service.grant_role(
            Role.ADMINISTRATOR, root.id, account_id=account.id, actor=SYSTEM, now=now
        )
    click.echo(password)


@click.command("openapi")
@click.argument("target", type=click.Path(path_type=Path))
def openapi(target: Path) -> None:
    """Write the API document to a file, from which the phone's types are generated."""
    spec = current_app.spec  # type: ignore[attr-defined]
    target.write_text(json.dumps(spec, ensure_ascii=False, indent=2, sort_keys=True) + "\n")


def init_app(app: APIFlask) -> None:
    """Register the commands."""
    for command in (
        migrate,
        demo,
        first_administrator,
        openapi,
        sources.import_source,
        sampling.repeat_draw,
        scoring.scores,
        scoring.recompute,
        quarterly.check_quarter,
        evaluation.check_ledger,
        ledger.accept_ledger_head,
    ):
        app.cli.add_command(command)
    checker.register_printed(app, publications.checkpoints)
    checker.register_printed(app, quarters.checkpoints)
