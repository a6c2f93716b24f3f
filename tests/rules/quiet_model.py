"""A naive reading of Q-1 to Q-4 and Q-9: plain data in, one day tried after the other, nothing shared with the program's own rules.

Facts are dictionaries and texts, as somebody would write them on paper; `is_working` is a paper calendar.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

Facts = dict[str, Any]
Told = list[tuple[str, str]]  # (rule, the paper that it rests on)

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
NEVER = {"criminal", "case_investigation", "licence_check", "service_visit"}
LETS_IN = {"complaint", "requested", "accident", "superior", "statutory"}
FAR = 400


def says(text: str, day: date) -> bool:
    """Does a text like 1-10,16-25 or mon-thu name this day?"""
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first in WEEK:
            if WEEK.index(first) <= day.weekday() <= WEEK.index(last or first):
                return True
        elif int(first) <= day.day <= int(last or first):
            return True
    return False


class NaiveCounty:
    """A county's law and one enterprise, asked about one plan."""

    def __init__(self, facts: Facts, is_working: Callable[[date], bool]) -> None:
        self.facts, self.is_working = facts, is_working
        self.enterprise, self.plan = facts["enterprise"], facts["plan"]

    # --- what the papers say

    def rule(self, day: date) -> Facts | None:
        found = None
        for rule in sorted(self.facts["rules"], key=lambda one: one["from"]):
            if rule["from"] <= day:
                found = rule
        return found

    def paper(self, day: date) -> str:
        rule = self.rule(day)
        return rule["paper"] if rule else ""

    def is_quiet(self, day: date) -> bool:
        rule = self.rule(day)
        return rule is not None and says(rule["towns"].get(self.enterprise["town"], rule["days"]), day)

    def added(self, day: date) -> Facts | None:
        for one in self.facts["added"]:
            if one["first"] <= day <= one["last"] and all(self.enterprise[name] == value for name, value in one["for"].items()):
                return dict(one)
        return None

    def is_on(self, code: str) -> bool:
        known = code in NEVER or code in LETS_IN or code == "safety" or code in self.facts["own"]
        return known and code not in self.facts["off"]

    def has_exemption(self) -> bool:
        code = self.plan["exemption"]
        return bool(code) and self.is_on(code) and bool(self.plan["basis"].strip())

    def lets_in(self) -> bool:
        code, kind = self.plan["exemption"], self.plan["kind"]
        if not self.has_exemption():
            return False
        if code == "safety":
            return kind in {"individual", "special"}
        return code in LETS_IN or kind in self.facts["own"].get(code, ())

    def caps(self, day: date) -> list[Facts]:
        found = []
        for cap in self.facts["caps"]:
            if cap["from"] > day or cap["line"] not in (None, self.plan["line"]) or cap["body"] not in (None, self.plan["body"]):
                continue
            same = [o for o in self.facts["caps"] if all(o[name] == cap[name] for name in ("by", "line", "body", "per"))]
            if any(cap["from"] < other["from"] <= day for other in same) or cap["number"] is None:
                continue
            found.append(cap)
        return sorted(found, key=lambda cap: (cap["number"], cap["per"], cap["by"], cap["line"] or "", cap["body"] or 0))

    def made(self, year: int) -> list[Facts]:
        return [v for v in self.facts["history"] if v["day"].year == year and not v["recheck"] and v["exemption"] not in NEVER]

    def added_up(self, cap: Facts, visits: list[Facts]) -> int:
        of_line = [visit for visit in visits if cap["line"] in (None, visit["line"])]
        if cap["per"] == "body":
            return sum(visit["body"] == self.plan["body"] for visit in of_line)
        of_line = [visit for visit in of_line if cap["body"] in (None, visit["body"])]
        alone = sum(visit["joint"] is None for visit in of_line)
        joint = {visit["joint"] for visit in of_line} - {None, self.plan["joint"]}
        return alone + len(joint)

    # --- one day

    def against(self, day: date) -> Told:
        """Everything that speaks against the plan if it began on this day."""
        plan, told = self.plan, Told()
        code = plan["exemption"]
        if code and not self.is_on(code):
            told.append(("Q-2", self.paper(day)))
        elif code and not plan["basis"].strip():
            told.append(("Q-3" if code == "statutory" else "Q-2", self.paper(day)))
        if self.has_exemption() and code in NEVER:
            return told
        for each in {day, day + timedelta(days=plan["length"] - 1)}:
            told += self.against_the_day(each)
        if plan["kind"] == "routine" and not plan["recheck"]:
            told += self.against_another(day)
        return told

    def against_the_day(self, day: date) -> Told:
        told = Told()
        added = self.added(day)
        if (self.is_quiet(day) or added) and not self.lets_in():
            if self.has_exemption():
                told.append(("Q-2", self.paper(day)))
            if self.is_quiet(day):
                told.append(("Q-1", self.paper(day)))
            if added:
                told.append(("Q-9", added["paper"]))
        works = self.is_working(day) or (self.enterprise["weekends"] and self.plan["says_so"])
        if not works and not (self.has_exemption() and self.plan["exemption"] == "accident"):
            told.append(("Q-1", self.paper(day)))
        return told

    def against_another(self, day: date) -> Told:
        plan, told = self.plan, Told()
        by_law = self.has_exemption() and plan["exemption"] == "statutory"
        ordered = self.has_exemption() and plan["exemption"] == "superior"
        below = [visit for visit in self.made(day.year) if visit["exemption"] != "statutory"]
        if not by_law:
            for cap in self.caps(day):
                if self.added_up(cap, [visit for visit in below if visit["kind"] in cap["counts"]]) >= cap["number"]:
                    told.append(("Q-3", cap["paper"] or self.paper(day)))
                    break
        if by_law or ordered:
            return told
        named = [one for one in self.facts["named"] if (one["line"], one["year"]) == (plan["line"], day.year) and one["from"] <= day]
        named = [o for o in named if o["enterprise"] == self.enterprise["id"]] + [o for o in named if o["enterprise"] is None]
        if named:
            if named[0]["body"] != plan["body"]:
                told.append(("Q-4", named[0]["paper"]))
            return told
        others = [v for v in below if v["kind"] == "routine" and v["line"] == plan["line"] and v["body"] != plan["body"]]
        others = [visit for visit in others if plan["joint"] is None or visit["joint"] != plan["joint"]]
        if others and not (plan["vertical"] and plan["coordinated"].strip()):
            told.append(("Q-4", self.paper(day)))
        return told

    # --- the answer

    def judge(self) -> Facts:
        """Allowed or not, what speaks against it, and the next day on which nothing does."""
        plan, today = self.plan, self.facts["today"]
        told = self.against(plan["day"])
        if today and plan["day"] < today:
            told.append(("Q-5", self.paper(plan["day"])))
        following = plan["day"]
        if told:
            following = self.next_day(max(plan["day"], today or plan["day"]))
        warned = None
        if not told and not plan["recheck"] and not (self.has_exemption() and plan["exemption"] in NEVER):
            numbers = [(1 + self.added_up(cap, self.made(plan["day"].year)), cap["number"]) for cap in self.caps(plan["day"])]
            warned = next(((number, most) for number, most in numbers if number > most), None)
        return {"allowed": not told, "findings": sorted(told), "next": following, "warned": warned}

    def next_day(self, first: date) -> date | None:
        plan = self.plan
        if plan["exemption"] and not self.has_exemption():
            if plan["exemption"] in NEVER:
                return None
            self.plan = {**plan, "exemption": None}  # an exemption that is not made out is none
        try:
            return next((day for n in range(FAR + 1) if not self.against(day := first + timedelta(days=n))), None)
        finally:
            self.plan = plan


# --- random counties ------------------------------------------------------------------------------------------------------------

KINDS = ["routine", "individual", "special"]
LINES = ["market", "fire", "tax"]
TOWNS = ["611026101", "611026102", "611026103"]
DAYS = ["1-25", "1-20", "1-15", "6-31", "1-10,16-25", "mon-thu", "1-25,sun", "11-30"]
EXEMPTIONS = [*sorted(NEVER), *sorted(LETS_IN), "safety", "flood_season", "whim"]


def some_county(chance: random.Random) -> Facts:
    """A county with one to three versions of its rule, an enterprise with a history, and one plan."""

    def day(first: int = 2024, last: int = 2027) -> date:
        start = date(first, 1, 1)
        return start + timedelta(days=chance.randrange((date(last, 12, 31) - start).days))

    def mostly_not(values: list[Any], share: float = 0.3) -> Any:
        return chance.choice(values) if chance.random() < share else None

    begins = sorted({date(2019, 1, 1), *(day() for _ in range(chance.randrange(3)))})
    if chance.random() < 0.1:
        begins = begins[1:]
    rules = [
        {
            "from": begin,
            "days": chance.choice(DAYS),
            "towns": {town: chance.choice(DAYS) for town in TOWNS if chance.random() < 0.15},
            "paper": chance.choice(["柞政发〔2019〕1号", "商政发〔2025〕7号"]),
        }
        for begin in begins
    ]
    enterprise = {"id": 7, "trade": "milling", "town": chance.choice(TOWNS), "weekends": chance.random() < 0.3}
    when = day(2025, 2027)
    added = []
    for _ in range(chance.randrange(3)):
        first = when + timedelta(days=chance.randrange(-20, 40))
        whom = chance.choice([{}, {"id": 7}, {"id": 8}, {"trade": "milling"}, {"trade": "mining"}, {"town": chance.choice(TOWNS)}])
        last = first + timedelta(days=chance.randrange(12))
        added.append({"first": first, "last": last, "for": whom, "paper": f"柞政办发〔2026〕{chance.randrange(9)}号"})
    caps: list[Facts] = []
    for _ in range(chance.randrange(5)):
        cap = {
            "number": chance.choice([None, 0, 1, 1, 2, 3]),
            "from": chance.choice([date(2019, 1, 1), day()]),
            "by": chance.choice(["nation", "province", "line", "county", "body"]),
            "line": mostly_not(LINES),
            "body": mostly_not([1, 2]),
            "per": "body" if chance.random() < 0.6 else "enterprise",
            "counts": set(chance.sample(KINDS, chance.randrange(1, 4))) if chance.random() < 0.3 else {"routine"},
            "paper": chance.choice(["", "国办发〔2024〕54号"]),
        }
        key = ("from", "by", "line", "body", "per")
        if not any(all(other[name] == cap[name] for name in key) for other in caps):
            caps.append(cap)
    history = [
        {
            "body": chance.randrange(1, 4),
            "line": chance.choice(LINES),
            "kind": chance.choice(KINDS) if chance.random() < 0.5 else "routine",
            "day": when + timedelta(days=chance.randrange(-200, 200)),
            "exemption": mostly_not(EXEMPTIONS[:-2], 0.25),
            "recheck": chance.random() < 0.1,
            "joint": mostly_not([1, 2], 0.5),
        }
        for _ in range(chance.choice([0, 0, 1, 2, 4]))
    ]
    named = [
        {
            "line": chance.choice(LINES),
            "year": when.year + chance.randrange(2),
            "body": chance.randrange(1, 4),
            "enterprise": chance.choice([None, 7, 8]),
            "from": when + timedelta(days=chance.randrange(-300, 60)),
            "paper": f"商市监函〔2026〕{n}号",
        }
        for n in range(chance.choice([0, 0, 0, 1, 2]))
    ]
    plan = {
        "body": chance.randrange(1, 4),
        "line": chance.choice(LINES),
        "kind": chance.choice(KINDS) if chance.random() < 0.5 else "routine",
        "day": when,
        "length": chance.choice([1, 1, 1, 2, 3, 6]),
        "exemption": mostly_not(EXEMPTIONS, 0.45),
        "basis": chance.choice(["", " ", "安全生产法第六十五条", "安全生产法第六十五条", "12345-7"]),
        "says_so": chance.random() < 0.4,
        "recheck": chance.random() < 0.1,
        "joint": mostly_not([1, 2], 0.4),
        "vertical": chance.random() < 0.2,
        "coordinated": chance.choice(["", "商税函〔2026〕2号"]),
    }
    return {
        "rules": rules,
        "enterprise": enterprise,
        "added": added,
        "caps": caps,
        "history": history,
        "named": named,
        "plan": plan,
        "own": {"flood_season": set(chance.sample(KINDS, chance.randrange(1, 4)))} if chance.random() < 0.6 else {},
        "off": {code for code in ("safety", "complaint", "requested", "superior", "flood_season") if chance.random() < 0.15},
        "today": chance.choice([None, None, day(2025, 2027), when]),
    }
