"""Send a spreadsheet of real comments through the API: ``python -m server.replay FILE``.

Every row comes from a sandbox rater of its own, with a visit code and an address of its own (the
program stands in for a proxy that is configured as trusted); department and level are drawn by a
fixed seed. Then the campaign is closed as the office, and the printed counts are those of the API.
"""

import argparse
import base64
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from threading import local
from time import sleep
from typing import Any
from urllib.parse import urlsplit
from zipfile import BadZipFile
from zoneinfo import ZoneInfo

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

SEED = 2020
THREADS = 8
TEXT_COLUMN = "留言详情"
NUMBER_COLUMN = "留言编号"
LEVEL_WEIGHTS = {5: 20, 4: 25, 3: 20, 2: 20, 1: 15}
TIMEOUT_SECONDS = 30
CHECK_WAITS = 180
SHANGHAI = ZoneInfo("Asia/Shanghai")

Json = dict[str, Any]


class ReplayError(Exception):
    """The replay can't go on; the text is one line."""


@dataclass(frozen=True)
class Row:
    """One message: its line in the sheet, its number and its text."""

    line: int
    number: str
    text: str


@dataclass(frozen=True)
class Outcome:
    """What became of a row."""

    row: Row
    status: int
    code: str
    message: str


class Api:
    """A small client with one connection a thread."""

    def __init__(self, base_url: str) -> None:
        """Talk to ``base_url``, which must be on this machine."""
        parts = urlsplit(base_url)
        if parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            message = f"{base_url} is not on this machine; the replay is for a trial instance"
            raise ReplayError(message)
        self._host, self._port = parts.hostname, parts.port or 80
        self._local = local()

    def call(
        self, method: str, path: str, body: Json | None = None, /, **headers: str
    ) -> tuple[int, Json]:
        """Send JSON and return status and JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        payload = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        if payload is not None:
            named["Content-Type"] = "application/json"
        connection = self._connection()
        try:
            connection.request(method, path, payload, named)
            answer = connection.getresponse()
            raw = answer.read()
        except OSError as error:
            self._local.connection = None
            message = f"no answer from port {self._port}: is `make run` running? ({error})"
            raise ReplayError(message) from error
        return answer.status, json.loads(raw) if raw else {}

    def must(self, method: str, path: str, body: Json | None = None, /, **headers: str) -> Json:
        """Like ``call``; raise where the answer is not a success."""
        status, answer = self.call(method, path, body, **headers)
        if status >= HTTPStatus.BAD_REQUEST:
            message = f"{method} {path}: {status} {answer.get('detail', '')}"
            raise ReplayError(message)
        return answer

    def _connection(self) -> HTTPConnection:
        connection: HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
            self._local.connection = connection
        return connection


def read_rows(path: Path) -> list[Row]:
    """Read the sheet's messages; the first sheet must have the column 留言详情.

    The cells are taken as the file has them: openpyxl leaves the escape ``_x000D_`` as it stands,
    which is how the data's own description counts lengths.
    """
    sheet = load_workbook(path, read_only=True, data_only=True).worksheets[0]
    table = sheet.iter_rows(values_only=True)
    header = [str(cell).strip() for cell in next(table, [])]
    if TEXT_COLUMN not in header:
        message = f"{path.name}: no column {TEXT_COLUMN} in {header}"
        raise ReplayError(message)
    text = header.index(TEXT_COLUMN)
    number = header.index(NUMBER_COLUMN) if NUMBER_COLUMN in header else None
    return [
        Row(line, _plain(cells[number]) if number is not None else str(line), str(cells[text]))
        for line, cells in enumerate(table, start=2)
        if cells[text] is not None
    ]


def _plain(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) else str(cell)


class Replay:
    """One replay: campaign, codes, raters, close."""

    def __init__(self, api: Api, office: tuple[str, str], rows: list[Row]) -> None:
        """Sign in as the office."""
        self.api = api
        self.rows = rows
        self.draw = random.Random(SEED)  # noqa: S311 the same departments and levels every time
        answer = api.must(
            "POST", "/api/v1/office-sessions", {"name": office[0], "password": office[1]}
        )
        self.office = {"Authorization": f"Bearer {answer['token']}"}

    def prepare(self) -> int:
        """Make and open a campaign of visits; return its id."""
        now = datetime.now(SHANGHAI).replace(microsecond=0)
        campaign = self.api.must(
            "POST",
            "/api/v1/campaigns",
            {
                "kind": "service",
                "title": f"真实留言回放 {now:%Y-%m-%d %H:%M:%S}",
                "description": "用公开留言数据试运行，并非正式评价。",
                "channels": ["service_centre"],
                "opens_at": (now - timedelta(minutes=1)).isoformat(),
                "closes_at": (now + timedelta(days=1)).isoformat(),
            },
            **self.office,
        )
        self.api.must("POST", f"/api/v1/campaigns/{campaign['id']}/opening", **self.office)
        return int(campaign["id"])

    def departments(self, campaign: int) -> list[int]:
        """Return the ids of all departments of the campaign."""
        found: list[int] = []
        cursor = ""
        while True:
            page = self.api.must(
                "GET", f"/api/v1/campaigns/{campaign}/departments?limit=100{cursor}"
            )
            found += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    def assign(self, campaign: int) -> Iterator[tuple[int, Row, int, Json, str]]:
        """Yield place, row, level, form and visit code of every rating."""
        departments = self.departments(campaign)
        chosen = [self.draw.choice(departments) for _ in self.rows]
        levels = self.draw.choices(
            list(LEVEL_WEIGHTS), list(LEVEL_WEIGHTS.values()), k=len(self.rows)
        )
        forms, codes = {}, {}
        for department, size in sorted(Counter(chosen).items()):
            path = f"/api/v1/campaigns/{campaign}"
            forms[department] = self.api.must("GET", f"{path}/departments/{department}/form")
            batch = self.api.must(
                "POST",
                f"{path}/code-batches",
                {"department": department, "size": size, "note": "回放"},
                **self.office,
            )
            codes[department] = iter(batch["codes"])
        for place, row in enumerate(self.rows):
            department = chosen[place]
            yield place, row, levels[place], forms[department], next(codes[department])

    def send(
        self, campaign: int, place: int, row: Row, level: int, form: Json, code: str
    ) -> Outcome:
        """Sign in as a rater and send one rating, from an address of its own."""
        address = f"10.{place >> 16 & 255}.{place >> 8 & 255}.{place & 255}"
        session = self.api.must(
            "POST",
            "/api/v1/sessions",
            {"code": f"sandbox:replay-{place}:{place}"},
            X_Forwarded_For=address,
        )
        secret = base64.urlsafe_b64encode(sha256(f"{campaign}:{place}".encode()).digest())
        key = sha256(base64.urlsafe_b64decode(secret)).hexdigest()[:32]
        status, answer = self.api.call(
            "POST",
            f"/api/v1/campaigns/{campaign}/evaluations",
            {
                "department": form["department"]["id"],
                "overall": level,
                "levels": {str(leaf["id"]): level for leaf in form["leaves"]},
                "comment": row.text,
                "code": code,
            },
            X_Forwarded_For=address,
            Authorization=f"Bearer {session['token']}",
            Idempotency_Key=key,
        )
        errors = answer.get("errors") or [{"field": "", "message": answer.get("detail", "")}]
        message = "；".join(f"{item['field']} {item['message']}".strip() for item in errors)
        return Outcome(row, status, answer.get("code", "accepted"), message)

    def run(self, campaign: int, console: Console) -> list[Outcome]:
        """Send every row, with a progress bar."""
        work = list(self.assign(campaign))
        with (
            Progress(
                "[progress.description]{task.description}",
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=console,
            ) as progress,
            ThreadPoolExecutor(THREADS) as pool,
        ):
            bar = progress.add_task("送交评价", total=len(work))
            outcomes = []
            for outcome in pool.map(lambda item: self.send(campaign, *item), work):
                outcomes.append(outcome)
                progress.advance(bar)
        return outcomes

    def checked(self, campaign: int, console: Console) -> Json:
        """Wait until the content check has taken up every comment; return the review figures."""
        path = f"/api/v1/campaigns/{campaign}/review-figures"
        with console.status("等待内容检测"):
            for _ in range(CHECK_WAITS):
                figures = self.api.must("GET", path, **self.office)
                if not figures["comments"]["waiting"]:
                    return figures
                sleep(1)
        return figures

    def close(self, campaign: int, console: Console) -> Json:
        """Close as the office, wait until the results are published, and return them."""
        path = f"/api/v1/campaigns/{campaign}"
        self.api.must("POST", f"{path}/closure", **self.office)
        with console.status("结束并封存"):
            for _ in range(CHECK_WAITS):
                status, answer = self.api.call("GET", f"{path}/results")
                if status == HTTPStatus.OK:
                    return answer
                sleep(0.5)
        message = "the campaign was closed, but no worker has settled it: is the worker running?"
        if answer.get("code") == "campaign_not_published":
            message = "the campaign is settled; by the setting its results await publication"
        raise ReplayError(message)


def report(outcomes: list[Outcome], console: Console) -> None:
    """Print what was accepted and refused, and why, row by row."""
    refused = [outcome for outcome in outcomes if outcome.status != HTTPStatus.CREATED]
    accepted = len(outcomes) - len(refused)
    console.print(f"共 {len(outcomes)} 条：收下 {accepted} 条，拒收 {len(refused)} 条")
    for outcome in refused:
        console.print(
            f"  第 {outcome.row.line} 行 留言编号 {outcome.row.number}："
            f"{outcome.status} {outcome.code} {outcome.message}"
            f"（{len(outcome.row.text.strip())} 字）",
            highlight=False,
            soft_wrap=True,
        )


def report_result(campaign: int, figures: Json, results: Json, base: str, console: Console) -> None:
    """Print what is held, what counts, and where it stands."""
    comments = figures["comments"]
    console.print(
        f"留言：检测通过 {comments['passed']} 条，待人工审核 {comments['held']} 条，"
        f"检测中 {comments['waiting']} 条"
    )
    shown = [
        channel
        for department in results["departments"]
        for channel in department["channels"]
        if not channel["withheld"]
    ]
    withheld = sum(
        channel["withheld"]
        for department in results["departments"]
        for channel in department["channels"]
    )
    console.print(
        f"库中 {figures['evaluations']} 份评价；公布 {sum(part['count'] for part in shown)} 份"
        f"（{len(shown)} 组），{withheld} 组不足 {results['smallest_group']} 人不予显示"
    )
    console.print(
        f"结果：{base}/board/{campaign}  控制台：{base}/console/campaigns/{campaign}/results",
        soft_wrap=True,
    )


def _office_account(var: Path) -> tuple[str, str]:
    try:
        accounts = json.loads((var / "demo-accounts.json").read_text())
        account = next(item for item in accounts if "office" in item["roles"])
    except (OSError, StopIteration, ValueError) as error:
        message = f"no demo account of the office in {var}: start `make run` once"
        raise ReplayError(message) from error
    return account["name"], account["password"]


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Send a spreadsheet of comments through the API.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--base-url", default=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
    parser.add_argument("--var", type=Path, default=Path(os.environ.get("VAR_DIR", "var")))
    arguments = parser.parse_args()
    console = Console()
    try:
        replay = Replay(
            Api(arguments.base_url), _office_account(arguments.var), read_rows(arguments.file)
        )
        campaign = replay.prepare()
        report(replay.run(campaign, console), console)
        figures = replay.checked(campaign, console)
        results = replay.close(campaign, console)
    except (ReplayError, InvalidFileException, BadZipFile, OSError) as error:
        print(f"ronghe: {error}", file=sys.stderr)  # noqa: T201 a command's last word
        return 1
    report_result(campaign, figures, results, arguments.base_url, console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
