"""The stranger's command: a draw made again from its two public files."""

import json
from typing import BinaryIO

import click

from server.sampling.drawing import lines
from server.sampling.repeating import RepeatError, read_frame, repeat


@click.command("repeat-draw")
@click.argument("frame", type=click.File("rb"), metavar="FRAME.csv")
@click.option("--plan", type=click.File("rb"), required=True, help="The draw's plan, a JSON file.")
def repeat_draw(frame: BinaryIO, plan: BinaryIO) -> None:
    """Draw again from a frame without persons and a plan; print the drawn numbers as CSV.

    Needs no database and no key. Fails where the frame is not the plan's, or gives other cells.
    """
    try:
        said = json.loads(plan.read())
        drawn = repeat(read_frame(frame.read()), said)
    except (RepeatError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    for line in lines(drawn):
        click.echo(line)
