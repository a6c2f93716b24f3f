"""What is kept of the answers to review points is written here and nowhere else: in the transaction of the review or the filing (S-11)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from portal.cases.models import CaseEvent
from portal.cases.queries import CaseView
from portal.cases.review_points_models import ReviewOutcome, ReviewRefusal
from portal.database import Transaction, is_sqlite
from portal.rules.lifecycle import EventKind, FilingKind


def keep_answers(tx: Transaction, view: CaseView, event: CaseEvent) -> None:
    """Count the answers of a review by window, and note a filed refusal under the point that it names: `after_event` of cases."""
    said = dict(event.payload or {})
    if event.kind == EventKind.REVIEWED.value and event.window_id is not None:
        lines = [line for line in said.get("lines") or () if isinstance(line.get("seq"), int)]
        for line in sorted(lines, key=lambda one: int(one["seq"])):  # locked in one order, so that no two wait for each other
            tx.session.execute(_added(view, event, int(line["seq"]), is_met=bool(line.get("met"))))
    elif event.kind == EventKind.FILED.value and said.get("filing") == FilingKind.REFUSE.value and event.window_id is not None:
        seq = point_named(view.version.review_points or [], str(said.get("point") or ""))
        if seq is not None:
            tx.session.add(
                ReviewRefusal(
                    county_id=event.county_id, version_id=view.version.id, point_seq=seq, case_id=event.case_id, event_seq=event.seq,
                    window_id=event.window_id, filed_at=event.occurred_at,
                )
            )  # fmt: skip
            tx.session.flush()


def point_named(points: list[Any], text: str) -> int | None:
    """Which point of the list a text is, in whichever language it was chosen; None for none of them."""
    for seq, point in enumerate(points):
        words = point.values() if isinstance(point, dict) else (point,)
        if text and any(str(word)[:300] == text for word in words):
            return seq
    return None


def _added(view: CaseView, event: CaseEvent, seq: int, *, is_met: bool) -> Any:
    insert: Any = (sqlite.insert if is_sqlite() else postgresql.insert)(ReviewOutcome).values(
        county_id=event.county_id,
        version_id=view.version.id,
        point_seq=seq,
        window_id=event.window_id,
        met=int(is_met),
        not_met=int(not is_met),
    )
    more = {name: getattr(ReviewOutcome, name) + insert.excluded[name] for name in ("met", "not_met")}
    return insert.on_conflict_do_update(index_elements=["county_id", "version_id", "point_seq", "window_id"], set_=more)
