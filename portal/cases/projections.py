"""What the events say, as the columns of the rows: the case, its legs, its filings and stops. One place; services write it, lists read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from portal.rules.lifecycle import CaseNow, State, papers_awaited_at
from portal.rules.moments import civil_date
from portal.rules.working_days import Calendar
from portal.rules.worklist import Box, Span, group_of


def sort_day(now: CaseNow) -> date:
    """The day by which a worklist orders: when the clock that rules now is due; for a closed case the day on which it closed.

    A case on the urgent track stands where the day on which it was opened puts it: before what is due later (C-13).
    """
    if now.closed_at is not None:
        return civil_date(now.closed_at)
    usual = _due_day(now)
    return usual if now.urgent_from is None else min(usual, civil_date(now.urgent_from))


def _due_day(now: CaseNow) -> date:
    if now.state is State.NOTICED:
        return now.judge_due_on or now.supplement_due_on or civil_date(now.last_at)
    if now.filing_waiting is not None and now.state is State.NOT_ACCEPTED:
        return now.filing_waiting.silent_on
    for due, done in (
        (now.delivery_due_on, now.delivered_at),
        (now.promised_due_on or now.statutory_due_on, now.decided_at),
        (now.acceptance_due_on, now.accepted_at),
    ):
        if due is not None and done is None:
            return due
    return now.leg_due_on or civil_date(now.last_at)


def projected(now: CaseNow) -> dict[str, Any]:
    """The columns of the case row that the events say."""
    return {
        "state": now.state.value,
        "is_open": not now.state.is_closed,
        "version": now.version,
        "holder_id": now.holder_window_id,
        "addressed_id": now.addressed_window_id,
        "assignee_id": now.assignee_id,
        "lent_by_id": now.lent_by_id,
        "received_at": now.received_at,
        "accepted_at": now.accepted_at,
        "decided_at": now.decided_at,
        "closed_at": now.closed_at,
        "outcome": now.outcome.value if now.outcome else None,
        "acceptance_due_on": now.acceptance_due_on,
        "promised_due_on": now.promised_due_on,
        "statutory_due_on": now.statutory_due_on,
        "yellow_on": now.yellow_on,
        "red_on": now.red_on,
        "overdue_on": now.overdue_on,
        "closed_as": now.closed_as.value if now.closed_as else None,
        "law_on": now.law_on,
        "law_closes_on": now.law_closes_on,
        "stopped_from": now.stops[-1].noticed_on if now.stops else None,
        "stopped_until": _stands_until(now),
        "supplement_due_on": now.supplement_due_on if now.state is State.NOTICED else None,
        "undertaking_due_on": now.undertaking.until if now.undertaking is not None and now.undertaken else None,
        "urgent_until": now.urgent_until,
        "held_on": civil_date(now.on_hold_since) if now.on_hold_since is not None else None,
        "sort_on": sort_day(now),
        "is_provisional": now.provisional,
    }


def _stands_until(now: CaseNow) -> date | None:
    """The last day on which the clock stands; where the cause has ended, it ran again on that very day for whoever acts."""
    if not now.stops:
        return None
    last = now.stops[-1]
    return last.until if last.ended_on is None else min(last.until, last.ended_on - timedelta(days=1))


def projected_filings(now: CaseNow) -> list[dict[str, Any]]:
    """The rows of the register of refusals that the events say (C-9)."""
    names = ("seq", "window_id", "filed_at", "silent_on", "is_late", "on_the_spot", "passed_at", "by_silence", "returned_at", "overtaken_at",
             "effective_at")  # fmt: skip
    return [{"kind": filing.kind.value, **{name: getattr(filing, name) for name in names}} for filing in now.filings]


def projected_stops(now: CaseNow, calendar: Calendar) -> list[dict[str, Any]]:
    """The rows of stopped days that the events say; a day that two stops cover counts for the first (C-22)."""
    rows, known = [], set[date]()
    for told in now.stops:
        span = told.days
        if span is None or span.last is None:
            continue
        days = {span.first + timedelta(days=n) for n in range((span.last - span.first).days + 1)} - known
        known |= days
        rows.append(
            {
                "seq": told.seq, "window_id": told.window_id, "cause": told.cause, "first_on": span.first, "last_on": span.last,
                "days": sum(calendar.is_working(day) for day in days),
            }
        )  # fmt: skip
    return rows


def projected_legs(now: CaseNow) -> list[dict[str, Any]]:
    """The rows of the legs that the events say."""
    return [
        {
            "seq": leg.seq,
            "from_window_id": leg.from_window,
            "to_window_id": leg.to_window,
            "kind": leg.kind.value,
            "power_needed": leg.power_needed.value if leg.power_needed else None,
            "reason": leg.reason,
            "manifest": [dict(each) if isinstance(each, Mapping) else each for each in leg.manifest],
            "sent_at": leg.sent_at,
            "received_at": leg.received_at,
            "returned_at": leg.returned_at,
            "recalled_at": leg.recalled_at,
            "return_reason": leg.return_reason,
            "due_on": leg.due_on,
            "mark": leg.mark,
            "is_under_way": leg.is_under_way,
            "is_late": leg.ended_at is not None and civil_date(leg.ended_at) > leg.due_on,
            "papers": leg.papers.state.value,
            "papers_at_id": papers_awaited_at(leg, now),
        }
        for leg in now.legs
    ]


AS_OF_A_LINE = ("outcome", "yellow_on", "red_on", "overdue_on", "stopped_from", "stopped_until", "urgent_until")
"""Columns that a line of a worklist has as the row of the case has them."""


def projected_lines(spans: Iterable[Span], *, collected_at: datetime, holder_point_id: int, **of_case: object) -> list[dict[str, Any]]:
    """The rows of the worklists that the spans of a case say; none for a closed one (C-2). `of_case`: columns that are equal in all of them."""
    rows = []
    for span in spans:
        now, due_on, group, columns = span.now, sort_day(span.now), group_of(span.now.state), projected(span.now)
        assert group is not None  # an open state has its group
        same = {
            **of_case, "from_on": span.from_on, "until_on": span.until_on, "state": now.state.value, "state_group": group.value,
            "received_on": civil_date(collected_at), "due_on": due_on, "is_provisional": now.provisional,
            **{name: columns[name] for name in AS_OF_A_LINE},
        }  # fmt: skip
        holder, addressed = now.holder_window_id, now.addressed_window_id
        boxes = [(Box.POINT, holder_point_id, holder, due_on)]
        if addressed is None:
            boxes.append((Box.WINDOW, holder, holder, due_on))
            if now.assignee_id is not None:
                boxes.append((Box.MINE, now.assignee_id, holder, due_on))
        else:
            boxes += [(Box.SENT, holder, holder, due_on), (Box.COMING, addressed, addressed, due_on)]
        colored_on = min((day for day in (now.yellow_on, now.red_on, now.overdue_on) if day is not None), default=None)
        if colored_on is not None:
            boxes.append((Box.WARNINGS, holder, holder, colored_on))
        rows += [{"box": box.value, "owner_id": owner, "window_id": window, "order_on": day, **same} for box, owner, window, day in boxes]
    return rows
