"""A supervisor on the tiny project, in a process of its own, as `make run` starts it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from server.supervisor.ports import claim
from server.supervisor.sockets import place_of_sockets

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
START_SECONDS = 30.0


class Instance:
    """One folder with the tiny project and its data, started and stopped as a person would."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "tiny"
        self.var = folder / "var"
        self.port = claim("127.0.0.1", 0)
        shutil.copytree(HERE / "tiny_project", self.root)
        self._output = folder / "output"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> None:
        """Start and wait until the addresses are printed."""
        self.start_without_waiting(**environment)
        deadline = time.monotonic() + START_SECONDS
        while "is running" not in self.output:
            assert self.exit_code() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.02)

    def start_without_waiting(self, **environment: str) -> None:
        inherited = {
            name: text
            for name, text in os.environ.items()
            if name not in {"DATABASE_URL", "REDIS_URL", "VAR_DIR", "RONGHE_ENV"}
        }
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, HERE / "run_tiny.py", self.root, self.var],
                cwd=PROJECT,
                env={
                    **inherited,
                    "PYTHONPATH": str(PROJECT),
                    "PORT": str(self.port),
                    **environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def refusal(self, **environment: str) -> str:
        """Start, expect it to fail, and return its one line."""
        self.start_without_waiting(**environment)
        assert self._process is not None
        assert self._process.wait(START_SECONDS) == 1, self.output
        lines = [line for line in self.output.splitlines() if line.startswith("ronghe: ")]
        assert len(lines) == 1, self.output
        assert "Traceback" not in self.output
        return lines[0]

    @property
    def output(self) -> str:
        return self._output.read_text(encoding="utf-8")

    def exit_code(self) -> int | None:
        assert self._process is not None
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self.send(signal.SIGINT)
        assert self._process is not None
        return self._process.wait(START_SECONDS)

    def kill(self) -> None:
        """Kill the supervisor alone, as the kernel does when memory runs out."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """Stop it whatever the test did."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(START_SECONDS)
        self.wait_for_processes_to_end()

    def get(self) -> dict[str, str]:
        """Ask the tiny web application."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
            told: dict[str, str] = json.load(answer)
        return told

    def processes(self) -> dict[int, str]:
        """Return the running processes of this folder, by pid."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                own = os.fsencode(self.var) in (entry / "environ").read_bytes()
                folder = (entry / "cwd").readlink()
            except OSError:
                continue
            # Valkey overwrites its environment; its working folder is that of the sockets.
            inside = folder.is_relative_to(self.var) or folder == place_of_sockets(self.var)
            if own or inside or str(self.var) in command:
                found[int(entry.name)] = command
        return found

    def pid_of(self, words: str) -> int:
        """Return the lowest pid, the parent's, whose command line holds the words."""
        return min(pid for pid, command in self.processes().items() if words in command)

    def wait_for_processes_to_end(self, seconds: float = 15.0) -> None:
        deadline = time.monotonic() + seconds
        while left := self.processes():
            assert time.monotonic() < deadline, left
            time.sleep(0.05)

    def wait_for_output(self, words: str, seconds: float = 15.0) -> None:
        deadline = time.monotonic() + seconds
        while words not in self.output:
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)
