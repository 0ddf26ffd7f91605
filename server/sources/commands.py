"""The operator's command: a file taken in from the machine itself, with its progress."""

from pathlib import Path
from shutil import copyfileobj
from uuid import UUID

import click

from server.core import clock
from server.core.access import SYSTEM
from server.core.errors import Refusal
from server.core.transaction import transaction
from server.sources import columns, parcels, queries, service, sheets
from server.sources.models import SourceRun
from server.sources.service.matters import topics

COUNTS = {
    "read": "读取",
    "new": "新增",
    "changed": "更新",
    "unchanged": "无变化",
    "repeated": "重复",
    "refused": "有误",
    "unrated": "无等级",
    "without_department": "待分派",
}


@click.command("import-source")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--check", is_flag=True, help="Show what would happen, and change nothing.")
@click.option(
    "--refused",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the refused rows to this XLSX file.",
)
def import_source(name: str, file: Path, *, check: bool, refused: Path | None) -> None:
    """Take a file of the source NAME in by the mapping made in the console.

    Ended by Ctrl-C, nothing of it stays. Exits with 1 where nothing went in, with 2 where rows were
    refused.
    """
    try:
        run = _imported(name, file, check=check)
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from refusal
    counts = run.report["counts"]
    for code, label in COUNTS.items():
        click.echo(f"{label} {counts[code]}")
    for one in run.report["faults"][:20]:
        for name_of_field, message in one["faults"]:
            label = columns.LABELS.get(name_of_field, "整行")
            click.echo(f"第 {one['line']} 行 {label}：{message}", err=True)
    if counts["refused"]:
        if refused is not None:
            _write_refused(run, refused)
        raise SystemExit(2)


def _imported(name: str, file: Path, *, check: bool) -> SourceRun:
    now = clock.now()
    source_id = next((key for key, one in queries.source_names().items() if one == name), None)
    if source_id is None:
        raise Refusal("source_unknown", 404)
    with transaction(), file.open("rb") as stream:
        run_id = service.upload(source_id, stream, file.name, actor=SYSTEM, now=now).id
        service.start_check(run_id, actor=SYSTEM, now=now)
    try:
        _work(run_id, "检查")
        if not check:
            with transaction():
                service.apply_run(run_id, actor=SYSTEM, now=clock.now())
            _work(run_id, "导入")
            _suggest(source_id)
    except BaseException:
        with transaction():
            service.fail_run(run_id, "", cancelled=True, now=clock.now())
        raise
    return queries.run(run_id, SYSTEM)[0]


def _work(run_id: UUID, what: str) -> None:
    def watch(rows: int, share: int) -> None:
        click.echo(f"\r{what} {rows} 行 {share}%", nl=False, err=True)

    with transaction():
        service.work(run_id, now=clock.now(), watch=watch)
    click.echo(err=True)


def _suggest(source_id: int) -> None:
    ready, more = topics(), True
    while more:
        with transaction():
            more = service.suggest_topics(source_id, ready)


def _write_refused(run: SourceRun, target: Path) -> None:
    mapping = queries.mapping(run.source_id, run.mapping_version)
    if mapping is None:
        return
    workbook = sheets.refused_workbook(mapping.columns, parcels.refused_rows(run.id))
    with workbook, target.open("wb") as file:
        copyfileobj(workbook, file)
