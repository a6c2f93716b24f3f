"""Eight idle and eight 64 kbit/s clients at once: how long does a page take for everybody else?

`python -m bench.slow_clients [--url http://127.0.0.1:8000/]`. Without `--url` it prepares and starts a server of its own, on a free
port of this machine and in a temporary directory, and ends it again. Loopback only, 30 seconds at most.
The promise: the page takes 1 s at most, also while all sixteen are there. Exit 1 where it is broken.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from portal.config import is_loopback

ROOT = Path(__file__).resolve().parent.parent
IDLE, SLOW = 8, 8
BYTES_A_SECOND = 64_000 // 8
PAGES = 120  # twelve seconds: longer than the kernel and gunicorn keep a silent connection
LIMIT_S = 1.0
PAUSE_S = 0.1
CLIENT_LIFE_S = 25.0


def fetch(url: str) -> float:
    """Seconds for one page, on a connection of its own."""
    started = time.perf_counter()
    request = urllib.request.Request(url, headers={"Accept-Encoding": "br", "Connection": "close"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()
    return time.perf_counter() - started


def idle_client(address: tuple[str, int], stop: threading.Event) -> None:
    """Connects and says nothing; connects again when it is thrown out."""
    while not stop.is_set():
        try:
            with socket.create_connection(address, timeout=5) as connection:
                connection.settimeout(0.2)
                while not stop.is_set():
                    try:
                        if not connection.recv(1):
                            break
                    except TimeoutError:
                        continue
        except OSError:
            stop.wait(0.2)


def slow_client(address: tuple[str, int], path: str, stop: threading.Event) -> None:
    """Asks for pages and takes them at 64 kbit/s; the request, with a long cookie, goes at the same speed."""
    head = f"GET {path} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nCookie: padding={'x' * 4000}\r\nConnection: close\r\n\r\n"
    request = head.encode("ascii")
    step = BYTES_A_SECOND // 20
    while not stop.is_set():
        try:
            with closing(socket.socket()) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                connection.settimeout(5)
                connection.connect(address)
                for start in range(0, len(request), step):
                    connection.sendall(request[start : start + step])
                    if stop.wait(1 / 20):
                        return
                while connection.recv(step):
                    if stop.wait(1 / 20):
                        return
        except OSError:
            stop.wait(0.2)


def measure(url: str) -> tuple[list[float], list[float]]:
    """Times of a page on a quiet server (the floor), and among the sixteen."""
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    if not is_loopback(host):
        raise SystemExit(f"{host} is not this machine; this measurement never leaves it")
    fetch(url)
    floor = [fetch(url) for _ in range(10)]
    stop = threading.Event()
    path = parts.path or "/"
    clients = [threading.Thread(target=idle_client, args=((host, port), stop), daemon=True) for _ in range(IDLE)]
    clients += [threading.Thread(target=slow_client, args=((host, port), path, stop), daemon=True) for _ in range(SLOW)]
    for client in clients:
        client.start()
    try:
        time.sleep(1)
        until = time.monotonic() + CLIENT_LIFE_S
        busy: list[float] = []
        while len(busy) < PAGES and time.monotonic() < until:
            busy.append(fetch(url))
            time.sleep(PAUSE_S)
    finally:
        stop.set()
        for client in clients:
            client.join(timeout=6)
    return floor, busy


@contextmanager
def own_server() -> Iterator[str]:
    """A demonstration server in a temporary DATA_DIR; the process that was started is ended, no other."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as folder:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "WEB_CONCURRENCY")}
        environ = {**kept, "PORT": str(port), "HOST": "127.0.0.1", "DATA_DIR": f"{folder}/data", "DEMO": "1"}
        command = [sys.executable, "-m", "portal.bootstrap"]
        with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as server:
            try:
                url = f"http://127.0.0.1:{port}/"
                until = time.monotonic() + 180
                while not _answers(url):
                    if server.poll() is not None or time.monotonic() > until:
                        raise SystemExit("the server did not start")
                    time.sleep(0.3)
                yield url
            finally:
                server.terminate()
                try:
                    server.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    server.kill()


def _answers(url: str) -> bool:
    try:
        fetch(url)
    except OSError:
        return False
    return True


def report(url: str) -> bool:
    floor, busy = measure(url)
    worst, middle, alone = max(busy), statistics.median(busy), statistics.median(floor)
    kept = worst <= LIMIT_S and len(busy) >= 10
    print(f"slow clients: {len(busy)} pages among {IDLE} idle and {SLOW} at 64 kbit/s")
    print(f"  median {middle * 1000:.0f} ms, {middle / alone:.1f} times the {alone * 1000:.0f} ms of a quiet server")
    print(f"  worst {worst * 1000:.0f} ms, limit {LIMIT_S * 1000:.0f} ms: {'kept' if kept else 'BROKEN'}")
    return kept


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.slow_clients", description="A page among idle and slow clients.")
    parser.add_argument("--url", help="a running server on this machine")
    options = parser.parse_args(arguments)
    if options.url:
        return 0 if report(options.url) else 1
    with own_server() as url:
        return 0 if report(url) else 1


if __name__ == "__main__":
    raise SystemExit(main())
