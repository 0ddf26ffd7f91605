"""The log's stand-alone command: ``python -m server.ledger verify|recount|keygen|sign``.

It needs the public files and Python with ``cryptography``; no database, no application, no key of
the server. What it prints is for everybody, so it is in Chinese.
"""

import argparse
import base64
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.campaigns.rules import Channel
from server.ledger.files import FileUnavailableError, PublicFiles, read_source
from server.ledger.findings import MalformedFindingError, read_finding
from server.ledger.notes import NoteError, VerifierKey
from server.ledger.openings import OpeningsError
from server.ledger.recount import NoTallyError, recount
from server.ledger.verification import Verdict, verify

SEED_BYTES = 32
GOOD, FAULTY, FAILED = 0, 1, 2


class CommandError(Exception):
    """The command can't go on; the message is a Chinese sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0 where all is well, 1 where not, 2 where nothing can be said."""
    asked = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = asked.command
    try:
        return command(asked)
    except (CommandError, FileUnavailableError, NoTallyError) as error:
        _say(f"无法核对：{error}")
    except OpeningsError as error:
        _say(f"无法核对：开封文件格式不对（{error}）。")
    except OSError as error:
        _say(f"无法读写文件 {error.filename}。")
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m server.ledger", description="核对评价日志。只用公开文件，不需要服务器。"
    )
    commands = parser.add_subparsers(required=True, metavar="命令")
    one = commands.add_parser("verify", help="核对整个日志、签名和各活动的合计")
    _add_source(one)
    one.add_argument(
        "--checkpoint", action="append", default=[], help="以前保存的日志头文件，可以给多个"
    )
    one.add_argument("--keep", help="把取来的文件存到这个文件夹，以后可以离线核对")
    one.set_defaults(command=_verify)
    one = commands.add_parser("recount", help="审计员：按开封文件重新计数")
    one.add_argument("openings", help="开封文件")
    _add_source(one)
    one.add_argument("--document", help="公布文件（JSON），用来核对公布的数字")
    one.add_argument("--result", default="result.txt", help="核对结论写到这个文件，供签名")
    one.set_defaults(command=_recount)
    one = commands.add_parser("keygen", help="审计员：生成自己的签名密钥")
    one.add_argument("file", help="私钥存到这个文件，只留给自己")
    one.set_defaults(command=_keygen)
    one = commands.add_parser("sign", help="审计员：用自己的密钥签核对结论")
    one.add_argument("file", help="私钥文件")
    one.add_argument("result", help="recount 写出的结论文件")
    one.set_defaults(command=_sign)
    return parser


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", help="公开文件所在的文件夹，或日志的网址（以 /log 结尾）")
    parser.add_argument("--key", help="日志的公钥，或存有它的文件；应从别处得到，例如小程序或公报")


def _verify(asked: argparse.Namespace) -> int:
    files = read_source(asked.source, Path(asked.keep) if asked.keep else None)
    key = _key(files, asked.key)
    earlier = [Path(path).read_text("utf-8") for path in asked.checkpoint]
    verdict = verify(files, key, earlier=earlier)
    _tell(verdict)
    for fault in verdict.faults:
        _say(f"问题：{fault}")
    if verdict.faults:
        _say(f"核对不通过：发现 {len(verdict.faults)} 个问题。")
        return FAULTY
    _say("核对通过：日志完整，签名有效，各次合计与日志一致。")
    return GOOD


def _tell(verdict: Verdict) -> None:
    if verdict.checkpoint is None:
        return
    head = verdict.checkpoint
    _say(f"日志 {head.origin}，共 {head.size} 条，根 {base64.b64encode(head.root).decode()}")
    for number, walk in sorted(verdict.campaigns.items()):
        if walk.tally is None:
            _say(f"活动 {number}：还没有合计。")
            continue
        reasons = "".join(
            f"，不予采纳 {reason} {count} 份" for reason, count in sorted(walk.excluded.items())
        )
        _say(
            f"活动 {number}：第 {walk.tally.edition} 版合计，计入 {walk.tally.counted} 份，"
            f"撤回 {walk.tally.withdrawn} 份{reasons}"
        )
        if walk.seals_broken:
            _say(f"活动 {number}：封存曾被打开 {walk.seals_broken} 次。")


def _recount(asked: argparse.Namespace) -> int:
    files = read_source(asked.source)
    key = _key(files, asked.key)
    document = Path(asked.document).read_bytes() if asked.document else None
    channels = {channel.code: int(channel) for channel in Channel}
    try:
        found = recount(Path(asked.openings), files, key, document=document, channels=channels)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, OpeningsError):
            raise
        message = "公布文件或合计文件不是规定的格式。"
        raise CommandError(message) from error
    _say(found.table().rstrip("\n"))
    for fault in found.faults:
        _say(f"问题：{fault}")
    Path(asked.result).write_text(found.finding.text(), "ascii")
    _say(f"结论已写到 {asked.result}。各级计数只给审计员看，结论里只有它的校验码。")
    return GOOD if found.finding.agrees else FAULTY


def _keygen(asked: argparse.Namespace) -> int:
    private = Ed25519PrivateKey.generate()
    # Never over an old key, and readable by its owner alone from the first byte.
    handle = os.open(asked.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(private.private_bytes_raw().hex() + "\n")
    _say(f"私钥已存到 {asked.file}，请妥善保管，不要交给任何人。")
    _say("公钥（在后台“审计”里登记）：")
    _say(private.public_key().public_bytes_raw().hex())
    return GOOD


def _sign(asked: argparse.Namespace) -> int:
    try:
        seed = bytes.fromhex(Path(asked.file).read_text("ascii").strip())
        private = Ed25519PrivateKey.from_private_bytes(seed)
    except ValueError as error:
        message = f"{asked.file} 不是 keygen 生成的私钥文件。"
        raise CommandError(message) from error
    text = Path(asked.result).read_bytes()
    try:
        finding = read_finding(text.decode("ascii"))
    except (MalformedFindingError, UnicodeDecodeError) as error:
        message = f"{asked.result} 不是 recount 写出的结论。"
        raise CommandError(message) from error
    verdict = "一致" if finding.agrees else "不一致"
    _say(f"活动 {finding.campaign_id} 第 {finding.edition} 版，核对结论：{verdict}。签名：")
    _say(base64.b64encode(private.sign(text)).decode())
    return GOOD


def _key(files: PublicFiles, given: str | None) -> VerifierKey:
    if given is None:
        _say("提示：公钥取自日志本身。请与小程序或公报上的公钥对照，或用 --key 给出。")
        text = files.read("key").decode("utf-8", "replace")
    else:
        path = Path(given)
        text = path.read_text("utf-8") if "+" not in given or path.is_file() else given
    try:
        return VerifierKey.read(text)
    except NoteError as error:
        message = "公钥不是规定的格式。"
        raise CommandError(message) from error


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
