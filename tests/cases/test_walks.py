"""Random walks of the life of a case through the services, the same on both engines: no illegal state, no event without its sort and basis
(G-2), no refusal in effect without a filed and unreturned report (C-9), and the same answers on SQLite and PostgreSQL.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portal.cases import course_services as course
from portal.cases import handoff_services as handoffs
from portal.cases import queries, services
from portal.cases.models import Case, CaseEvent, FiledRefusal
from portal.cases.services import Applicant
from portal.database import NotFound, Stale, db
from portal.network.queries import the_county, window_by_code
from portal.rules.decision import NotAllowed, Sort
from portal.rules.handoffs import ReturnReason
from portal.rules.lifecycle import TRANSITIONS, ClosedAs, EventKind, FilingKind
from tests import legs
from tests.conftest import copy_of, count, make_app
from tests.people import new_clock, signed_in

STEPS = 100_000
AT_ONCE = 6
NAMES = {seq: str(seq) for seq in range(1, 20)}
HALL, TOWN = "611026000000-MR", "611026102000-G"
PEOPLE = ("window-mr", "chief-mr", "dept-mr", "center", "supervisor", "town-xialiang")
WORDS = {"ground": "示例", "basis": "某条例第九条"}
SORTS = {(row.event.value, row.sort.value) for row in TRANSITIONS} | {("corrected", "act_of_office"), ("received", "window_act")}
VERBS = (
    ["accept"] * 4 + ["notice"] * 3 + ["supplement"] * 3 + ["judge"] * 2 + ["review"] * 5 + ["decide"] * 4 + ["certify"] * 3 + ["deliver"] * 3
    + ["file_refuse"] * 3 + ["file_not_accept", "file_late"] + ["refuse"] * 3 + ["not_accept"] * 2 + ["turn_away", "send_back", "pass_filing"] * 2
    + ["stop", "end_stop"] * 2 + ["extend", "open_urgent", "put_on_hold", "end_hold", "open_notice", "correct", "withdraw", "terminate", "void"]
    + ["hand_off", "back", "law", "paper"] * 2
)  # fmt: skip


class Walk:
    """A few cases at one hall, and people who do what chance says, whether it may be done or not."""

    def __init__(self, app: Any, rng: random.Random, clock: Any) -> None:
        self.rng, self.clock = rng, clock
        self.people = {name: signed_in(app, name, clock) for name in PEOPLE}
        self.county = the_county().id
        self.windows = {code: window_by_code(self.county, code).id for code in (HALL, TOWN)}
        self.open: list[str] = []
        self.done: Counter[str] = Counter()
        self.trace: list[tuple[Any, ...]] = []

    def step(self) -> None:
        if len(self.open) < AT_ONCE:
            everything = [{"code": str(seq), "got": True} for seq in range(1, 20)]
            item = self.rng.choice(["S-03", "S-02"])
            case = services.collect(
                item,
                Applicant("示例人"),
                everything,
                window_id=self.windows[HALL],
                actor=self.people["window-mr"],
                clock=self.clock,
                once=None,
            )
            self.open.append(case.number)
        self.clock.advance(minutes=self.rng.choice((1, 30, 60 * 5, 60 * 24, 60 * 24 * 3)))
        number, verb = self.rng.choice(self.open), self.rng.choice(VERBS)
        try:
            said = self.act(number, verb)
            self.done[verb] += 1
        except (NotAllowed, NotFound, Stale) as refused:
            said = str(getattr(getattr(refused, "decision", None), "reason", type(refused).__name__))
        db.session.rollback()
        self.look(number, verb, said)

    def given(self, number: str, who: str) -> dict[str, Any]:
        version = db.session.scalar(select(Case.version).where(Case.number == number))
        return {"version": version, "actor": self.people[who], "clock": self.clock, "once": None}

    def act(self, number: str, verb: str) -> str:
        rng, today = self.rng, self.clock.today()
        case = db.session.scalars(select(Case).where(Case.number == number)).one()
        now = queries.load(case, self.clock.now()).now
        clerk = self.given(number, "window-mr")
        chief, head, center = (self.given(number, who) for who in ("chief-mr", "dept-mr", "center"))
        supervisor, town = self.given(number, "supervisor"), self.given(number, "town-xialiang")
        match verb:
            case "accept":
                got = [{"code": str(seq), "got": seq != 5 or rng.random() < 0.7} for seq in range(1, 20)]
                services.accept(number, got, NAMES, "", is_signed=rng.random() < 0.5, **clerk)
            case "notice":
                course.notice(number, {str(seq): "" for seq in rng.sample(range(1, 5), rng.randint(1, 2))}, **clerk)
            case "supplement":
                wanted = list(now.missing or now.undertaken)
                course.supplement(number, wanted[: rng.randint(1, len(wanted) or 1)], **clerk)
            case "judge":
                course.judge_supplement(number, list(now.missing[rng.randint(0, 1) :]), **clerk)
            case "review":
                met = rng.random() < 0.6
                services.review(number, [{"point": "要点", "seq": 0, "met": met}], "", is_passed=met, **clerk)
            case "decide":
                services.decide(number, "granted", "", **chief)
            case "refuse":
                services.decide(number, "refused", "", **chief)
            case "certify":
                services.certify(number, **chief)
            case "deliver":
                services.deliver(number, "applicant", "", **clerk)
            case "file_refuse":
                course.file(number, FilingKind.REFUSE, point="要点", heard=True, **WORDS, **chief)
            case "file_not_accept":
                course.file(number, FilingKind.NOT_ACCEPT, **WORDS, **chief)
            case "file_late":
                course.file(number, FilingKind.LATE, **WORDS, **clerk)
            case "not_accept":
                services.not_accept(number, "示例", "某条例第九条", **chief)
            case "turn_away":
                course.turn_away(number, rng.choice(["not_ours", "no_licence"]), "示例", "别的机关", **clerk)
            case "send_back":
                course.send_back(number, "示例", **center)
            case "pass_filing":
                course.pass_filing(number, **center)
            case "stop":
                course.stop(number, "test", "", today + timedelta(days=rng.randint(1, 9)), "示例", **clerk)
            case "end_stop":
                course.end_stop(number, today, "", **clerk)
            case "extend":
                course.extend(number, "示例", **head)
            case "open_urgent":
                course.open_urgent(number, "disaster", "示例", **head)
            case "put_on_hold":
                course.put_on_hold(number, "示例", **clerk)
            case "end_hold":
                course.end_hold(number, **clerk)
            case "open_notice":
                course.open_notice(number, "示例", **supervisor)
            case "correct":
                seq = next((told.seq for told in now.stops), 1)
                course.correct(number, seq, "until", (today + timedelta(days=3)).isoformat(), "示例", **supervisor)
            case "withdraw":
                course.withdraw(number, "示例", **clerk)
            case "terminate":
                course.terminate(number, "applicant_gone", "示例", **chief)
            case "void":
                course.void(number, "示例", **center)
            case "hand_off":
                services.hand_off(number, self.windows[TOWN], "示例", rng.choice(([], ["1"], ["1", "2"])), **clerk)
                services.receive(number, **self.given(number, "town-xialiang"))
            case "paper":
                leg = next((leg for leg in now.legs if leg.papers.state.is_awaited), None)
                came = [] if leg is None else [line.left for line in leg.papers.missing[: rng.randint(0, 2)]]
                actor = rng.choice((clerk, town))
                handoffs.receive_papers(number, 0 if leg is None else leg.seq, came, is_last=rng.random() < 0.3, **actor)
            case "back":
                if now.is_under_way:
                    services.return_leg(number, ReturnReason.OTHER, "示例", "", **town)
                else:
                    services.hand_off(number, self.windows[HALL], "示例", [], **town)
                    services.receive(number, **self.given(number, "window-mr"))
            case _:
                course.apply_law(self.county, self.clock)
        return "done"

    def look(self, number: str, verb: str, said: str) -> None:
        """Everything that must always hold of this case, and what the other engine must say too."""
        case = db.session.scalars(select(Case).where(Case.number == number)).one()
        events = db.session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.seq)).all()
        assert services.rebuild(case) == []
        for event in events:
            assert (event.kind, event.sort) in SORTS, (event.kind, event.sort)
            rests = (event.clause_id is not None, event.office_id is not None, event.article is not None)
            assert rests == {
                Sort.WINDOW_ACT: (True, False, False), Sort.ACT_OF_OFFICE: (False, True, False), Sort.EFFECT_OF_LAW: (False, False, True),
                Sort.ACT_OF_APPLICANT: (False, False, False),
            }[Sort(event.sort)]  # fmt: skip
        self.no_refusal_without_filing(case)
        dates = [case.acceptance_due_on, case.promised_due_on, case.statutory_due_on, case.supplement_due_on, case.law_on, case.overdue_on]
        self.trace.append(
            (verb, said, case.state, case.closed_as, case.version, *(day and day.isoformat() for day in dates), events[-1].kind)
        )
        if not case.is_open:
            assert services.untrue_events(case) == []
            self.open.remove(number)

    def no_refusal_without_filing(self, case: Case) -> None:
        filings = db.session.scalars(select(FiledRefusal).where(FiledRefusal.case_id == case.id)).all()
        in_effect = {
            filing.kind
            for filing in filings
            if filing.passed_at is not None and filing.returned_at is None and filing.effective_at is not None
        }
        if case.outcome == "refused":
            assert FilingKind.REFUSE in in_effect
        if case.closed_as in (ClosedAs.NOT_ACCEPTED, ClosedAs.NOT_OURS, ClosedAs.NO_LICENCE_NEEDED):
            assert FilingKind.NOT_ACCEPT in in_effect
        if case.state == "not_accepted":
            assert any(filing.on_the_spot and filing.returned_at is None for filing in filings)


def walked(engine: str, templates: Callable[[str], str], folder: Path, seed: str, steps: int) -> Walk:
    clock = new_clock()
    with copy_of(engine, templates, folder, own=True) as url:
        app = make_app(folder, url, clock)
        with app.app_context():
            try:
                walk = Walk(app, random.Random(seed), clock)
                while len(walk.trace) < steps:
                    if clock.today() > date(2026, 12, 18):
                        break  # the demonstration's instruments end with the year
                    walk.step()
                return walk
            finally:
                db.session.remove()
                db.engine.dispose()


@pytest.mark.property
def test_both_engines_walk_in_step_and_no_state_is_illegal(templates: Callable[[str], str], tmp_path: Path) -> None:
    seed = os.environ.get("TEST_SEED") or str(random.SystemRandom().randrange(2**32))
    print(f"TEST_SEED={seed}")
    wanted = count(STEPS) if os.environ.get("TEST_LONG") else max(120, count(STEPS) // 16)
    engines = ["sqlite", "postgresql"] if legs.postgres_url() is not None else ["sqlite"]
    done: Counter[str] = Counter()
    steps = turn = 0
    while steps < wanted:
        walks = [walked(engine, templates, tmp_path / f"{turn}-{engine}", f"{seed}/{turn}", wanted - steps) for engine in engines]
        assert all(walk.trace == walks[0].trace for walk in walks), "the engines part ways"
        assert walks[0].trace, "nobody took a step"
        steps, turn, done = steps + len(walks[0].trace), turn + 1, done + walks[0].done
    print(f"{steps} steps on {' and '.join(engines)}: {dict(done)}")
    if os.environ.get("TEST_LONG"):
        assert {*VERBS} == set(done), f"never done: {sorted({*VERBS} - set(done))}"
    assert {EventKind(kind) for *_rest, kind in walks[0].trace}
