"""How gunicorn serves Tongban. Everything that differs between places comes from the environment (docs/operations.md)."""

import os
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from portal.config import load_config  # noqa: E402 (the path comes first)

_config = load_config(os.environ)
_host = f"[{_config.host.strip('[]')}]" if ":" in _config.host else _config.host

chdir = str(ROOT)
wsgi_app = "app:app"
bind = f"{_host}:{_config.port}"
workers = _config.web_concurrency
# Threads, because with sync workers four idle connections held a page up for 40 s (measured, bench/slow_clients.py). A single worker
# gets twice as many: eight idle and eight slow clients would fill sixteen.
worker_class = "portal.worker.PatientWorker"  # gthread, and see there
threads = 16 if workers > 1 else 32
keepalive = 5
timeout = 60
graceful_timeout = 10
# Each worker builds its own app: a database connection that is shared over a fork mixes up its answers.
preload_app = False
_memory = "/dev/shm"  # noqa: S108 - gunicorn makes its file there itself, unlinked at once
worker_tmp_dir = _memory if os.access(_memory, os.W_OK) else None  # the heartbeat must not wait for a disk
umask = 0o077

# A socket in the home directory by which the server can be steered has no use here.
control_socket_disable = True
# Who may be believed about the client's address is TRUSTED_PROXIES' business, in the app; gunicorn's own guess would believe
# everything on this machine.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

accesslog = None  # addresses with tracking codes in them are not for logs; the proxy counts requests
errorlog = "-"
loglevel = os.environ.get("LOG_LEVEL", "warning").lower()


def when_ready(server):  # type: ignore[no-untyped-def]
    """Before the workers fork: leave a connection that says nothing to the kernel, so that it takes no thread; say that we serve."""
    if hasattr(socket, "TCP_DEFER_ACCEPT"):
        for listener in server.LISTENERS:
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, keepalive)
    note = os.environ.get("TONGBAN_READY_NOTE")
    if note:
        sys.stdout.reconfigure(errors="replace")
        print(note, flush=True)
