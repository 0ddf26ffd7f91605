"""What the job worker loads when it starts, and modules that are loaded when first used."""

import subprocess
import sys

from server.core.lazily import Later

# Few jobs need them, and together they are a third of what the worker would be made of.
HEAVY = {
    *("PIL", "apiflask", "docx", "jieba", "jwt", "limits", "lxml", "numpy", "pydantic"),
    *("redis", "requests", "segno", "wechatpy", "xlsxwriter"),
}


def test_the_worker_starts_without_what_few_jobs_need() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, server.worker; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert "server.worker" in loaded
    assert HEAVY.intersection(loaded) == set()


def test_a_module_is_loaded_when_something_of_it_is_used() -> None:
    late = Later("colorsys")
    sys.modules.pop("colorsys", None)
    assert late.rgb_to_yiq(0, 0, 0) == (0, 0, 0)
    assert "colorsys" in sys.modules
