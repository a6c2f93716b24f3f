"""The State Council's yearly notice of holidays, read from its text (C-4): which days are off, which weekends are worked, and what could not be read.

国务院办公厅关于…年部分节假日安排的通知 has one paragraph a festival:

    二、春节:2月15日(农历腊月二十八、周日)至23日(农历正月初七、周一)放假调休,共9天。2月14日(周六)、2月28日(周六)上班。

Nothing is guessed: a line that speaks of days and is not understood is a fault with its number, and so is a weekday in brackets that is not
the date's, a sum of days that is not theirs, a festival that is missing, and a statutory day off of which nothing is said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from portal.rules.authority import Office, OfficeHeld
from portal.rules.decision import Basis, Decision, Reason, Sort
from portal.rules.texts import Text
from portal.rules.working_days import FIRST_YEAR, DayKind, statutory_days_off

DAYS_BEFORE = 7
"""So many days before its year may belong to a notice: New Year's holiday can begin in December."""

LAW_SINCE = 2025
"""From this year on the days that the law itself gives off are known here, and a notice that is silent about one is not whole."""

MOST_SHOWN = 80  # so much of a line is repeated where it is named as a fault
MOST_DAYS = 31  # a holiday that is longer is a slip of the keyboard

FESTIVALS: dict[str, Text] = {
    "元旦": Text("元旦", "元旦", "New Year's Day"),
    "春节": Text("春节", "春節", "Spring Festival"),
    "清明节": Text("清明节", "清明節", "Qingming Festival"),
    "劳动节": Text("劳动节", "勞動節", "Labour Day"),
    "端午节": Text("端午节", "端午節", "Dragon Boat Festival"),
    "中秋节": Text("中秋节", "中秋節", "Mid-Autumn Festival"),
    "国庆节": Text("国庆节", "國慶節", "National Day"),
}
"""The seven of 全国年节及纪念日放假办法 in which everybody has a day off; each yearly notice names them all."""

_OTHER_NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节", "国庆": "国庆节", "国际劳动节": "劳动节", "新年": "元旦"}


class Why(StrEnum):
    """What is wrong with a line of the notice, or (line 0) with all of it."""

    UNREAD = "unread"
    UNKNOWN_FESTIVAL = "unknown_festival"
    NOT_A_DATE = "not_a_date"
    WEEKDAY_OTHER = "weekday_other"
    COUNT_OTHER = "count_other"
    NOT_BESIDE_A_WEEKEND = "not_beside_a_weekend"
    PERIOD_REVERSED = "period_reversed"
    NO_YEAR = "no_year"
    OUTSIDE_YEAR = "outside_year"
    WORKED_ON_WEEKDAY = "worked_on_weekday"
    DAY_TWICE = "day_twice"
    FESTIVAL_TWICE = "festival_twice"
    FESTIVALS_MISSING = "festivals_missing"
    STATUTORY_DAY_MISSING = "statutory_day_missing"
    OTHER_YEAR = "other_year"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, in which line of the pasted text (0: the whole), with that line and the facts that the words need."""

    line: int
    why: Why
    text: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeDay:
    """A day that the notice types, with its name and the line that says so."""

    day: date
    kind: DayKind
    names: Text
    line: int


@dataclass(frozen=True, slots=True)
class Notice:
    """What was read: its days in order, what it only recommends, and every fault. With a fault it is not to be entered."""

    year: int
    days: tuple[NoticeDay, ...]
    advice: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


def may_enter(offices: Iterable[OfficeHeld]) -> Decision:
    """May a person with these offices enter the county's days? The county manager; what they are is the State Council's and the law's (C-4)."""
    held = next((each for each in offices if each.office is Office.COUNTY_MANAGER), None)
    if held is None:
        return Decision.no(Reason.NOT_COUNTY_MANAGER, rule="C-4")
    return Decision.yes(by=Basis(Sort.ACT_OF_OFFICE, office=held.id))


def may_end_regional(day: date, kind: DayKind | None) -> Decision:
    """May this day cease to be a day off? Only one that regional law made so: what a notice says is replaced by a notice (C-4)."""
    return Decision.yes() if kind is DayKind.REGIONAL_HOLIDAY else Decision.no(Reason.DAY_IS_NOT_REGIONAL, rule="C-4", day=day)


def may_be_regional(day: date, kind: DayKind | None, source: str, names: Text) -> Decision:
    """May this day, typed so or not at all, become a day off by regional law? Only by a law that is named, and on no worked weekend (C-4)."""
    if not source.strip() or not names.is_whole:
        return Decision.no(Reason.REGIONAL_DAY_NEEDS_LAW, rule="C-4")
    if day.year < FIRST_YEAR:
        return Decision.no(Reason.DAY_BEFORE_CALENDAR, rule="C-4", year=FIRST_YEAR)
    if kind is DayKind.MOVED_WORKDAY:
        return Decision.no(Reason.DAY_IS_WORKED_BY_NOTICE, rule="C-4", day=day)
    if kind is not None:
        return Decision.no(Reason.DAY_IS_OFF_ALREADY, rule="C-4", day=day)
    return Decision.yes()


# --- the text in paragraphs -----------------------------------------------------------------------------------------------------

_MARK = re.compile(r"[一二三四五六七八九十]{1,3}[、.]")
_NEXT = re.compile(r"(?<=。)(?=[一二三四五六七八九十]{1,3}、)")
# what frames the paragraphs and types no day: title, number, introduction, date of issue
_FRAME = re.compile(
    r".*关于\d{4}年(?:部分节假日安排的通知.*)?|.*通知如下[:。]?|.*[〔\[(]\d{4}[〕\])](?:第)?\d{1,4}号|\d{4}年\d{1,2}月\d{1,2}日|(?:[(])?(?:此件公开发布|信息来源).*"
)
_SPEAKS_OF_DAYS = re.compile(r"\d|放假|上班|调休|连休|补休|[一二三四五六七八九十]月")
_TITLE_YEAR = re.compile(r"关于(\d{4})年")
_SPACE = re.compile(r"\s+")


@dataclass(slots=True)
class _Paragraph:
    line: int
    text: str

    @property
    def is_festival(self) -> bool:
        return _MARK.match(self.text) is not None


def _plain(text: str) -> str:
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).replace("星期", "周").replace("周天", "周日").replace("礼拜", "周")


def _paragraphs(text: str) -> list[_Paragraph]:
    """The paragraphs with the number of their first line; one that the window of a mail program broke is put together again."""
    found: list[_Paragraph] = []
    for number, line in enumerate(text.splitlines(), 1):
        for part in _NEXT.split(_plain(line)):
            if not part:
                continue
            before = found[-1] if found else None
            if before is not None and before.is_festival and not before.text.endswith("。") and _MARK.match(part) is None:
                before.text += part
            else:
                found.append(_Paragraph(number, part))
    return found


# --- dates ----------------------------------------------------------------------------------------------------------------------

_DAY = r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:\((?P<said>[^()]*)\))?"
_ONE = re.compile(_DAY)
_WEEKDAYS = {f"周{name}": number for number, name in enumerate("一二三四五六日")}
_LUNAR = re.compile(r"农历[^\d]{1,10}|除夕|[^\d]{1,4}节|元旦")
_OFF = re.compile(
    r"放假(?P<moved>调休)?(?P<days>\d{1,2}天)?(?:,(?:共|放假)(?P<sum>\d{1,2})天)?(?P<beside>,?(?:与周末|同周末)连休)?(?:,共(?P<sum2>\d{1,2})天)?(?:,不调休)?"
)
_ON = re.compile(r"(?:均|照常|正常)?上班")
_ADVICE = re.compile(r"鼓励.*")


class _Unread(Exception):
    def __init__(self, why: Why, **facts: Any) -> None:
        super().__init__(why)
        self.why, self.facts = why, facts


@dataclass(slots=True)
class _Reading:
    """One sentence: where it has been read up to, and the year and month that a shorter date goes on with."""

    text: str
    of: int  # the notice's year
    is_new_year: bool
    at: int = 0
    year: int | None = None
    month: int | None = None

    def one(self) -> date:
        """The date that stands here, checked against the weekday beside it."""
        found = _ONE.match(self.text, self.at)
        if found is None:
            raise _Unread(Why.UNREAD)
        self.at = found.end()
        if found["year"] is not None:
            self.year, self.month = int(found["year"]), None
        if found["month"] is not None:
            self.month = int(found["month"])
        if self.month is None:
            raise _Unread(Why.UNREAD)
        if self.year is None:
            if self.is_new_year and self.month == 12:  # of which December the text does not say
                raise _Unread(Why.NO_YEAR, said=found[0])
            self.year = self.of
        try:
            day = date(self.year, self.month, int(found["day"]))
        except ValueError:
            raise _Unread(Why.NOT_A_DATE, said=found[0]) from None
        self._weekday(day, found["said"])
        if not date(self.of, 1, 1) - timedelta(days=DAYS_BEFORE) <= day <= date(self.of, 12, 31):
            raise _Unread(Why.OUTSIDE_YEAR, day=day)
        return day

    @staticmethod
    def _weekday(day: date, said: str | None) -> None:
        for part in re.split(r"[、,]", said or ""):
            if part in _WEEKDAYS:
                if _WEEKDAYS[part] != day.weekday():
                    raise _Unread(Why.WEEKDAY_OTHER, day=day, said=_WEEKDAYS[part], weekday=day.weekday())
            elif part and not _LUNAR.fullmatch(part):
                raise _Unread(Why.UNREAD)

    def takes(self, *signs: str) -> str:
        """Read on over one of these signs."""
        for sign in signs:
            if self.text.startswith(sign, self.at):
                self.at += len(sign)
                return sign
        return ""

    def dates(self) -> list[date]:
        """Days and spans with 、 or 和 between them."""
        days: list[date] = []
        while True:
            first = self.one()
            last = self.one() if self.takes("至", "到", "—", "-", "~") else first
            if last < first:
                raise _Unread(Why.PERIOD_REVERSED, first=first, last=last)
            if (last - first).days >= MOST_DAYS:
                raise _Unread(Why.UNREAD)
            days += [first + timedelta(days=n) for n in range((last - first).days + 1)]
            if not self.takes("、", "和", "及", ","):
                return days

    def rest(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        return pattern.fullmatch(self.text, self.at)


# --- festivals ------------------------------------------------------------------------------------------------------------------


def _beside(days: list[date]) -> list[date]:
    """The weekend that touches a holiday (与周末连休)."""
    first, last = days[0], days[-1]
    if first.weekday() == 0:
        return [first - timedelta(days=2), first - timedelta(days=1)]
    if last.weekday() == 4:
        return [last + timedelta(days=1), last + timedelta(days=2)]
    raise _Unread(Why.NOT_BESIDE_A_WEEKEND)


def _sentence(text: str, year: int, is_new_year: bool) -> list[tuple[date, DayKind]]:
    """The days that one sentence types."""
    reading = _Reading(text, year, is_new_year)
    days = reading.dates()
    if off := reading.rest(_OFF):
        if off["beside"]:
            days = sorted({*days, *_beside(days)})
        sums = {int(each.rstrip("天")) for each in (off["days"], off["sum"], off["sum2"]) if each}
        if sums - {len(days)}:
            raise _Unread(Why.COUNT_OTHER, said=min(sums - {len(days)}), count=len(days))
        return [(day, DayKind.HOLIDAY) for day in days]
    if reading.rest(_ON):
        for day in days:
            if day.weekday() < 5:
                raise _Unread(Why.WORKED_ON_WEEKDAY, day=day)
        return [(day, DayKind.MOVED_WORKDAY) for day in days]
    raise _Unread(Why.UNREAD)


def _named(day: date, kind: DayKind, festivals: list[str]) -> Text:
    """What a day is called: by its festival; where a paragraph has two, by the one whose day the law gives, else by both."""
    names = festivals
    if len(festivals) > 1 and day.year >= LAW_SINCE and "国庆节" in festivals and "中秋节" in festivals:
        is_moon = (
            kind is DayKind.HOLIDAY and day in statutory_days_off(day.year) and (day.month, day.day) not in {(10, 1), (10, 2), (10, 3)}
        )
        names = ["中秋节" if is_moon else "国庆节"]
    texts = [FESTIVALS[each] for each in names]
    text = Text("、".join(each.hans for each in texts), "、".join(each.hant for each in texts), ", ".join(each.en for each in texts))
    if kind is DayKind.HOLIDAY:
        return text
    return Text(f"{text.hans}调休上班", f"{text.hant}調休上班", f"Worked weekend ({text.en})")


def _festivals(text: str) -> list[str]:
    found = [_OTHER_NAMES.get(each, each) for each in re.split(r"[、和及]", text)]
    unknown = [each for each in found if each not in FESTIVALS]
    if unknown:
        raise _Unread(Why.UNKNOWN_FESTIVAL, said=unknown[0][:20])
    return found


_HEAD = re.compile(r"[一二三四五六七八九十]{1,3}[、.](?P<names>[^:\d]{1,20}):(?P<body>.+)")


def read_notice(text: str, year: int) -> Notice:
    """The days of the notice for a year, as its text says them, with every fault; never raises for whatever is pasted."""
    days: dict[date, NoticeDay] = {}
    advice: list[str] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for paragraph in _paragraphs(text):
        if not paragraph.is_festival:
            faults += _frame(paragraph, year)
            continue
        for each in _read_paragraph(paragraph, year, seen, advice):
            if isinstance(each, Fault):
                faults.append(each)
            elif each.day in days:
                faults.append(
                    Fault(paragraph.line, Why.DAY_TWICE, paragraph.text[:MOST_SHOWN], {"day": each.day, "line": days[each.day].line})
                )
            else:
                days[each.day] = each
    missing = [name for name in FESTIVALS if name not in seen]
    if missing:
        faults.append(Fault(0, Why.FESTIVALS_MISSING, facts={"festivals": missing}))
    elif not faults and year >= LAW_SINCE:
        silent = sorted(day for day in statutory_days_off(year) if day not in days or days[day].kind is not DayKind.HOLIDAY)
        faults += [Fault(0, Why.STATUTORY_DAY_MISSING, facts={"day": day}) for day in silent]
    return Notice(year, tuple(days[day] for day in sorted(days)), tuple(advice), tuple(sorted(faults, key=lambda fault: fault.line)))


def _frame(paragraph: _Paragraph, year: int) -> Iterator[Fault]:
    """What stands round the festivals; a sentence about days that is none of them is named."""
    text = paragraph.text
    if (title := _TITLE_YEAR.search(text)) and int(title[1]) != year:
        yield Fault(paragraph.line, Why.OTHER_YEAR, text[:MOST_SHOWN], {"said": int(title[1]), "year": year})
        return
    if _SPEAKS_OF_DAYS.search(text) and not _FRAME.fullmatch(text):
        yield Fault(paragraph.line, Why.UNREAD, text[:MOST_SHOWN])


def _read_paragraph(paragraph: _Paragraph, year: int, seen: dict[str, int], advice: list[str]) -> Iterator[NoticeDay | Fault]:
    text, line = paragraph.text, paragraph.line
    head = _HEAD.fullmatch(text)
    if head is None:
        yield Fault(line, Why.UNREAD, text[:MOST_SHOWN])
        return
    try:
        festivals = _festivals(head["names"])
    except _Unread as fault:
        yield Fault(line, fault.why, text[:MOST_SHOWN], fault.facts)
        return
    for name in festivals:
        if name in seen:
            yield Fault(line, Why.FESTIVAL_TWICE, text[:MOST_SHOWN], {"festival": name, "line": seen[name]})
        seen.setdefault(name, line)
    for sentence in filter(None, re.split(r"[。;]", head["body"])):
        if _ADVICE.fullmatch(sentence):
            advice.append(sentence)
            continue
        try:
            found = _sentence(sentence, year, "元旦" in festivals)
        except _Unread as fault:
            yield Fault(line, fault.why, sentence[:MOST_SHOWN], fault.facts)
            continue
        for day, kind in found:
            yield NoticeDay(day, kind, _named(day, kind, festivals), line)
