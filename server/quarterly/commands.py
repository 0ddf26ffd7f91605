"""``flask check-quarter``: make published quarters again and compare."""

import click

from server.quarterly import checking, queries
from server.quarterly.rules import EditionState, read_quarter


@click.command("check-quarter")
@click.argument("quarter", required=False)
def check_quarter(quarter: str | None) -> None:
    """Make each edition of a quarter (2026Q4; all without one) again from its inputs, and compare.

    Ends with an error where any edition's document, or what it was made of, is not as it was.
    """
    if quarter is not None:
        try:
            read_quarter(quarter)
        except ValueError as error:
            message = f"no quarter: {quarter} (write 2026Q4)"
            raise click.ClickException(message) from error
    quarters = [quarter] if quarter else sorted(queries.states())
    broken = 0
    for code in quarters:
        for edition in reversed(queries.every_edition(code)):
            if edition.state == EditionState.DROPPED:
                continue
            found = checking.faults(edition)
            broken += bool(found)
            verdict = "；".join(found) if found else "ok"
            click.echo(f"{code} {edition.edition} {edition.digest.hex()} {verdict}")
    if broken:
        message = f"{broken} edition(s) are not as they were made"
        raise click.ClickException(message)
