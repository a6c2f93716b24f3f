"""Rows from a file that somebody sends: csv (UTF-8, GB18030) or xlsx, hostile until proven. Knows no feature and no page.

Everything that is wrong is a `RowFault` with the line that the spreadsheet shows; what is wrong with the file as a whole is a `BadFile`.
Nothing is guessed: an unknown column, a formula without its value, a number that the spreadsheet has shortened are said, not passed over.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from openpyxl import load_workbook

from portal.rules.decision import Decision

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5000
MOST_COLUMNS = 40
MOST_CELL = 4000
MOST_UNPACKED = 16 * 1024 * 1024  # of all parts of an xlsx together
MOST_PARTS = 400
FIRST_YEAR, LAST_YEAR = 2019, 2100  # as the fields of forms

Gate = Callable[[str, bool], tuple[str, str]]
"""A text, and whether it may have several lines → the text as it is kept, and what is wrong with it in words (empty: nothing)."""


class Why(StrEnum):
    """Why a row, or a file, cannot be taken, where it is no rule of the domain that says so."""

    TOO_LARGE = "too_large"
    EMPTY = "empty"
    OLD_EXCEL = "old_excel"
    BROKEN_XLSX = "broken_xlsx"
    UNREADABLE = "unreadable"
    BAD_CSV = "bad_csv"
    TOO_MANY_ROWS = "too_many_rows"
    NO_COLUMN = "no_column"
    UNKNOWN_COLUMN = "unknown_column"
    COLUMN_TWICE = "column_twice"
    BEYOND_HEADER = "beyond_header"
    TOO_LONG = "too_long"
    BAD_TEXT = "bad_text"
    SHORTENED = "shortened"
    SHEET_FAULT = "sheet_fault"
    NO_VALUE = "no_value"
    MISSING = "missing"
    NOT_A_DAY = "not_a_day"
    NOT_YES_OR_NO = "not_yes_or_no"
    NOT_A_CODE = "not_a_code"
    NOT_ON_LIST = "not_on_list"
    NOT_UNDERSTOOD = "not_understood"
    NOT_AN_AMOUNT = "not_an_amount"
    UNKNOWN = "unknown"
    TWICE = "twice"
    REVERSED = "reversed"
    ONE_BODY_ONLY = "one_body_only"
    OTHER_CONTENT = "other_content"
    DIFFERS = "differs"
    WAITS_ALREADY = "waits_already"
    TOO_MUCH = "too_much"
    NOT_A_YEAR = "not_a_year"
    NOT_OF_YEAR = "not_of_year"
    WORKED_ON_WEEKDAY = "worked_on_weekday"
    OTHER_NOTICE = "other_notice"
    STATUTORY_MISSING = "statutory_missing"
    OTHER_IN_YEAR = "other_in_year"


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong on a line (0: the whole file), in which column (empty: the row as a whole): a `why`, or a rule's decision."""

    line: int
    column: str
    why: Why | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    decision: Decision | None = None


class BadFile(Exception):
    """A file of which no row could be read; `faults` say why."""

    def __init__(self, *faults: RowFault) -> None:
        super().__init__(", ".join(str(fault.why) for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its code and its Chinese headings. Without a `must` one the file cannot be meant."""

    name: str
    hans: str
    hant: str
    must: bool = False
    lines: bool = False  # several lines in a cell are fine

    @property
    def headings(self) -> tuple[str, str, str]:
        return self.name, self.hans, self.hant


NOTE = Column("note", "备注", "備註")
"""A column that every file may have; it is not read, but for marking the example of a template."""
EXAMPLES = ("示例行", "範例行", "example row")


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its cells as text by column; `spoilt` are columns whose cell could not be read, which was said already."""

    line: int
    cells: Mapping[str, str]
    spoilt: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Table:
    """What was read: rows, what was wrong with cells, headings as they stand in the file, the sheet, rows left out as examples."""

    rows: tuple[Row, ...]
    faults: tuple[RowFault, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    other_sheets: int = 0
    examples: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did, or would do: what is new, what was there already, what is wrong. With a fault nothing is kept."""

    rows: int
    new: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    faults: tuple[RowFault, ...] = ()
    is_kept: bool = False

    @property
    def bad_lines(self) -> int:
        return len({fault.line for fault in self.faults})


# --- cells and rows -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Spoilt:
    why: Why
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return True


_Cell = str | _Spoilt
_SHORTENED = re.compile(r"\d(\.\d+)?[Ee]\+\d{1,3}")


def shown(text: str, most: int = 60) -> str:
    """A typed text as a message can repeat it."""
    plain = "".join(char if char.isprintable() else "\ufffd" for char in text[:most])
    return plain + ("…" if len(text) > most else "")


def _heading(text: str) -> str:
    """A heading as it is compared: without spaces, stars and case, full width as half width."""
    return re.sub(r"[\s*＊]+", "", unicodedata.normalize("NFKC", text[:MOST_CELL])).casefold().removesuffix("(必填)")


def _table(lines: Iterable[tuple[int, Sequence[_Cell]]], columns: Sequence[Column], gate: Gate) -> Table:
    """Rows under a heading, which is the first line that says something."""
    rows: list[Row] = []
    faults: list[RowFault] = []
    places: dict[int, Column] = {}
    headings: dict[str, str] = {}
    examples = 0
    for line, cells in lines:
        if not any(cells):
            continue
        if not places:
            places, headings = _places(line, cells, columns)
            continue
        row, wrong = _row(line, cells, places, gate)
        if row.cells.get(NOTE.name, "").casefold().startswith(EXAMPLES):
            examples += 1
            continue
        rows.append(row)
        faults += wrong
        if len(rows) > MOST_ROWS:
            raise BadFile(RowFault(line, "", Why.TOO_MANY_ROWS, {"most": MOST_ROWS}))
    if not rows and not examples:
        raise BadFile(RowFault(0, "", Why.EMPTY))
    return Table(tuple(rows), tuple(faults), headings, examples=examples)


def _places(line: int, cells: Sequence[_Cell], columns: Sequence[Column]) -> tuple[dict[int, Column], dict[str, str]]:
    """Which column stands where; BadFile with all that is wrong with the heading."""
    known = {_heading(text): column for column in (*columns, NOTE) for text in column.headings}
    places: dict[int, Column] = {}
    headings: dict[str, str] = {}
    faults: list[RowFault] = []
    for place, cell in enumerate(cells):
        text = cell if isinstance(cell, str) else ""
        if not cell:
            continue
        column = known.get(_heading(text))
        if column is None or place >= MOST_COLUMNS:
            faults.append(RowFault(line, "", Why.UNKNOWN_COLUMN, {"column": shown(text)}))
        elif column.name in headings:
            faults.append(RowFault(line, "", Why.COLUMN_TWICE, {"column": shown(text)}))
        else:
            places[place], headings[column.name] = column, shown(text)
        if len(faults) >= MOST_COLUMNS:
            break
    faults += [RowFault(line, column.name, Why.NO_COLUMN) for column in columns if column.must and column.name not in headings]
    if faults:
        raise BadFile(*faults)
    return places, headings


def _row(line: int, cells: Sequence[_Cell], places: Mapping[int, Column], gate: Gate) -> tuple[Row, list[RowFault]]:
    faults: list[RowFault] = []
    texts: dict[str, str] = {}
    spoilt: set[str] = set()
    for place, cell in enumerate(cells):
        column = places.get(place)
        if column is None:
            if cell:
                faults.append(RowFault(line, "", Why.BEYOND_HEADER, {"place": place + 1}))
                break
            continue
        kept = _kept(cell, column, gate)
        if isinstance(kept, _Spoilt):
            faults.append(RowFault(line, column.name, kept.why, kept.facts))
            spoilt.add(column.name)
        else:
            texts[column.name] = kept
    return Row(line, texts, frozenset(spoilt)), faults


def _kept(cell: _Cell, column: Column, gate: Gate) -> _Cell:
    if isinstance(cell, _Spoilt):
        return cell
    if len(cell) > MOST_CELL:
        return _Spoilt(Why.TOO_LONG, {"most": MOST_CELL, "size": len(cell)})
    text = cell.strip()
    if text.isascii() and text.isprintable():
        return _Spoilt(Why.SHORTENED, {"text": text}) if _SHORTENED.fullmatch(text) else text
    text, wrong = gate(text, column.lines)
    return _Spoilt(Why.BAD_TEXT, {"said": wrong}) if wrong else text


class RowReader:
    """One row as a service reads it: each question answers with a value, and notes what is wrong."""

    def __init__(self, row: Row, faults: list[RowFault]) -> None:
        self.row, self.line, self._faults = row, row.line, faults
        self.is_fine = not row.spoilt

    def wrong(self, column: str, why: Why, **facts: Any) -> None:
        self.is_fine = False
        self._faults.append(RowFault(self.line, column, why, facts))

    def text(self, column: str, most: int, *, must: bool = False) -> str:
        text = self.row.cells.get(column, "")
        if column in self.row.spoilt:
            return ""
        if must and not text:
            self.wrong(column, Why.MISSING)
        elif len(text) > most:
            self.wrong(column, Why.TOO_LONG, most=most, size=len(text))
            return ""
        return text

    def day(self, column: str, *, must: bool = False) -> date | None:
        text = self.text(column, MOST_CELL, must=must)
        found = day_of(text) if text else None
        if text and found is None:
            self.wrong(column, Why.NOT_A_DAY, text=shown(text))
        return found

    def yes(self, column: str) -> bool:
        """Yes or no; nothing is no."""
        text = self.text(column, MOST_CELL).casefold()
        if text not in YES | NO:
            self.wrong(column, Why.NOT_YES_OR_NO, text=shown(text))
        return text in YES

    def word(self, column: str, known: Mapping[str, str], *, must: bool = False) -> str:
        """The code that a word stands for, or nothing."""
        text = self.text(column, MOST_CELL, must=must)
        found = known.get(plain(text), "")
        if text and not found:
            self.wrong(column, Why.NOT_ON_LIST, text=shown(text))
        return found

    def fen(self, column: str) -> int | None:
        """An amount of yuan above nothing, in whole fen."""
        text = self.text(column, MOST_CELL)
        found = _YUAN.fullmatch(text)
        amount = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else 0
        if text and not amount:
            self.wrong(column, Why.NOT_AN_AMOUNT, text=shown(text))
        return amount or None

    def several(self, column: str) -> tuple[str, ...]:
        """The parts of a cell, each once, in their order."""
        return tuple(dict.fromkeys(part for part in re.split(r"[;；、,，\s]+", self.text(column, MOST_CELL)) if part))


def plain(word: str) -> str:
    """A word as it is looked up: half width, without case."""
    return unicodedata.normalize("NFKC", word[:MOST_CELL]).casefold().strip()


_YUAN = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?", re.ASCII)
YES = {"1", "1.0", "是", "true", "yes", "y", "√", "对"}
NO = {"", "0", "0.0", "否", "false", "no", "n", "×", "不是"}
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日)(?:[ T]00?:00(?::00)?)?", re.ASCII)


def day_of(text: str) -> date | None:
    """2026-12-01, 2026/12/1, 2026.12.1, 2026年12月1日; None for anything else."""
    found = _DAY.fullmatch(text[:40].strip())
    if not found:
        return None
    year, month, day = (int(part) for part in found.groups() if part is not None)
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


# --- files ----------------------------------------------------------------------------------------------------------------------


def read(data: bytes, columns: Sequence[Column], *, gate: Gate) -> Table:
    """The rows of a csv or xlsx file; what it is is seen from its bytes, not from its name. BadFile where it is neither."""
    if len(data) > MOST_BYTES:
        raise BadFile(RowFault(0, "", Why.TOO_LARGE, {"most": MOST_BYTES // 1024 // 1024}))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadFile(RowFault(0, "", Why.OLD_EXCEL))
    if data.startswith(b"PK"):
        return _read_xlsx(data, columns, gate)
    return _table(_csv_lines(_text_of(data)), columns, gate)


def _text_of(data: bytes) -> str:
    """UTF-8, else GB18030, in which spreadsheets in China save. UTF-8 with a broken letter is not taken for the other."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        guess = data.decode("utf-8", "replace")
        broken = guess.count("\ufffd")
        is_utf8 = data.startswith(b"\xef\xbb\xbf") or sum(char > "\u07ff" for char in guess) - broken > broken
        if not is_utf8 and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            try:
                return data.decode("gb18030")
            except UnicodeDecodeError:
                pass
        raise BadFile(RowFault(data.count(b"\n", 0, fault.start) + 1 if is_utf8 else 0, "", Why.UNREADABLE)) from fault


def _csv_lines(text: str) -> Iterator[tuple[int, list[_Cell]]]:
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = next((sign for sign in ",;\t" if sign in head), ",")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 0
    while True:
        line += 1
        try:
            row = next(rows, None)
        except csv.Error as fault:
            raise BadFile(RowFault(line, "", Why.BAD_CSV)) from fault
        if row is None:
            return
        yield line, [cell.strip() if len(cell) <= MOST_CELL else cell for cell in row]


# --- xlsx -----------------------------------------------------------------------------------------------------------------------


def _read_xlsx(data: bytes, columns: Sequence[Column], gate: Gate) -> Table:
    """The first sheet that is not hidden. Whatever the library stumbles over is a broken file, never a fault of ours."""
    try:
        has_formulas = _inspect(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not sheets:
            raise BadFile(RowFault(0, "", Why.EMPTY))
        bare = _without_value(data, sheets[0].title) if has_formulas else frozenset()
        found = _table(_xlsx_lines(sheets[0], bare), columns, gate)
        return Table(found.rows, found.faults, found.headings, shown(sheets[0].title), len(sheets) - 1, found.examples)
    except BadFile:
        raise
    except Exception as fault:
        raise BadFile(RowFault(0, "", Why.BROKEN_XLSX)) from fault


_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")


def _inspect(data: bytes) -> bool:
    """Refuse what unpacks to too much, is encrypted, or declares entities, before anything parses it; whether there are formulas."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        # an entry never yields more than it declares, so the declared sizes bound what is unpacked
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise BadFile(RowFault(0, "", Why.TOO_LARGE, {"most": MOST_BYTES // 1024 // 1024}))
        has_formulas = False
        for part in parts:
            if part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise BadFile(RowFault(0, "", Why.BROKEN_XLSX))
            xml = archive.read(part)  # every part: which one is a sheet is said inside, not by its name
            if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or xml[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<"):
                raise BadFile(RowFault(0, "", Why.BROKEN_XLSX))
            has_formulas |= _FORMULA.search(xml) is not None
        return has_formulas


def _rows_of(sheet: Any, also: Collection[int] = ()) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows in which something stands, and these lines."""
    sheet.reset_dimensions()  # what a sheet says of its own size may be wrong
    blank = None  # the library fills a gap with one and the same row: a million of them cost nothing
    for line, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), 1):
        if row is blank:
            continue
        if line not in also and all(cell.value is None for cell in row):
            blank = row
            continue
        yield line, row


def _xlsx_lines(sheet: Any, bare: frozenset[tuple[int, int]]) -> Iterator[tuple[int, list[_Cell]]]:
    for line, row in _rows_of(sheet, {line for line, _place in bare}):
        yield line, [_xlsx_cell(cell) if (line, place) not in bare else _Spoilt(Why.NO_VALUE) for place, cell in enumerate(row, 1)]


def _xlsx_cell(cell: Any) -> _Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        return _Spoilt(Why.SHEET_FAULT, {"text": shown(str(value))})
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time().isoformat() == "00:00:00" else value.isoformat(" ")
    if isinstance(value, float):
        if abs(value) >= 1e15:
            return _Spoilt(Why.SHORTENED, {"text": str(value)})
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, int) and abs(value) >= 10**15:
        return _Spoilt(Why.SHORTENED, {"text": shown(str(value)[:40])})  # a spreadsheet keeps fifteen digits
    text = str(value)
    return text.strip() if len(text) <= MOST_CELL else text


def _without_value(data: bytes, title: str) -> frozenset[tuple[int, int]]:
    """The formulas whose value was never worked out, as (line, place): they would read as empty cells."""
    written = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)[title]
    formulas = {(line, place) for line, row in _rows_of(written) for place, cell in enumerate(row, 1) if cell.data_type == "f"}
    worked_out = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)[title]
    valued = {(line, place) for line, row in _rows_of(worked_out) for place, cell in enumerate(row, 1) if cell.value is not None}
    return frozenset(formulas - valued)
