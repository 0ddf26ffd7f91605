"""The operator's commands: scores worked out on the machine itself, and worked out again."""

import sys
import time
from typing import BinaryIO
from uuid import UUID

import click

from server.core import clock
from server.core.access import SYSTEM
from server.core.database import db
from server.core.errors import InvalidInput, Refusal
from server.core.transaction import transaction
from server.scoring import canonical, queries, running, service
from server.scoring.recompute import RecomputeError
from server.scoring.recompute import recompute as recompute_file
from server.scoring.rules import BUSY, RUN_STATE_LABELS, RunState
from server.scoring.weighting import WeightingError

LOOK_SECONDS = 0.5


@click.command("scores")
@click.argument("campaign", type=int)
@click.argument("scheme", type=int)
@click.option(
    "--set-apart", is_flag=True, help="Leave out what findings set apart (never for publication)."
)
def scores(campaign: int, scheme: int, *, set_apart: bool) -> None:
    """Work out a settled campaign's scores by a scheme; print the file that recompute reads.

    The scheme is fixed for good by this. The run stands in the console as well. Progress goes to
    the standard error output; ended by Ctrl-C, nothing stays.
    """
    try:
        with transaction():
            run_id = service.request_run(
                campaign, scheme, set_apart=set_apart, actor=SYSTEM, now=clock.now()
            ).id
        _work(run_id)
    except InvalidInput as refusal:
        text = "\n".join(error["message"] for error in refusal.errors)
        raise click.ClickException(text) from refusal
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo(canonical.encode(queries.file_of(queries.run(run_id))), nl=False)


def _work(run_id: UUID) -> None:
    try:
        if running.work(run_id, watch=_show):
            return
    except WeightingError as error:
        _end(run_id, str(error))
        raise click.ClickException(str(error)) from error
    except service.Cancelled as error:
        message = "已在后台取消。"
        raise click.ClickException(message) from error
    except BaseException:
        _end(run_id, "", cancelled=True)
        raise
    finally:
        click.echo(err=True)
    _wait(run_id)


def _wait(run_id: UUID) -> None:
    """Show the progress of a run that a worker took up first."""
    while (run := queries.run(run_id)).state in BUSY:
        _show(run.progress)
        db.session.rollback()
        time.sleep(LOOK_SECONDS)
    if run.state != RunState.DONE:
        raise click.ClickException(run.reason or RUN_STATE_LABELS[RunState(run.state)])


def _end(run_id: UUID, reason: str, *, cancelled: bool = False) -> None:
    with transaction():
        service.end_without(run_id, reason, cancelled=cancelled, now=clock.now())


def _show(share: int) -> None:
    click.echo(f"\r计算得分 {share}%", nl=False, err=True)
    sys.stderr.flush()


@click.command("recompute")
@click.argument("source", type=click.File("rb"), metavar="FILE")
def recompute(source: BinaryIO) -> None:
    """Work published scores out again from a snapshot file with its scheme; - reads the input.

    Prints the result's canonical bytes. Where the file carries a result, another one is an error.
    """
    try:
        answer = recompute_file(source.read())
    except RecomputeError as error:
        raise click.ClickException(str(error)) from error
    click.echo(answer, nl=False)
