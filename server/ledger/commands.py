"""The operator's command after a restore: the log goes on from what the database holds."""

import click

from server.core.transaction import lock, transaction
from server.ledger import kept, queries, sequencer
from server.ledger.notes import NoteError


@click.command("accept-ledger-head")
@click.confirmation_option(
    prompt="日志将从数据库现有的最新日志头接着写，之前签过的更长的日志作废。确认？"
    " / The log goes on from the database's newest head. Go on?"
)
def accept_ledger_head() -> None:
    """Have the log go on from the database's newest head, after a restore from a backup.

    Until then nothing is signed over a log that is shorter or another than the one signed last.
    It is on record in the audit log; phones and auditors that saw more will say so.
    """
    with transaction():
        lock(sequencer.LOCK)
        newest = queries.newest_head()
        try:
            kept.accept(newest)
        except NoteError as error:
            message = "数据库里最新的日志头签名无效或与数据块不符 / the newest head is not valid"
            raise click.ClickException(message) from error
        size = 0 if newest is None else newest.size
    click.echo(f"已接受规模 {size} 的日志头 / accepted the head of size {size}")
