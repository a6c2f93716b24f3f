"""Random histories of grants, supersessions, revocations, confirmations, letters, stand-ins, postings and item versions, made through the
services, against a naive model that keeps only what was asked for (G-1 to G-3, G-12 to G-18, N-4). And: no answer about the past changes.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from sqlalchemy import select

from portal.accounts import services as accounts
from portal.audit import machine
from portal.authority import letter_services, life_services, posting_services, queries, services, stand_in_services
from portal.authority.models import Clause
from portal.catalogue import services as catalogue
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network import services as network_services
from portal.rules.authority import (
    DEFAULT_CEILINGS,
    Authority,
    ClauseEnd,
    ClauseTerms,
    Condition,
    EndWhy,
    Handling,
    ItemTerms,
    Level,
    Mandate,
    Matter,
    Post,
    Power,
    WindowTerms,
    explain,
)
from portal.rules.catalogue import LimitDraft, MaterialDraft, VersionDraft
from portal.rules.decision import NotAllowed
from portal.rules.postings import EndDraft, Staff
from portal.rules.texts import Text
from tests.authority.instruments import LAW, TOWN_BODY, actor
from tests.conftest import copy_of, count, engines, make_app
from tests.people import ManualClock, new_clock
from tests.rules.authority_model import Closed, model_carrying, model_holds, model_in_force, moment

MOMENTS = 100_000
ROUNDS = 10
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
COUNTY, TAX_HALL, TOWN, ROOM = "611026000000", "611026-TAX", "611026102000", "611026102002"
HASH = "$argon2id$v=19$m=8,t=1,p=1$MTIzNDU2Nzg$AAAAAAAAAAAAAAAAAAAAAA"  # nobody signs in with it
CELLS = sorted(DEFAULT_CEILINGS.cells)
Key: TypeAlias = tuple[int, int] | None
"""What an answer rests on: the instrument, and which of its windows. None: the answer is no."""


# --- what was asked for ------------------------------------------------------------------------------------------------------


@dataclass
class Letter:
    id: int
    body_id: int
    point_id: int
    person: int
    from_on: date
    until_on: date | None
    registered_at: datetime
    ends: list[datetime] = field(default_factory=list)

    def holds(self, at: datetime) -> bool:
        over = self.until_on is not None and at >= moment(self.until_on + DAY, 0)
        return at >= max(self.registered_at, moment(self.from_on, 0)) and not over and all(at < end for end in self.ends)


@dataclass
class StandIn:
    id: int
    absent: int
    person: int
    window_id: int
    from_on: date
    until_on: date
    appointed_at: datetime
    ended_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        if at < self.appointed_at or (self.ended_at is not None and at >= self.ended_at):
            return False
        return moment(self.from_on, 0) <= at < moment(self.until_on + DAY, 0)


@dataclass
class Posted:
    id: int
    person: int
    window_id: int
    post: Post
    certificate: str
    from_on: date
    until_on: date | None
    entered_at: datetime

    def holds(self, at: datetime) -> bool:
        over = self.until_on is not None and at >= moment(self.until_on + DAY, 0)
        return at >= max(self.entered_at, moment(self.from_on, 0)) and not over


@dataclass(frozen=True)
class Question:
    """May this person, at this window, at this moment, use this power on this item, perhaps in this very matter?"""

    at: datetime
    person: int
    window_id: int
    item: str
    power: Power
    matter: Matter | None


class County:
    """A few windows, items and people of their own in the demonstration county; what is done there, and what of it is remembered."""

    CHIEFS = ((COUNTY, "MR", 0), (COUNTY, "TAX", 1), (TAX_HALL, "TAX", 2), (TOWN, TOWN_BODY, 3), (TOWN, "MR", 4))
    """Point, body, and who is first appointed chief representative there."""

    def __init__(self, rng: random.Random, clock: ManualClock) -> None:
        self.rng, self.clock = rng, clock
        self.id = network.the_county().id
        self.machine = machine(self.id, "test")
        self.people_of = {name: actor(name) for name in ("manager", "center", "dept-mr", "dept-tax")}
        self.bodies = {code: network.body_by_code(self.id, code).id for code in ("MR", "TAX", TOWN_BODY)}
        self.heads = {self.bodies["MR"]: self.people_of["dept-mr"], self.bodies["TAX"]: self.people_of["dept-tax"]}
        self.points = {code: network.point_by_code(self.id, code).id for code in (COUNTY, TAX_HALL, TOWN, ROOM)}
        self.above = {
            COUNTY: [COUNTY], TAX_HALL: [TAX_HALL, COUNTY], TOWN: [TOWN, COUNTY], ROOM: [ROOM, TOWN, COUNTY],
        }  # fmt: skip
        self.windows: dict[int, WindowTerms] = {}
        self.window_days: dict[int, tuple[date, date | None]] = {}
        self.clauses: list[ClauseTerms] = []
        self.keys: dict[int, tuple[int, int]] = {}
        self.letters: list[Letter] = []
        self.stand_ins: list[StandIn] = []
        self.postings: list[Posted] = []
        self.versions: dict[str, list[tuple[date, ItemTerms]]] = {}
        self.lists: list[tuple[date, list[str]]] = [(date(2019, 1, 1), ["S-20"])]
        self.moved: list[tuple[date, dict[str, str]]] = []
        self.ceilings: list[tuple[date, tuple[str, str, str, str], bool]] = []
        self.touched: tuple[int, int] | None = None  # whom the last act was about, and at which window
        self.done: dict[str, int] = {}
        self.refused: dict[str, int] = {}
        self.began = clock.now()
        self.people = [self._person(f"history-{number}") for number in range(5)]
        self._window("H-HALL", COUNTY, Level.COUNTY, ["MR"])
        self._window("H-BOTH", COUNTY, Level.COUNTY, ["MR", "TAX"], is_general=True)
        self._window("H-TAX", TAX_HALL, Level.SUB_CENTER, ["TAX"], lasts=150)
        self._window("H-TOWN", TOWN, Level.TOWN, [TOWN_BODY], is_general=True)
        self._window("H-ROOM", ROOM, Level.COMMUNITY, [TOWN_BODY], is_general=True)
        for code, body in (("H-1", "MR"), ("H-2", "MR"), ("H-3", "TAX"), ("H-4", "MR")):
            self._publish(code, body, clock.today())
        for place, window_id in enumerate(self.windows):
            for person in (self.people[place], self.people[place - 1]):
                self.post(person, window_id)
        for place in self.CHIEFS:
            self.letter(place)

    # --- what is there

    def _person(self, name: str) -> int:
        return accounts.create_account(
            self.id, name, "clerk", password_hash=HASH, at=COUNTY, name="示例", actor=self.machine, clock=self.clock, is_sample=True
        )

    def _window(self, code: str, point: str, level: Level, bodies: list[str], *, is_general: bool = False, lasts: int | None = None) -> None:
        first = self.clock.today()
        until = None if lasts is None else first + lasts * DAY
        row = network_services.add_window(
            self.id, code=code, point_code=point, names=Text("示例", "示例", "Sample"), is_general=is_general, bodies=bodies, from_on=first,
            until_on=until, actor=self.machine, clock=self.clock,
        )  # fmt: skip
        served = frozenset(self.bodies[body] for body in bodies)
        self.windows[row.id] = WindowTerms(row.id, code, self.points[point], level, served, is_general)
        self.window_days[row.id] = (first, until)

    def _publish(self, code: str, body: str, from_on: date) -> None:
        rng, one = self.rng, Text("无", "無", "none")
        flags = frozenset(flag for flag, share in (("forwarded", 0.15), ("certificate_holder", 0.3), ("amount", 0.5)) if rng.random() < share)
        kind, type_code = rng.choice(["instant", "promised"]), rng.choice(["01", "20"])
        draft = VersionDraft(
            name=Text(f"示例{code}", f"示例{code}", f"Sample {code}"), type_code=type_code, kind=kind, from_on=from_on, legal_basis=one,
            conditions=(one,), procedure=(one,), promised=LimitDraft(5), statutory=LimitDraft(10), fee_basis=one, fee_standard=one,
            materials=(MaterialDraft("M1", Text("身份证", "身份證", "Identity card"), copies=1),), form=one, specimen=one, quota=one, flags=flags,
        )  # fmt: skip
        row = catalogue.publish_item_version(
            self.id, code=code, body_code=body, draft=draft, offered=[], actor=self.machine, clock=self.clock
        )
        terms = ItemTerms(
            id=row.item_id, code=code, body_id=self.bodies[body], is_instant=kind == "instant", is_forwarded="forwarded" in flags,
            needs_certificate_holder="certificate_holder" in flags, type_code=type_code, asks_amount="amount" in flags,
        )  # fmt: skip
        self.versions.setdefault(code, []).append((from_on, terms))

    # --- what the model remembers

    def item(self, code: str, on: date) -> ItemTerms | None:
        """The version published last of those begun by that day, with what the county's lists said on it."""
        begun = [terms for from_on, terms in self.versions[code] if from_on <= on]
        if not begun:
            return None
        listed = max((one for one in self.lists if one[0] <= on), key=lambda one: one[0])[1]
        moved = max((one for one in self.moved if one[0] <= on), key=lambda one: one[0], default=(on, {}))[1]
        return replace(begun[-1], on_village_list=code in listed, concentrated_to=self.bodies.get(moved.get(code, "")))

    def closed(self, on: date) -> Closed:
        said: dict[tuple[str, str, str, str], bool] = {}
        for from_on, cell, is_allowed in sorted(self.ceilings, key=lambda one: one[0]):
            if from_on <= on:
                said[cell] = is_allowed
        return {cell for cell, is_allowed in said.items() if not is_allowed}

    def held(self, person: int, window_id: int, at: datetime) -> Authority:
        """What the person holds there at the moment, from what was asked for alone."""
        on = (at + timedelta(hours=8)).date()
        first, last = self.window_days[window_id]
        is_there = first <= on and (last is None or on <= last)
        posted = [one for one in self.postings if (one.person, one.window_id) == (person, window_id) and one.holds(at)]
        point_id = self.windows[window_id].point_id
        chiefs = {(one.person, one.body_id) for one in self.letters if one.point_id == point_id and one.holds(at)}
        standing = [one for one in self.stand_ins if (one.person, one.window_id) == (person, window_id) and one.holds(at)]
        absent = standing[0].absent if standing else None
        return Authority(
            person_id=person, at=at, window=self.windows[window_id] if is_there else None, posts=frozenset(one.post for one in posted),
            chief_of=frozenset(body for who, body in chiefs if who == person), standing_in_for=absent,
            stand_in_bodies=frozenset(body for who, body in chiefs if who == absent), has_certificate=any(one.certificate for one in posted),
            clauses=tuple(self.clauses),
        )  # fmt: skip

    def carrying(self, asked: Question) -> set[Key]:
        """What the answer may rest on; empty: the answer is no."""
        on = (asked.at + timedelta(hours=8)).date()
        item = self.item(asked.item, on)
        if item is None:
            return set()
        found = model_carrying(
            self.held(asked.person, asked.window_id, asked.at), replace(item, matter=asked.matter), asked.power.value, self.closed(on)
        )
        return {self.keys[one] for one in found}

    # --- what is done: each asks a service, and remembers if it was done

    def acts(self) -> list[tuple[Callable[[], None], int]]:
        return [
            (self.grant, 40), (self.end, 14), (self.confirm, 8), (self.letter, 9), (self.end_letter, 4), (self.stand_in, 9),
            (self.end_stand_in, 4), (self.post, 6), (self.end_posting, 4), (self.publish, 6), (self.list, 3), (self.concentrate, 3),
            (self.ceiling, 5),
        ]  # fmt: skip

    def step(self) -> None:
        acts = self.acts()
        self.touched = None
        act = self.rng.choices([one for one, _ in acts], [weight for _, weight in acts])[0]
        name = act.__name__
        try:
            act()
        except (NotAllowed, NotFound):  # NotFound: a window that is there no more
            self.refused[name] = self.refused.get(name, 0) + 1
        else:
            self.done[name] = self.done.get(name, 0) + 1
        self.wait()

    def wait(self) -> None:
        rng = self.rng
        self.clock.at += rng.choice([timedelta(minutes=rng.randint(1, 700)), rng.randint(0, 4) * DAY + timedelta(seconds=rng.randint(1, 90_000))])

    def _few(self, among: Any, least: int = 1) -> list[Any]:
        among = sorted(among)
        return self.rng.sample(among, self.rng.randint(min(least, len(among)), len(among)))

    def _from(self, today: date) -> tuple[date, date | None]:
        first = today + self.rng.choice([0, 0, 1, 2, 9]) * DAY
        return first, self.rng.choice([None, None, first + self.rng.randint(0, 200) * DAY])

    def grant(self) -> None:
        """Drafted, signed, registered, with hours between; perhaps in the place of another."""
        rng, today = self.rng, self.clock.today()
        at = {one.code: one for one in self.windows.values()}
        places, body, mandate = rng.choice(
            [
                (["H-HALL"], "MR", Mandate.INTERNAL), (["H-HALL", "H-BOTH"], "MR", Mandate.INTERNAL), (["H-BOTH"], "MR", Mandate.STATUTORY),
                (["H-TAX"], "TAX", Mandate.INTERNAL), (["H-BOTH"], "TAX", Mandate.CONCENTRATED), (["H-TOWN"], "MR", Mandate.ENTRUSTMENT),
                (["H-TOWN"], "TAX", Mandate.ENTRUSTMENT), (["H-ROOM"], "MR", Mandate.RECEIVE_FORWARD), (["H-ROOM"], "MR", Mandate.STATUTORY),
                (["H-TOWN", "H-HALL"], "MR", Mandate.ENTRUSTMENT),
            ]
        )  # fmt: skip
        level, body_id = at[places[0]].level, self.bodies[body]
        allowed = [power for at_level, power, on in CELLS if (at_level, on) == (level, mandate)]
        powers = frozenset(self._few(allowed)) | (frozenset({rng.choice(list(Power))}) if rng.random() < 0.04 else frozenset())
        items = [one for code in self.versions if (one := self.item(code, today)) is not None]
        own = [one.id for one in items if (one.concentrated_to or one.body_id) == body_id or mandate is Mandate.RECEIVE_FORWARD]
        chosen = None if rng.random() < 0.3 or not own else frozenset(self._few(own if rng.random() < 0.96 else [one.id for one in items]))
        condition = Condition(
            rng.choice([None] * 6 + list(Handling)), rng.choice([None] * 5 + [500]),
            rng.choice([None] * 6 + [self.points[TOWN], self.points[COUNTY]]),
        )  # fmt: skip
        first, last = self._from(today)
        post = rng.choice([None] * 5 + [Post.AGENT if level.is_room else Post.CLERK, Post.CHIEF])
        before = [key[0] for one in self.clauses if one.body_id == body_id and (key := self.keys[one.id])]
        supersedes = rng.choice(before) if before and rng.random() < 0.35 else None
        receiving = self.bodies[TOWN_BODY] if mandate is Mandate.ENTRUSTMENT else None
        window_ids = [at[place].id for place in places]
        text = services.InstrumentText(
            body_id=body_id, mandate=mandate, title="示例", basis=LAW, receiving_body_id=receiving, supersedes_id=supersedes,
            clauses=tuple(services.ClauseText(window_id, powers, chosen, first, last, post, condition) for window_id in window_ids),
        )  # fmt: skip
        manager, clock = self.people_of["manager"], self.clock
        instrument_id = services.draft(text, actor=manager, clock=clock)
        clock.at += timedelta(minutes=rng.choice([0, 7, 300]))
        services.sign(instrument_id, version=1, actor=self.heads[body_id], clock=clock)
        clock.at += timedelta(minutes=rng.choice([0, 7, 300, 2000]))
        services.register(instrument_id, actor=manager, clock=clock)
        now = clock.now()
        if supersedes is not None:
            self._ended(supersedes, moment(max(first, clock.today() + DAY), 0))
        for window_id in window_ids:
            number = len(self.clauses) + 1
            self.keys[number] = (instrument_id, window_id)
            said = ClauseTerms(
                id=number, instrument_id=instrument_id, instrument_number="", window_id=window_id, body_id=body_id, mandate=mandate,
                powers=powers, from_on=first, item_ids=chosen, until_on=last, receiving_body_id=receiving, registered_at=now, post=post,
                condition=condition,
            )  # fmt: skip
            self.clauses.append(said)

    def _ended(self, instrument_id: int, at: datetime, window_id: int | None = None) -> None:
        for place, one in enumerate(self.clauses):
            if one.instrument_id == instrument_id and window_id in (None, one.window_id):
                self.clauses[place] = replace(one, ends=(*one.ends, ClauseEnd(at, EndWhy.REVOKED)))

    def end(self) -> None:
        """Revoked or superseded from a later day, or suspended at once; of an instrument for two windows perhaps one clause alone."""
        if not self.clauses:
            return
        rng, clock = self.rng, self.clock
        one = rng.choice(self.clauses)
        how, who = rng.choice(["revoke", "suspend", "supersede"]), rng.choice([self.people_of["manager"], self.heads[one.body_id]])
        first, window_id = clock.today() + rng.choice([0, 1, 1, 5, 30]) * DAY, rng.choice([None, one.window_id])
        only = None
        if window_id is not None:
            only = set(db.session.scalars(select(Clause.id).where(Clause.instrument_id == one.instrument_id, Clause.window_id == window_id)))
        if how == "revoke":
            services.revoke(one.instrument_id, from_on=first, by="示例〔2026〕1号", ground="示例", clause_ids=only, actor=who, clock=clock)
            self._ended(one.instrument_id, moment(first, 0), window_id)
        elif how == "suspend":
            services.suspend(one.instrument_id, ground="示例", clause_ids=only, actor=who, clock=clock)
            self._ended(one.instrument_id, clock.now(), window_id)
        else:
            services.supersede(one.instrument_id, rng.choice(self.clauses).instrument_id, from_on=first, actor=who, clock=clock)
            self._ended(one.instrument_id, moment(first, 0))

    def confirm(self) -> None:
        if not self.clauses:
            return
        one = self.rng.choice(self.clauses)
        life_services.confirm(one.instrument_id, version=1, actor=self.heads[one.body_id], clock=self.clock)
        for place, each in enumerate(self.clauses):
            if each.instrument_id == one.instrument_id:
                self.clauses[place] = replace(each, confirmations=(*each.confirmations, self.clock.now()))

    def letter(self, first_of: tuple[str, str, int] | None = None) -> None:
        """Drafted, signed, registered; who was chief for the body there before is so no more from then on."""
        rng, clock = self.rng, self.clock
        point, body, place = first_of or rng.choice(self.CHIEFS)
        person = self.people[place] if first_of else rng.choice(self.people)
        head = {**self.heads, self.bodies[TOWN_BODY]: actor("dept-xialiang")}[self.bodies[body]]
        first, last = self._from(clock.today())
        text = letter_services.LetterText(self.bodies[body], self.points[point], person, first, last)
        letter_id = letter_services.draft_letter(text, actor=rng.choice([self.people_of["manager"], self.people_of["center"]]), clock=clock)
        letter_services.sign_letter(letter_id, version=1, actor=head, clock=clock)
        clock.at += timedelta(minutes=rng.choice([0, 7, 2000]))
        letter_services.register_letter(letter_id, actor=self.people_of["manager"], clock=clock)
        begins = max(clock.now(), moment(first, 0))
        for one in self.letters:
            if (one.body_id, one.point_id) == (text.body_id, text.point_id):
                one.ends.append(begins)
        self.letters.append(Letter(letter_id, text.body_id, text.point_id, text.account_id, first, last, clock.now()))

    def end_letter(self) -> None:
        if not self.letters:
            return
        one, first = self.rng.choice(self.letters), self.rng.choice([None, self.clock.today() + DAY, self.clock.today() + 9 * DAY])
        letter_services.end_letter(one.id, from_on=first, ground="示例", actor=self.people_of["manager"], clock=self.clock)
        one.ends.append(self.clock.now() if first is None else moment(first, 0))

    def stand_in(self) -> None:
        """For whoever is chief at a point now, by someone posted at a window there; now and then by anybody."""
        rng, clock = self.rng, self.clock
        chiefs = [one for one in self.letters if one.holds(clock.now())]
        if not chiefs:
            return
        chief = rng.choice(chiefs)
        places = [one.id for one in self.windows.values() if one.point_id == chief.point_id]
        posted = [one for one in self.postings if one.window_id in places and one.holds(clock.now()) and one.person != chief.person]
        window_id, person = rng.choice([(one.window_id, one.person) for one in posted] or [(places[0], rng.choice(self.people))])
        first = clock.today() + rng.choice([0, 0, 1, 3]) * DAY
        last = first + rng.randint(0, 31) * DAY
        text = stand_in_services.StandInText(chief.person, person, window_id, first, last, "示例")
        made, _ = stand_in_services.appoint_stand_in(text, actor=self.people_of["center"], clock=clock)
        self.touched = (person, window_id)
        self.stand_ins.append(StandIn(made, chief.person, person, window_id, first, last, clock.now()))

    def end_stand_in(self) -> None:
        if self.stand_ins:
            one = self.rng.choice(self.stand_ins[-3:])
            stand_in_services.end_stand_in(one.id, ground="示例", actor=self.people_of["center"], clock=self.clock)
            one.ended_at = self.clock.now()

    def post(self, person: int | None = None, window_id: int | None = None) -> None:
        rng, clock = self.rng, self.clock
        person, window = person or rng.choice(self.people), self.windows[window_id or rng.choice(list(self.windows))]
        post = Post.AGENT if window.level.is_room else rng.choice([Post.CLERK, Post.CHIEF])
        first, last = self._from(clock.today())
        certificate = rng.choice(["", "示例1"])
        text = posting_services.PostingText(
            person, window.id, post, Staff.REGULAR, first, last, clock.today(), certificate, "示例", village_paper="示例", town_paper="示例"
        )
        made = posting_services.post(text, actor=self.people_of["center"], clock=clock)
        self.touched = (person, window.id)
        self.postings.append(Posted(made, person, window.id, post, certificate, first, last, clock.now()))

    def end_posting(self) -> None:
        one, last = self.rng.choice(self.postings), self.clock.today() + self.rng.choice([0, 1, 9]) * DAY
        posting_services.end_posting(one.id, EndDraft(last, self.clock.today(), "示例"), actor=self.people_of["center"], clock=self.clock)
        one.until_on = last

    def publish(self) -> None:
        code = self.rng.choice(list(self.versions))
        body = self.rng.choice(["MR", "MR", "TAX"]) if code == "H-4" else {"H-3": "TAX"}.get(code, "MR")
        self._publish(code, body, self.clock.today() + self.rng.choice([1, 2, 20]) * DAY)

    def _unsaid(self, said: list[Any]) -> date:
        """A later day from which nothing is said yet."""
        taken = {one[0] for one in said}
        return next(day for n in range(1, 99) if (day := self.clock.today() + n * DAY) not in taken)

    def list(self) -> None:
        from_on, codes = self._unsaid(self.lists), ["S-20", *self._few(self.versions, least=0)]
        network_services.put_setting(self.id, "village_finish", codes, from_on=from_on, actor=self.machine, clock=self.clock)
        self.lists.append((from_on, codes))

    def concentrate(self) -> None:
        from_on, moved = self._unsaid(self.moved), dict.fromkeys(self._few(["H-1", "H-2"], least=0), "TAX")
        network_services.put_setting(self.id, "concentrated_items", moved, from_on=from_on, actor=self.machine, clock=self.clock)
        self.moved.append((from_on, moved))

    def ceiling(self) -> None:
        rng = self.rng
        cell, item_type = rng.choice(CELLS), rng.choice(["", "01", "20"])
        told = (*(str(part) for part in cell), item_type)
        if self.ceilings and rng.random() < 0.5:  # open again what was closed
            told = rng.choice(self.ceilings)[1]
        from_on, is_allowed = self._unsaid([one for one in self.ceilings if one[1] == told]), rng.random() < 0.5
        level, power, mandate, item_type = told
        life_services.set_ceiling(
            Level(level), Power(power), Mandate(mandate), is_allowed=is_allowed, from_on=from_on, item_type=item_type,
            actor=self.people_of["manager"], clock=self.clock,
        )  # fmt: skip
        self.ceilings.append((from_on, told, is_allowed))


# --- questions ---------------------------------------------------------------------------------------------------------------


def a_moment(county: County, last: datetime) -> datetime:
    """Anywhere between the beginning and the last moment; often close to where something begins or ends."""
    rng = county.rng
    at = last - rng.random() * (min(last - county.began, 3 * DAY) if rng.random() < 0.3 else last - county.began)
    edges = [one.registered_at for one in county.clauses[-40:] if one.registered_at] + [end.moment for one in county.clauses[-40:] for end in one.ends]
    if edges and rng.random() < 0.3:
        at = rng.choice(edges)
    if rng.random() < 0.3:
        at = moment((at + timedelta(hours=8)).date(), 0)
    return min(at + rng.choice([-TICK, timedelta(), TICK, timedelta(), timedelta(hours=rng.randint(0, 20))]), last)


def a_question(county: County, at: datetime, about: tuple[int, int] | None = None) -> Question:
    """Most are close to yes: about what some clause says, by someone posted there."""
    rng = county.rng
    window_id, item, power = rng.choice(list(county.windows)), rng.choice(list(county.versions)), rng.choice(list(Power))
    here = [one for one in county.clauses if about is None or one.window_id == about[1]]
    said = [one for one in here if model_in_force(one, at)] or here
    if said and rng.random() < 0.9:
        one = rng.choice(said)
        window_id, power = one.window_id, rng.choice(sorted(one.powers))
        named = [code for code, versions in county.versions.items() if one.item_ids is None or versions[0][1].id in one.item_ids]
        item = rng.choice(named) if rng.random() < 0.9 else item
    posted = [one.person for one in county.postings if one.window_id == window_id and one.holds(at)]
    person = rng.choice(posted) if posted and rng.random() < 0.9 else rng.choice(county.people)
    if about is not None:
        person, window_id = about
    matter = None
    if rng.random() < 0.5:
        above = frozenset(county.points[code] for code in county.above[rng.choice(list(county.above))])
        matter = Matter(rng.choice([None, at - rng.randint(0, 500) * DAY]), rng.choice([None, 500, 501]), above, rng.random() < 0.8)
    return Question(at, person, window_id, item, power, matter)


def answer(county: County, asked: Question) -> tuple[bool, Key]:
    """What the software says, loading everything through the queries: allowed or not, and by which clause."""
    on = (asked.at + timedelta(hours=8)).date()
    item_id = county.versions[asked.item][0][1].id
    found = queries.item_terms(county.id, on=on, item_ids=[item_id])
    if not found:
        return False, None
    item = next(iter(found.values()))
    assert item == county.item(asked.item, on)
    item = replace(item, matter=asked.matter)
    held = queries.held_by(asked.person, asked.window_id, asked.at)
    mine = county.held(asked.person, asked.window_id, asked.at)
    for fact in ("window", "posts", "chief_of", "standing_in_for", "stand_in_bodies", "has_certificate"):
        assert getattr(held, fact) == getattr(mine, fact), (fact, asked)
    clause, said = held.clause_for(item, asked.power), held.missing(item, asked.power)
    assert bool(said) is (clause is not None)
    assert clause is None or (said.by is not None and said.by.clause == clause.id)
    assert said or said.rule
    return bool(said), None if clause is None else (clause.instrument_id, clause.window_id)


def by_persons(county: County, number: int, last: datetime) -> int:
    """That many moments through the whole of what an act asks; how many of the answers were yes."""
    allowed = 0
    for turn in range(number):
        asked = a_question(county, a_moment(county, last))
        found, expected = answer(county, asked), county.carrying(asked)
        assert found[0] is bool(expected) and (found[1] in expected or not expected), (asked, found, expected)
        allowed += found[0]
        if turn % 8 == 0 and found[0] is not (asked.matter is None):  # the page that explains says the same
            explained(county, replace(asked, matter=None))
    return allowed


def explained(county: County, asked: Question) -> None:
    held = county.held(asked.person, asked.window_id, asked.at)
    item = county.item(asked.item, (asked.at + timedelta(hours=8)).date())
    if held.window is None or item is None:
        return
    name = f"history-{county.people.index(asked.person)}"
    told = queries.explain_at(county.id, asked.power, asked.item, held.window.code, asked.at, name)
    is_forwarded = asked.power is Power.DECIDE and item.is_forwarded
    assert told.allowed is (bool(county.carrying(asked)) and not is_forwarded), (asked, told)


def by_windows(county: County, number: int, last: datetime, a_day: int = 25) -> int:
    """That many moments, of each of some days so many, with the facts of the day loaded once; how many of the answers were yes."""
    allowed = 0
    ids = list(county.windows)
    items = [versions[0][1].id for versions in county.versions.values()]
    for turn in range(number):
        if turn % a_day == 0:
            on = (a_moment(county, last) + timedelta(hours=8)).date()
            windows = queries.windows(county.id, on)
            clauses = queries.clauses(county.id, window_ids=ids)
            terms = {one.code: one for one in queries.item_terms(county.id, on=on, item_ids=items).values()}
            bounds, closed = queries.ceilings(county.id, on), county.closed(on)
            mine = {code: item for code in county.versions if (item := county.item(code, on)) is not None}
            assert terms == mine
        at = min(max(moment(on, 0) + county.rng.random() * DAY + county.rng.choice([timedelta(), -TICK]), moment(on, 0)), moment(on + DAY, 0) - TICK)
        if turn % 5 == 0:
            edges = [edge for one in county.clauses for edge in (one.registered_at, *(end.moment for end in one.ends)) if edge is not None]
            at = county.rng.choice([edge for edge in edges if moment(on, 0) <= edge < moment(on + DAY, 0)] or [moment(on, 0)])
        asked = a_question(county, at)
        window = windows.get(asked.window_id)
        first, until = county.window_days[asked.window_id]
        assert (window is None) is not (first <= on and (until is None or on <= until))
        if window is None or asked.item not in terms:
            continue
        item = replace(terms[asked.item], matter=asked.matter)
        told = explain(asked.power, item, window, clauses, at, ceilings=bounds)
        expected = {
            county.keys[one.id]
            for one in county.clauses
            if model_holds(one, county.windows[asked.window_id], replace(mine[asked.item], matter=asked.matter), asked.power.value, at, closed)
        }
        is_forwarded = asked.power is Power.DECIDE and item.is_forwarded
        assert told.allowed is (bool(expected) and not is_forwarded), (asked, told, expected)
        if expected:
            assert told.clause is not None and (told.clause.instrument_id, told.clause.window_id) in expected
        allowed += told.allowed
    return allowed


# --- the histories -----------------------------------------------------------------------------------------------------------


@contextmanager
def a_county(engine: str, templates: Callable[[str], str], folder: Path, rng: random.Random) -> Iterator[County]:
    clock = new_clock()
    with copy_of(engine, templates, folder) as url:
        app = make_app(folder, url, clock)
        with app.app_context():
            try:
                yield County(rng, clock)
            finally:
                db.session.remove()
                db.engine.dispose()


@pytest.mark.property
@pytest.mark.parametrize("engine", engines())
def test_who_may_now_is_what_the_rules_say_and_the_past_never_changes(engine: str, templates: Callable[[str], str], tmp_path: Path) -> None:
    seed = int(os.environ.get("TEST_SEED", "2026"))
    rounds = count(ROUNDS)
    moments, steps, whole = count(MOMENTS) // rounds, count(2500, least=90) // rounds, count(6000) // rounds
    allowed = asked_before = asked_at_all = 0
    done: dict[str, int] = {}
    for turn in range(rounds):
        with a_county(engine, templates, tmp_path / str(turn), random.Random(f"{seed}/{turn}")) as county:
            asked: list[tuple[Question, tuple[bool, Key]]] = []
            for step in range(steps):
                began = county.clock.now()
                county.step()
                then = [began - TICK] * 3 if county.touched else []
                if step in (steps // 3, 2 * steps // 3):
                    county.clock.at += 220 * DAY  # so that confirmations are due
                if step % 10 == 9:
                    then += [a_moment(county, county.clock.now()) for _ in range(5)]
                for at in then:  # the touch of an act reaches no moment before it
                    question = a_question(county, at, county.touched if at == began - TICK else None)
                    asked.append((question, answer(county, question)))
                    assert asked[-1][1][0] is bool(county.carrying(question)), (question, asked[-1])
            last = county.clock.now() + 500 * DAY
            allowed += by_persons(county, whole, county.clock.now() + 60 * DAY) + by_windows(county, moments - whole, last)
            for question, before in asked:
                assert answer(county, question) == before, question
            asked_before += sum(before[0] for _, before in asked)
            for name, number in county.done.items():
                done[name] = done.get(name, 0) + number
            asked_at_all += len(asked)
    print(f"{moments * rounds} moments, {allowed} yes; {asked_at_all} asked again, {asked_before} yes; done: {done}")
    # a walk that only ever hears no would prove nothing, nor one in which something never happened
    assert allowed > moments * rounds // 20 and asked_before > 0
    assert rounds == 1 or len(done) == len(county.acts())
