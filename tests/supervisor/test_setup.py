"""The preparation of the folder, in a copy: it must never touch the project under test."""

import ast
import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A project folder that holds nothing but the preparation, in a path with a space."""
    folder = tmp_path / "a 副本"
    shutil.copytree(PROJECT / "config" / "setup", folder / "config" / "setup")
    return folder


def call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "config/setup", *arguments],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def ask(folder: Path, code: str) -> str:
    """Run a few lines beside the preparation's modules and return what they print."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder / "config" / "setup",
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return result.stdout.strip()


def test_old_interpreters_understand_the_file_that_tells_them_so() -> None:
    source = (PROJECT / "config" / "setup" / "__main__.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 4))


def test_clean_removes_var_and_nothing_else(copy: Path) -> None:
    (copy / "var" / "pg").mkdir(parents=True)
    assert call(copy, "clean").returncode == 0
    assert [path.name for path in copy.iterdir()] == ["config"]
    assert call(copy, "clean").returncode == 0


def test_a_linked_environment_is_replaced_and_not_emptied(copy: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "kept").touch()
    (copy / ".venv").symlink_to(theirs)
    ask(copy, "from python_packages import _make_venv\n_make_venv()")
    assert (theirs / "kept").exists()
    assert not (copy / ".venv").is_symlink()
    assert (copy / ".venv" / "bin" / "python").exists()


@pytest.mark.parametrize("name", ["lock", "lock.children"])
def test_clean_is_refused_while_the_project_runs(copy: Path, name: str) -> None:
    (copy / "var").mkdir()
    with (copy / "var" / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = call(copy, "clean")
    assert result.returncode == 1
    assert "is running" in result.stderr
    assert (copy / "var").exists()


def test_unknown_word_is_refused(copy: Path) -> None:
    result = call(copy, "build")
    assert result.returncode == 2
    assert result.stderr.startswith("ronghe: say one of")


def test_missing_lock_file_is_one_line(copy: Path) -> None:
    (copy / "server").mkdir()
    code = (
        "from node_packages import install_npm_packages\n"
        "from steps import SetupError\n"
        "try:\n    install_npm_packages('server')\n"
        "except SetupError as error:\n    print(error)\n"
    )
    assert "package.json is missing" in ask(copy, code)


def test_failed_step_names_the_cause_and_not_the_advice_after_it(copy: Path) -> None:
    code = (
        "import sys\n"
        "from steps import SetupError, environment, run\n"
        "program = 'print(\"npm error 404 no such thing\\\\nnpm error a complete log\"); exit(1)'\n"
        "try:\n    run('Installing', [sys.executable, '-c', program], environment())\n"
        "except SetupError as error:\n    print(error)\n"
    )
    assert "Installing: npm error 404 no such thing (see " in ask(copy, code)


def test_environment_made_elsewhere_is_not_taken_over(copy: Path) -> None:
    code = (
        "from python_packages import VENV, _is_made_for\n"
        "import sys\n"
        "wanted = {'interpreter': 'x', 'version': '%d.%d' % sys.version_info[:2]}\n"
        "wanted['place'] = str(VENV)\n"
        "print(_is_made_for(wanted))\n"
        "(VENV / 'bin').mkdir(parents=True)\n"
        "(VENV / 'bin' / 'python').symlink_to(sys.executable)\n"
        "print(_is_made_for(wanted))\n"
    )
    assert ask(copy, code).split() == ["False", "False"]


def test_changed_content_is_noticed_and_a_new_date_is_not(copy: Path) -> None:
    code = (
        "import os\n"
        "from steps import PROJECT, files_under, fingerprint\n"
        "folder = PROJECT / 'phone'\n"
        "(folder / 'dist').mkdir(parents=True)\n"
        "page = folder / 'page.ts'\n"
        "look = lambda: fingerprint(files_under(folder, [folder / 'dist']))\n"
        "page.write_text('one')\n"
        "first = look()\n"
        "os.utime(page, (1, 1))\n"
        "(folder / 'dist' / 'app.js').write_text('made')\n"
        "print(look() == first)\n"
        "page.write_text('two')\n"
        "print(look() == first)\n"
    )
    assert ask(copy, code).split() == ["True", "False"]
