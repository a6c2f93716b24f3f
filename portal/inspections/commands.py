"""`flask quiet check`: may a body visit an enterprise on a day, and if not, why not and when next (Q-1 to Q-5, Q-9)."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import click
from flask import current_app

from portal.cli import CommandError, command, group
from portal.clock import Clock
from portal.database import NotFound
from portal.inspections import audit_queries, queries
from portal.inspections.pages import in_words
from portal.network import queries as network
from portal.network.clock_command import day_of, legible
from portal.rules.moments import SHANGHAI, civil_date
from portal.rules.quiet_days import Finding, Kind, Verdict
from portal.rules.working_days import CalendarError

quiet = group("quiet", "Quiet production days.")

CODE = re.compile(r"[0-9A-Za-z-]{1,40}")
LONGEST_BASIS = 500


def _code(name: str, text: str) -> str:
    if not CODE.fullmatch(text):
        raise NotFound(f"{name} {legible(text)!r}")
    return text


def _kind_of(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise CommandError(f"not a kind of inspection: {legible(text)!r}. It is one of {', '.join(Kind)}", code="bad_kind") from None


def _today_of(text: str | None) -> date:
    """The day in Asia/Shanghai of a moment typed as 2026-11-23T09:00, with or without an offset; of the business clock without one."""
    if text is None:
        clock: Clock = current_app.extensions["clock"]
        return clock.today()
    try:
        moment = datetime.fromisoformat(text)
        return civil_date(moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI))
    except (ValueError, OverflowError):
        raise CommandError(f"not a moment: {legible(text)!r}. Write it as 2026-11-23T09:00+08:00", code="bad_moment") from None


def _told(finding: Finding) -> dict[str, str | None]:
    following = finding.next_allowed.isoformat() if finding.next_allowed else None
    return {
        "rule": finding.rule, "text": in_words(finding), "reason": finding.reason.value, "article": finding.article, "next_allowed": following
    }  # fmt: skip


def answer_of(verdict: Verdict) -> dict[str, Any]:
    """The stable shape of the answer."""
    return {
        "allowed": verdict.allowed,
        "findings": [_told(finding) for finding in verdict.findings],
        "next_allowed": verdict.next_allowed,
        "warnings": [_told(finding) for finding in verdict.warnings],
        "provisional": verdict.provisional,
    }


def _lines(answer: dict[str, Any]) -> list[str]:
    told = [f"{each['rule']}  {each['text']}" for each in [*answer["findings"], *answer["warnings"]]]
    following = f"next allowed: {answer['next_allowed'] or 'no day within 400 days'}"
    note = ["provisional: the notice of a year in question is not entered yet"] if answer["provisional"] else []
    return ["allowed", *told, *note] if answer["allowed"] else ["not allowed", *told, following, *note]


@command(quiet, "check", lines=_lines)
@click.option("--enterprise", metavar="USCC", help="unified social credit code")
@click.option("--body", metavar="CODE", help="the body that inspects")
@click.option("--on", "on", metavar="DATE", help="the day of the visit")
@click.option("--kind", metavar="routine|individual|special")
@click.option("--exemption", metavar="CODE", help="safety, complaint, requested, accident, superior, statutory, ...")
@click.option("--basis", default="", metavar="TEXT", help="the basis of the exemption; of a statutory one, the article")
@click.option("--matter", metavar="CODE", help="the matter of the published list, whose line counts for repeats; without it the body's line")
@click.option("--on-day-off", "on_day_off", is_flag=True, help="the plan says that the enterprise works on this day off")
@click.option("--now", metavar="MOMENT", help="ask as of this moment; without it a past day is judged as a visit made")
@click.option("--county", default=None, metavar="CODE", help="the county, where there are several")
def check(
    enterprise: str | None,
    body: str | None,
    on: str | None,
    kind: str | None,
    exemption: str | None,
    basis: str,
    matter: str | None,
    on_day_off: bool,
    now: str | None,
    county: str | None,
) -> dict[str, Any]:
    """May the body visit the enterprise on this day, and if not, why not and when next?"""
    for name, value in (("enterprise", enterprise), ("body", body), ("on", on), ("kind", kind)):
        if not value:
            raise CommandError(f"--{name} is missing", code="missing_option")
    day, what, today = day_of(on or ""), _kind_of(kind or ""), _today_of(now)
    if len(basis) > LONGEST_BASIS:
        raise CommandError(f"--basis has more than {LONGEST_BASIS} characters", code="too_long")
    county_id = network.the_county(county).id
    visited = queries.enterprise_by_code(county_id, _code("enterprise", enterprise or ""))
    visitor = network.body_by_code(county_id, _code("body", body or ""))
    line = queries.line_of_matter(visitor, _code("matter", matter), day) if matter else None
    if matter and line is None:
        raise CommandError(f"{matter} is not on the body's published list of {day}", code="matter_not_listed")
    try:
        verdict = queries.check_visit(
            visited,
            visitor,
            day,
            what,
            exemption=exemption,
            basis=basis.encode("utf-8", "replace").decode(),
            on_day_off=on_day_off,
            line=line,
            today=today,
            judge_past=now is None,
        )
    except CalendarError as error:
        raise CommandError(str(error), code=error.code) from None
    return answer_of(verdict)


def _judged_lines(answer: dict[str, Any]) -> list[str]:
    told = [f"{each['day']}  {each['enterprise']}  {each['body']}  {find['rule']}  {find['text']}" for each in answer["visits"] for find in each["findings"]]
    cut = ["more visits than are judged at once: ask for a shorter period"] if answer["cut"] else []
    return [f"{answer['judged']} visits judged, {len(answer['visits'])} with findings", *told, *cut]


@command(quiet, "audit", lines=_judged_lines)
@click.option("--from", "first", metavar="DATE", help="the first day; without it the first of this month")
@click.option("--to", "last", metavar="DATE", help="the last day; without it today")
@click.option("--county", default=None, metavar="CODE", help="the county, where there are several")
def audit(first: str | None, last: str | None, county: str | None) -> dict[str, Any]:
    """Which visits that took place does a rule of their own day speak against?"""
    today = _today_of(None)
    begins = day_of(first) if first else today.replace(day=1)
    ends = day_of(last) if last else today
    if ends < begins:
        raise CommandError("--to lies before --from", code="period_reversed")
    try:
        found = audit_queries.judge_visits(network.the_county(county).id, begins, ends)
    except CalendarError as error:
        raise CommandError(str(error), code=error.code) from None
    visits = [
        {
            "day": each.visit.day_on.isoformat(), "enterprise": each.enterprise.code, "body": each.body.code, "kind": each.visit.kind,
            "number": each.number, "findings": [_told(finding) for finding in each.verdict.findings],
        }
        for each in found.found
    ]  # fmt: skip
    return {"from": begins, "to": ends, "judged": found.judged, "visits": visits, "cut": found.is_cut}
