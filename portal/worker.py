"""The gunicorn worker: `gthread`, but no client's slowness ever holds up the loop that accepts the others.

After an answer with `Connection: close` gunicorn lingers up to 2 s for the client to hang up, and does it in the loop that accepts.
Measured (bench/slow_clients.py): eight clients at 64 kbit/s made every other page take 1.4 s. Here the thread that answered lingers.
"""

from __future__ import annotations

from typing import Any

from gunicorn.workers import gthread


class PatientWorker(gthread.ThreadWorker):  # type: ignore[misc]
    """Threads answer, and close what they answered."""

    def handle(self, conn: Any) -> Any:
        """True: the connection lives on; False: it is closed now; gunicorn's own mark: nothing has come yet."""
        lives_on = super().handle(conn)
        if lives_on is False:
            conn.close(graceful=True)
            conn.close = _already_closed  # the loop counts the connection out and would close it again
        return lives_on


def _already_closed(graceful: bool = False) -> None:
    pass
