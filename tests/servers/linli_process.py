"""``linli serve`` as a process of its own, for what only a process can show: starts, signals, sudden death."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINLI = Path(sys.executable).parent / "linli"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LinliProcess:
    """One run of ``linli serve`` (or ``run``) on a data folder; its output is kept in a file."""

    def __init__(
        self,
        data_dir: Path,
        environ: dict[str, str] | None = None,
        *,
        port: int | None = None,
        command: str = "serve",
        cwd: Path = ROOT,
    ) -> None:
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._log = data_dir.parent / f"serve-{self.port}-{time.monotonic_ns()}.log"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
        settings = {"LINLI_DATA_DIR": str(data_dir), "LINLI_WEB__PORT": str(self.port)}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(LINLI), command], cwd=cwd, env=clean | settings | (environ or {}), stdout=log, stderr=log
            )

    @property
    def output(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def wait_ready(self, timeout: float = 30.0) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"ended at the start:\n{self.output}"
            if self.status("/readyz") == 200:
                return
            time.sleep(0.1)
        raise AssertionError(f"not ready in {timeout} s:\n{self.output}")

    def status(self, path: str) -> int | None:
        """The HTTP status of a page; None while nobody listens."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=5) as answer:  # noqa: S310 - our own address
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(5)

    def end(self, how: int = signal.SIGTERM, timeout: float = 10.0) -> int:
        """Ask for the end as an operator would; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout)
