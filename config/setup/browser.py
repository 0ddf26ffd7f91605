"""Chromium from npm for the browser tests, and a Chinese font for it.

`var/chromium/launch` starts it. Playwright finds it through the variable CHROMIUM.

The font files come whole (@expo-google-fonts/noto-sans-sc): fontconfig lists the slices that web
font packages carry (woff2), but Chromium draws nothing with them as system fonts. No other font of
the machine is visible to the browser, so that pictures look alike everywhere.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from node_packages import node
from steps import PROJECT, VAR, SetupError, environment, fingerprint, is_stamped, run

_FOLDER = VAR / "chromium"
_TESTS = PROJECT / "tests"
_FONTS = _TESTS / "node_modules" / "@expo-google-fonts" / "noto-sans-sc"
_WEIGHTS = ("400Regular", "500Medium", "700Bold")
_FAMILY = "Noto Sans SC"
# What pages ask for: the systems' Chinese fonts, and the general names.
_ALIASES = ("PingFang SC", "Microsoft YaHei", "sans-serif", "serif", "monospace", "system-ui")


def prepare_browser() -> None:
    """Unpack Chromium unless CHROMIUM names another, and write its launcher."""
    named = os.environ.get("CHROMIUM", "")
    launcher = _FOLDER / "launch"
    if named == str(launcher):
        named = ""
    inputs = [_TESTS / "package-lock.json", Path(__file__).resolve()]
    expected = fingerprint(inputs, named, str(_FOLDER))
    stamp = _FOLDER / ".prepared"
    if is_stamped(stamp, expected):
        return
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(parents=True)
    fonts = _FOLDER / "fonts.conf"
    fonts.write_text(_font_configuration(), encoding="utf-8")
    binary = _named(named) if named else _unpack()
    _write_launcher(launcher, binary, fonts)
    stamp.write_text(expected, encoding="ascii")


def _named(path: str) -> Path:
    found = shutil.which(path)
    if not found:
        message = f"CHROMIUM names {path}, which is no program"
        raise SetupError(message)
    return Path(found)


def _unpack() -> Path:
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        message = "the browser tests' own Chromium runs on Linux x86-64: let CHROMIUM name another"
        raise SetupError(message)
    # The package unpacks into the temporary folder, and takes whatever older one it finds there.
    env = {**environment(), "TMPDIR": str(_FOLDER)}
    run("Unpacking Chromium", node(_TESTS / "unpack-chromium.mjs"), env, _TESTS)
    return _FOLDER / "chromium"


def _write_launcher(launcher: Path, binary: Path, fonts: Path) -> None:
    lines = ["#!/bin/sh", f"export FONTCONFIG_FILE={shlex.quote(str(fonts))}"]
    libraries = _FOLDER / "al2023" / "lib"
    if not _starts(binary) and libraries.exists():
        # A bare system lacks NSS; the package carries it for the one it was made for.
        lines.append(f"export LD_LIBRARY_PATH={shlex.quote(str(libraries))}")
    lines.append(f'exec {shlex.quote(str(binary))} "$@"')
    launcher.write_text("\n".join(lines) + "\n", encoding="utf-8")
    launcher.chmod(0o755)
    if not _starts(launcher):
        message = f"Chromium doesn't start: try {launcher} --version"
        raise SetupError(message)


def _starts(program: Path) -> bool:
    answer = subprocess.run(
        [program, "--version"], check=False, capture_output=True, env=environment()
    )
    return answer.returncode == 0


def _font_configuration() -> str:
    folders = "".join(f"  <dir>{escape(str(_FONTS / weight))}</dir>\n" for weight in _WEIGHTS)
    aliases = "".join(
        f'  <alias binding="same"><family>{name}</family>'
        f"<prefer><family>{_FAMILY}</family></prefer></alias>\n"
        for name in _ALIASES
    )
    return (
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        f"{folders}  <cachedir>{escape(str(_FOLDER / 'font-cache'))}</cachedir>\n"
        f"{aliases}</fontconfig>\n"
    )
