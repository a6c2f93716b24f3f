"""What an import says and understands: columns explained, faults in words, the Chinese words of mandates and powers, the templates."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from flask_babel import force_locale

from portal.audit import Actor
from portal.authority import import_services as authority
from portal.authority.forms import FIELD_OF
from portal.authority.terms import MANDATES, POSTS, POWERS
from portal.clock import Clock
from portal.database import Once
from portal.i18n import LANGUAGES, _, _l, _lp, current_language
from portal.imports import NOTE, Column, Outcome, RowFault, Table, Why, plain, shown
from portal.network import calendar_import_services as calendar
from portal.network import import_services as network
from portal.rules.clauses import Handling
from portal.web.filters import long_day
from portal.web.forms import clean, fault_of
from portal.web.reasons import words

HANDLINGS = {Handling.INSTANT: ("即办件", "即辦件", "即办", "即辦"), Handling.PROMISED: ("承诺件", "承諾件", "承诺", "承諾")}


def gate(text: str, lines: bool) -> tuple[str, str]:
    """The gate for typed text, as forms have it."""
    kept = clean(text)
    return kept, fault_of(kept, lines=lines)


@cache
def vocabulary() -> dict[str, dict[str, str]]:
    """Column → word → code: the codes themselves, and the words of all three languages."""
    found: dict[str, dict[str, str]] = {"handling": {code.value: code.value for code in Handling}}
    found["handling"] |= {word: code.value for code, said in HANDLINGS.items() for word in said}
    for column, codes in (("mandate", MANDATES), ("powers", POWERS), ("post", POSTS)):
        found[column] = {}
        for locale, _html, _suffix, _own in LANGUAGES.values():
            with force_locale(locale):
                found[column] |= {plain(str(text)): code.value for code, text in codes.items()}
        found[column] |= {code.value: code.value for code in codes}
    found["mandate"] |= {"授权": "internal", "內部授權": "internal", "内部授权": "internal"}
    return found


# --- columns --------------------------------------------------------------------------------------------------------------------

_HINTS: dict[str, dict[str, Any]] = {
    "windows": {
        "code": _lp("import", "Letters, digits and dashes, usually point-body. A code that exists with the same content is left as it is."),
        "point": _lp("import", "Code of the service point, as in the list of the network."),
        "name": _lp("import", "As it stands above the window."),
        "name_hant": _lp("import", "May be empty: then the name is shown."),
        "name_en": _lp("import", "May be empty: then the name is shown."),
        "general": _lp("import", "1 or 是: a general window of several bodies. 0, 否 or empty: of one."),
        "bodies": _lp("import", "Codes of the bodies it serves, with ; between them."),
        "from_on": _lp("import", "First day, as 2026-12-01 or 2026/12/1."),
        "until_on": _lp("import", "Last day; empty: no end named."),
    },
    "instruments": {
        "key": _lp("import", "Your own mark. Rows with the same mark are the clauses of one instrument."),
        "body": _lp("import", "Code of the issuing body. In further rows of the same instrument it may be empty, as may the next five."),
        "mandate": _lp("import", "法定, 相对集中, 授权, 委托 or 代收代办; or statutory, concentrated, internal, entrustment, receive_forward."),
        "title": _lp("import", "Title of the instrument, up to 200 characters."),
        "basis": _lp("import", "Law and article; an entrustment cannot do without."),
        "receiving": _lp("import", "Only for an entrustment: code of the town government."),
        "supersedes": _lp("import", "Number of the instrument that it replaces, if it does."),
        "window": _lp("import", "Code of the window that gets the powers."),
        "powers": _lp("import", "With ; between them: 受理, 审核, 审批 … or accept, review, decide …"),
        "items": _lp("import", "Codes with ; between them, or * for all items of the issuing body."),
        "from_on": _lp("import", "First day, today or later."),
        "until_on": _lp("import", "Last day; empty: no end named."),
        "post": _lp("import", "窗口工作人员, 首席代表 or 代办员; or clerk, chief, agent. Empty: as usual."),
        "handling": _lp("import", "即办件 or 承诺件, if it is for one kind only."),
        "most_yuan": _lp("import", "Largest amount in yuan, if there is one."),
        "territory": _lp("import", "Code of the point at or below which the applicant comes in, if it is bound to one."),
    },
    "calendar": {
        "year_notice": _lp("import", "The year whose notice says so. The file holds all days of that year."),
        "notice": _lp("import", "Number of the State Council's notice; the same in all rows of a year."),
        "day": _lp("import", "As 2026-12-01 or 2026/12/1; each day that is off, weekends inside the holiday included, and each worked weekend."),
        "kind": _lp("import", "放假 or 上班; or holiday, moved_workday."),
        "name": _lp("import", "As 春节, or 春节调休上班."),
        "name_hant": _lp("import", "May be empty for the seven festivals."),
        "name_en": _lp("import", "May be empty for the seven festivals."),
        "source": _lp("import", "Where the notice was published, if you know the address."),
    },
}
EXAMPLES: dict[str, dict[str, str]] = {
    "windows": {
        "code": "611026000000-EXAMPLE", "point": "611026000000", "name": "示例窗口", "name_hant": "示例窗口", "name_en": "Example Window",
        "general": "0", "bodies": "MR", "from_on": "2026-12-01",
    },
    "instruments": {
        "key": "1", "body": "MR", "mandate": "委托", "title": "示例委托书", "basis": "《中华人民共和国行政许可法》第二十四条（示例）",
        "receiving": "TOWN-611026102000", "window": "611026102000-G", "powers": "审核;审批", "items": "S-03;S-04", "from_on": "2026-12-01",
        "until_on": "2027-11-30",
    },
    "calendar": {"year_notice": "2027", "notice": "示例〔2026〕1号", "day": "2027-01-01", "kind": "放假", "name": "元旦"},
}  # fmt: skip
_EXAMPLE_NOTE = {"zh-Hans": "示例行：导入时跳过", "zh-Hant": "範例行：匯入時略過", "en": "example row: left out"}


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be imported: its columns and the service."""

    name: str
    title: Any
    columns: tuple[Column, ...]
    run: Callable[..., Outcome]

    def imported(self, table: Table, *, is_trial: bool, actor: Actor, clock: Clock, once: Once | None = None) -> Outcome:
        return self.run(table, is_trial=is_trial, actor=actor, clock=clock, once=once)


def _instruments(table: Table, **how: Any) -> Outcome:
    return authority.import_instruments(table, words=vocabulary(), **how)


KINDS: dict[str, Kind] = {
    "windows": Kind("windows", _lp("import", "Windows"), network.COLUMNS, network.import_windows),
    "calendar": Kind("calendar", _lp("import", "Days of the yearly notice"), calendar.COLUMNS, calendar.import_calendar),
    "instruments": Kind("instruments", _lp("import", "Instruments of authority"), authority.COLUMNS, _instruments),
}


def heading(column: Column) -> str:
    """The heading of a column in the page's language."""
    return {"zh-Hans": column.hans, "zh-Hant": column.hant}.get(current_language(), column.name)


def explained(kind: Kind) -> list[tuple[Column, str, Any]]:
    """Each column with its heading in the page's language and what belongs into it."""
    return [(column, heading(column), _HINTS[kind.name][column.name]) for column in kind.columns]


def template(kind: Kind) -> str:
    """A csv file to fill in: headings in the page's language, and an example that the import leaves out."""
    out = io.StringIO()
    out.write("\ufeff")  # without it, spreadsheets in China read the file as GBK
    writer = csv.writer(out)
    writer.writerow([heading(column) for column in (*kind.columns, NOTE)])
    writer.writerow([EXAMPLES[kind.name].get(column.name, "") for column in kind.columns] + [_EXAMPLE_NOTE[current_language()]])
    return out.getvalue()


# --- faults ---------------------------------------------------------------------------------------------------------------------

WORDS: dict[Why, Any] = {
    Why.TOO_LARGE: _lp("import", "The file is too large: %(most)s MB at most. Split it."),
    Why.EMPTY: _lp("import", "The file has no rows below a heading."),
    Why.OLD_EXCEL: _lp("import", "This is the old Excel format. Save it as xlsx or csv."),
    Why.BROKEN_XLSX: _lp("import", "This xlsx file cannot be read. Open it in a spreadsheet and save it anew, or save it as csv."),
    Why.UNREADABLE: _lp("import", "The letters of this file cannot be read. Save it as xlsx, or as csv in UTF-8."),
    Why.BAD_CSV: _lp("import", "The quotation marks of this row do not match, so the rest cannot be read."),
    Why.TOO_MANY_ROWS: _lp("import", "More than %(most)s rows. Split the file."),
    Why.NO_COLUMN: _lp("import", "This column is missing."),
    Why.UNKNOWN_COLUMN: _lp("import", "There is no column “%(column)s” here. Use the headings of the template."),
    Why.COLUMN_TWICE: _lp("import", "The column “%(column)s” stands there twice."),
    Why.BEYOND_HEADER: _lp("import", "Cell %(place)s has no heading above it."),
    Why.TOO_LONG: _l("At most %(most)s characters; this has %(size)s."),
    Why.SHORTENED: _lp("import", "The spreadsheet has shortened a long number to %(text)s. Format the column as text and type it again."),
    Why.SHEET_FAULT: _lp("import", "The spreadsheet could not work this out: %(text)s."),
    Why.NO_VALUE: _lp("import", "A formula without its value. Open and save the file in a spreadsheet, or type the value."),
    Why.MISSING: _l("Please fill this in."),
    Why.NOT_A_DAY: _lp("import", "“%(text)s” is no day between 2019 and 2100. Write 2026-12-01 or 2026/12/1."),
    Why.NOT_YES_OR_NO: _lp("import", "“%(text)s” is neither 1 nor 0."),
    Why.NOT_A_CODE: _lp("import", "“%(text)s” is no code: letters, digits and dashes only."),
    Why.NOT_ON_LIST: _lp("import", "“%(text)s” is not known here. Known are: %(known)s."),
    Why.NOT_UNDERSTOOD: _lp("import", "“%(text)s” cannot be read here."),
    Why.NOT_AN_AMOUNT: _lp("import", "“%(text)s” is no amount in yuan."),
    Why.UNKNOWN: _lp("import", "There is no “%(text)s” in the county today."),
    Why.TWICE: _lp("import", "“%(text)s” stands in line %(line)s already."),
    Why.REVERSED: _lp("reason", "The last day, %(until_on)s, is before the first, %(from_on)s."),
    Why.ONE_BODY_ONLY: _lp("import", "Only a general window serves several bodies."),
    Why.OTHER_CONTENT: _lp("import", "%(code)s exists already and says something else in: %(columns)s."),
    Why.DIFFERS: _lp("import", "Another value than in line %(line)s, where this instrument begins."),
    Why.WAITS_ALREADY: _lp("import", "A draft of this title, with other content, waits to be signed. Change that one, or give this another title."),
    Why.NOT_A_YEAR: _lp("import", "“%(text)s” is no year between %(first)s and %(last)s."),
    Why.NOT_OF_YEAR: _lp("import", "%(day)s is no day of the notice for %(year)s."),
    Why.WORKED_ON_WEEKDAY: _lp("import", "%(day)s is a weekday: it is worked without a row."),
    Why.OTHER_NOTICE: _lp("import", "%(day)s is typed otherwise by %(notice)s."),
    Why.STATUTORY_MISSING: _lp("import", "The law gives %(day)s off, and the year that begins here does not name it: the file must hold the whole year."),
    Why.OTHER_IN_YEAR: _lp("import", "Another value than in line %(line)s, where this year begins."),
    Why.TOO_MUCH: _lp("import", "Too much at once: at most %(instruments)s instruments, and %(grants)s powers and items together. Split the file."),
}
_COLUMN_OF = {"windows": "window"}  # a field of the form → the column, where they are called differently


@dataclass(frozen=True, slots=True)
class Told:
    """A fault in words: line (0: the whole file), the heading of the column as the file has it, the rule if it is one."""

    line: int
    column: str
    rule: str
    text: str


def told(fault: RowFault, kind: Kind, headings: Mapping[str, str]) -> Told:
    """A fault in the page's language."""
    names = {column.name: headings.get(column.name) or heading(column) for column in kind.columns}
    if fault.decision is not None:
        decision = fault.decision
        place = FIELD_OF.get(decision.reason, "") if decision.reason else ""
        return Told(fault.line, names.get(_COLUMN_OF.get(place, place), ""), decision.rule or "", words(decision))
    facts = dict(fault.facts)
    if fault.why is Why.OTHER_CONTENT:
        facts["columns"] = "、".join(names[column] for column in facts["columns"])
    elif fault.why is Why.NOT_ON_LIST:
        facts["known"] = "、".join(_known(fault.column))
    else:
        facts = {name: long_day(value) if isinstance(value, date) else value for name, value in facts.items()}
    text = str(facts["said"]) if fault.why is Why.BAD_TEXT else str(WORDS[fault.why or Why.MISSING]) % facts
    return Told(fault.line, names.get(fault.column, ""), "", text)


def _known(column: str) -> Sequence[str]:
    if column == "kind":
        return ["放假", "上班"]
    codes: dict[str, Mapping[Any, Any]] = {"mandate": MANDATES, "powers": POWERS, "post": POSTS}
    if column == "handling":
        return [HANDLINGS[code][0] for code in Handling]
    return [str(text) for text in codes[column].values()]


def line_words(line: int) -> str:
    """Line 7, or the whole file."""
    return _("Line %(line)s", line=line) if line else _("The file")


def shown_name(name: str) -> str:
    """The name of a file as a page can show it."""
    return shown(name.replace("\\", "/").rpartition("/")[2])
