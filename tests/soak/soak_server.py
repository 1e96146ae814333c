"""32 clients of one server, each with a pair of its own and twenty changes."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

from clients import load
from serving import Client

CLIENTS = int(os.environ.get("SOAK_CLIENTS", "32"))
CHANGES = int(os.environ.get("SOAK_CHANGES", "20"))
MEMORY = 2048  # MiB: what the server is told that it may take


def test_many_clients(tmp_path):
    command = [sys.executable, "-m", "huegraft", "serve", "--port", "0", "--storage", str(tmp_path)]
    with subprocess.Popen([*command, "--memory", str(MEMORY)], stderr=subprocess.PIPE, text=True) as server:  # noqa: S603
        try:
            base, token = re.search(r"(http://[^/]+)/#(\S+)", server.stderr.readline()).groups()
            threading.Thread(target=server.stderr.read, daemon=True).start()
            found = load(lambda: Client(base, token), CLIENTS, CHANGES, (868, 1152))
            peak = peak_memory(server.pid)
        finally:
            server.terminate()
    ratio = max(found.seconds) / min(found.seconds)
    took = f"{min(found.seconds):.0f} to {max(found.seconds):.0f} s"
    print(f"{CLIENTS} clients, {CHANGES} changes: {took}, ratio {ratio:.2f}, peak memory {peak} MiB")
    print(f"{found.refused} of {found.asked} requests were refused")
    assert found.wrong == []
    assert len(found.seconds) == CLIENTS
    assert ratio <= 2
    assert found.refused <= 0.05 * found.asked
    assert peak <= 1.25 * MEMORY


def peak_memory(process: int) -> int:
    """Return the most memory that a process had, in MiB."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text()).group(1)) // 1024
