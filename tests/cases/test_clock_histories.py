"""Random histories of cases made through the services, on both engines, against a model that walks day by day: accept, stop, resume, extend,
change the calendar, correct, hand off (C-2, C-4, C-22). No due date differs, at no moment of any history.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.audit import machine
from portal.cases import course_services, services
from portal.cases.models import Case, CaseEvent
from portal.cases.services import Applicant
from portal.database import db
from portal.network import services as network
from portal.network.models import CalendarDay
from portal.network.queries import the_county, window_by_code
from portal.network.services import Names, TypedDay
from portal.rules.decision import NotAllowed
from portal.rules.moments import SHANGHAI, civil_date
from portal.rules.working_days import DayKind
from tests.conftest import count, is_sqlite
from tests.people import ManualClock, signed_in
from tests.rules.clock_model import NaiveClock, NaiveStop

HISTORIES = 20_000
AT_ONCE = 20
ACTS = ["stop"] * 4 + ["end_stop"] * 3 + ["extend"] * 2 + ["hand_off"] * 2 + ["correct"] * 4
EVERYTHING = [{"code": str(seq), "got": True} for seq in range(1, 20)]
NAMES = {seq: str(seq) for seq in range(1, 20)}
HALL, TOWN = "611026000000-MR", "611026102000-G"
HOLIDAY = Names("休假", "休假", "Day off")


# 《全国年节及纪念日放假办法》(2024): New Year's Day, and New Year's Eve to the third of the first lunar month. Until the State Council's
# notice of a year is out, these are off and nothing is moved.
STATUTORY_2027 = {date(2027, 1, 1), *(date(2027, 2, day) for day in (5, 6, 7, 8))}


@dataclass
class Paper:
    """The calendar as it hangs on the wall: typed days, whatever the program keeps."""

    typed: dict[date, DayKind] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        if day in STATUTORY_2027 and not any(each.year == 2027 for each in self.typed):
            return False
        kind = self.typed.get(day)
        return kind is DayKind.MOVED_WORKDAY or (kind is None and day.weekday() < 5)


@dataclass
class Told:
    """A case as the test remembers it."""

    number: str
    item: str
    received_at: datetime
    naive: NaiveClock | None = None
    seqs: dict[str, list[int]] = field(default_factory=dict)


class Office:
    """The people of the hall, a clock that only goes on, and the cases of a round."""

    LIMITS = {"S-03": (10, 20), "S-02": (8, 10)}

    def __init__(self, app: Flask, rng: random.Random, clock: ManualClock) -> None:
        self.rng, self.clock = rng, clock
        self.people = {name: signed_in(app, name, clock) for name in ("window-mr", "dept-mr", "supervisor", "town-xialiang")}
        self.county = the_county().id
        self.hall, self.town = (window_by_code(self.county, code).id for code in (HALL, TOWN))
        self.paper = Paper({row.day_on: DayKind(row.kind) for row in db.session.scalars(select(CalendarDay))})
        self.done = dict.fromkeys([*ACTS, "accept", "calendar"], 0)
        self.compared = 0

    def given(self, number: str, who: str = "window-mr") -> dict[str, Any]:
        version = db.session.scalar(select(Case.version).where(Case.number == number))
        return {"version": version, "actor": self.people[who], "clock": self.clock, "once": None}

    def seq(self, number: str) -> int:
        return int(db.session.scalar(select(Case.version).where(Case.number == number)) or 0)

    def receive(self) -> Told:
        item = self.rng.choice(list(self.LIMITS))
        applicant = Applicant(f"示例{self.rng.randrange(10**6)}")
        case = services.collect(
            item, applicant, EVERYTHING, window_id=self.hall, actor=self.people["window-mr"], clock=self.clock, once=None
        )
        return Told(case.number, item, self.clock.now())

    def accept(self, told: Told) -> None:
        services.accept(told.number, EVERYTHING, NAMES, "", **self.given(told.number))
        told.naive = NaiveClock(self.clock.today(), self.paper.is_working)
        told.seqs["accepted"] = [self.seq(told.number)]
        self.done["accept"] += 1

    def act(self, told: Told, verb: str) -> None:
        assert told.naive is not None
        today, rng, naive = self.clock.today(), self.rng, told.naive
        try:
            match verb:
                case "stop":
                    until = today + timedelta(days=rng.randint(1, 12))
                    course_services.stop(told.number, "test", "", until, "示例", **self.given(told.number))
                    naive.stops.append(NaiveStop(today, until))
                    told.seqs.setdefault("stop", []).append(self.seq(told.number))
                case "end_stop":
                    ended = today - timedelta(days=rng.randint(0, 2))
                    course_services.end_stop(told.number, ended, "", **self.given(told.number))
                    naive.stops[-1].ended_on = ended
                    told.seqs.setdefault(f"end{len(naive.stops) - 1}", []).append(self.seq(told.number))
                case "extend":
                    course_services.extend(told.number, "示例", **self.given(told.number, "dept-mr"))
                    naive.extended_by = 10
                    told.seqs["extended"] = [self.seq(told.number)]
                case "hand_off":
                    services.hand_off(told.number, self.town, "示例", [], **self.given(told.number))
                    if rng.random() < 0.5:
                        services.recall(told.number, **self.given(told.number))
                    else:
                        services.receive(told.number, **self.given(told.number, "town-xialiang"))
                        services.hand_off(told.number, self.hall, "示例", [], **self.given(told.number, "town-xialiang"))
                        services.receive(told.number, **self.given(told.number))
                case _:
                    self.correct(told)
        except NotAllowed:
            return
        self.done[verb] += 1

    def correct(self, told: Told) -> None:
        """A supervisor mends a day: of the acceptance, of a stop's end, of what was told, or takes the extension back."""
        assert told.naive is not None
        naive, rng = told.naive, self.rng
        choices = ["accepted"] + (["until"] if naive.stops else []) + (["extension"] if naive.extended_by else [])
        choices += ["ended"] if any(stop.ended_on for stop in naive.stops) else []

        def correct(seq: int, name: str, value: object) -> None:
            course_services.correct(told.number, seq, name, value, "示例", **self.given(told.number, "supervisor"))

        match rng.choice(choices):
            case "accepted":
                day = civil_date(told.received_at) + timedelta(days=rng.randint(0, 3))
                at = max(told.received_at, datetime(day.year, day.month, day.day, 8, tzinfo=SHANGHAI))
                correct(told.seqs["accepted"][0], "at", at.isoformat())
                naive.accepted_on = civil_date(at)
            case "until":
                index = rng.randrange(len(naive.stops))
                stop = naive.stops[index]
                until = stop.noticed_on + timedelta(days=rng.randint(1, 12))
                correct(told.seqs["stop"][index], "until", until.isoformat())
                stop.until = until
            case "ended":
                index = rng.choice([n for n, stop in enumerate(naive.stops) if stop.ended_on])
                ended = naive.stops[index].noticed_on + timedelta(days=rng.randint(0, 12))
                correct(told.seqs[f"end{index}"][-1], "ended_on", ended.isoformat())
                naive.stops[index].ended_on = ended
            case _:
                correct(told.seqs["extended"][0], "days", 0)
                naive.extended_by = 0

    def change_calendar(self) -> None:
        """A notice of 2027, entered again with other days: what it said before of that year is gone."""
        typed: dict[date, DayKind] = {}
        for _ in range(self.rng.randint(1, 4)):
            first = date(2027, 1, 1) + timedelta(days=self.rng.randrange(50))
            typed |= {first + timedelta(days=n): DayKind.HOLIDAY for n in range(self.rng.randint(1, 6))}
        for _ in range(self.rng.randint(0, 3)):
            day = date(2027, 1, 2) + timedelta(days=self.rng.randrange(60))
            if day.weekday() >= 5 and day not in typed:
                typed[day] = DayKind.MOVED_WORKDAY
        days = [TypedDay(day, kind, HOLIDAY) for day, kind in sorted(typed.items())]
        notice = f"示例〔2026〕{self.rng.randrange(10**6)}号"
        network.enter_calendar_year(self.county, 2027, notice=notice, days=days, actor=machine(self.county, "test"), clock=self.clock)
        for day in [day for day in self.paper.typed if day.year == 2027]:
            del self.paper.typed[day]
        self.paper.typed |= typed
        self.done["calendar"] += 1

    def compare(self, cases: list[Told]) -> None:
        db.session.expire_all()
        for told in cases:
            if told.naive is None:
                continue
            promised, statutory = self.LIMITS[told.item]
            row = db.session.scalars(select(Case).where(Case.number == told.number)).one()
            ours = (row.promised_due_on, row.statutory_due_on)
            theirs = (told.naive.promised(promised), told.naive.statutory(statutory))
            assert ours == theirs, (told, ours, theirs)
            self.compared += 1


@pytest.mark.property
def test_no_due_date_differs_from_a_walk_day_by_day(app: Flask, clock: ManualClock) -> None:
    seed = int(os.environ.get("TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"TEST_SEED={seed}")
    with app.app_context():
        office = Office(app, random.Random(seed), clock)
        is_short = not os.environ.get("TEST_LONG") and not is_sqlite(app)
        made, wanted = 0, count(HISTORIES) // (4 if is_short else 1)  # a history takes twice as long there, and its days are the same
        clock.go_to(date(2026, 11, 23))
        while made < wanted:
            if clock.today() > date(2026, 12, 15):
                clock.at = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI) + timedelta(seconds=made)  # cases are alone with their own days
            cases = [office.receive() for _ in range(min(AT_ONCE, wanted - made))]
            made += len(cases)
            clock.advance(hours=office.rng.choice((1, 24, 48)))
            for told in cases:
                office.accept(told)
            office.compare(cases)
            for _ in range(6):
                clock.advance(hours=office.rng.choice((2, 24, 24, 72)))
                if office.rng.random() < 0.3:
                    office.change_calendar()
                    office.compare(cases)
                for told in office.rng.sample(cases, max(1, len(cases) // 2)):
                    office.act(told, office.rng.choice(ACTS))
                office.compare(cases)
            for told in cases:
                row = db.session.scalars(select(Case).where(Case.number == told.number)).one()
                assert services.rebuild(row) == []
                course_services.withdraw(told.number, "示例", **office.given(told.number))
            db.session.expunge_all()
        print(f"{made} histories, {office.compared} pairs of dates compared, acts: {office.done}")
        assert all(office.done.values()), "an act that never happened proves nothing"
        kinds = set(db.session.scalars(select(CaseEvent.kind).distinct()))
        assert {"stopped", "stop_ended", "extended", "corrected", "handed_off", "withdrawn"} <= kinds
