"""Reading files that somebody sends: encodings, spreadsheets, and what is hostile. Pure: no app, no database."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from portal.imports import MOST_BYTES, MOST_CELL, MOST_ROWS, BadFile, Column, RowFault, RowReader, Table, Why, day_of, read

COLUMNS = (Column("code", "编码", "編碼", must=True), Column("name", "名称", "名稱", must=True), Column("day", "日期", "日期"), Column("text", "说明", "說明", lines=True))


def gate(text: str, lines: bool) -> tuple[str, str]:
    bad = any(ord(char) < 32 and not (lines and char == "\n") for char in text)
    return text, "control characters" if bad else ""


def got(data: bytes) -> Table:
    return read(data, COLUMNS, gate=gate)


def refused(data: bytes) -> list[tuple[int, Why | None]]:
    with pytest.raises(BadFile) as bad:
        got(data)
    return [(fault.line, fault.why) for fault in bad.value.faults]


def xlsx(*rows: list[Any], **more: Any) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for title, state in more.items():
        book.create_sheet(title).sheet_state = state
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data: bytes, change: Any) -> bytes:
    """An xlsx with its parts changed by hand."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, change(part, old.read(part)))
    return out.getvalue()


def cells(table: Table) -> list[tuple[int, dict[str, str]]]:
    return [(row.line, {column: text for column, text in row.cells.items() if text}) for row in table.rows]


# --- csv ------------------------------------------------------------------------------------------------------------------------

TEXT = "编码,名称,日期,说明\r\nA-1,市场监管窗口,2026/12/1,\r\n\r\nA-2,名,,\"两\n行\"\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(encoding: str) -> None:
    table = got(TEXT.encode(encoding))
    assert cells(table) == [
        (2, {"code": "A-1", "name": "市场监管窗口", "day": "2026/12/1"}),
        (4, {"code": "A-2", "name": "名", "text": "两\n行"}),
    ]
    assert table.headings["name"] == "名称" and not table.faults


def test_the_line_is_the_one_that_the_spreadsheet_shows() -> None:
    assert [row.line for row in got(b"code,name\n\"a\nb\",1\n\n\nc,2\n").rows] == [2, 5]


def test_headings_in_any_order_language_and_width() -> None:
    for head in ("name,code", "名稱 ,編碼*", "ＮＡＭＥ,Code", "name\tcode", "name;code"):
        sign = "\t" if "\t" in head else ";" if ";" in head else ","
        assert got(f"{head}\n甲{sign}A\n".encode()).rows[0].cells == {"name": "甲", "code": "A"}


def test_faults_of_the_heading_are_named_together() -> None:
    assert refused(b"code,day,day,until\nA,,,\n") == [(1, Why.COLUMN_TWICE), (1, Why.UNKNOWN_COLUMN), (1, Why.NO_COLUMN)]
    assert refused(b"code,name\n") == [(0, Why.EMPTY)]
    assert refused(b"") == refused(b"\n \n,,\n") == [(0, Why.EMPTY)]


def test_a_formula_in_a_csv_is_text() -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|'/c calc'!A0"):
        assert got(f"code,name\nA,{text}\n".encode()).rows[0].cells["name"] == text


def test_cells_that_cannot_be_read_are_named_and_their_column_is_spoilt() -> None:
    table = got(f"code,name,day\n6.11026E+11,a,\nA,b\x00c,\nB,{'长' * (MOST_CELL + 1)},\nC,d,,beyond\n".encode())
    assert [(fault.line, fault.column, fault.why) for fault in table.faults] == [
        (2, "code", Why.SHORTENED), (3, "name", Why.BAD_TEXT), (4, "name", Why.TOO_LONG), (5, "", Why.BEYOND_HEADER),
    ]  # fmt: skip
    assert [row.spoilt for row in table.rows] == [{"code"}, {"name"}, {"name"}, set()]


def test_broken_csv() -> None:
    assert refused(b'code,name\nA,"b\nC,d\n') == [(2, Why.BAD_CSV)]
    assert refused(b"code,name\nA," + b"x" * 200_000) == [(2, Why.BAD_CSV)]
    assert refused("编码,名称\nA,市场".encode() + b"\xff\n") == [(2, Why.UNREADABLE)]  # one broken letter makes no GB18030 of it
    assert refused(TEXT.encode("utf-16")) == [(0, Why.UNREADABLE)]
    assert refused(b"code,name\n" + b"A,b\n" * (MOST_ROWS + 1)) == [(MOST_ROWS + 2, Why.TOO_MANY_ROWS)]
    assert refused(b" " * (MOST_BYTES + 1)) == [(0, Why.TOO_LARGE)]
    assert refused(b"\xd0\xcf\x11\xe0" + b"\0" * 512) == [(0, Why.OLD_EXCEL)]


def test_examples_of_a_template_are_left_out() -> None:
    table = got("编码,名称,备注\nA,甲,示例行：导入时跳过\nB,乙,已核对\n".encode())
    assert table.examples == 1 and [row.cells["code"] for row in table.rows] == ["B"]


# --- xlsx -----------------------------------------------------------------------------------------------------------------------


def test_an_xlsx_is_read_like_a_csv() -> None:
    head = ["编码", "名称", "日期", "说明"]
    table = got(xlsx(head, [611026000000, "甲", date(2026, 12, 1), None], [None], [1.0, True, datetime(2026, 12, 1, 9), "=text"[1:]], Hidden="hidden", Other="visible"))
    assert cells(table) == [
        (2, {"code": "611026000000", "name": "甲", "day": "2026-12-01"}),
        (4, {"code": "1", "name": "1", "day": "2026-12-01 09:00:00", "text": "text"}),
    ]
    assert table.sheet == "Sheet" and table.other_sheets == 1


def test_a_formula_without_its_value_is_no_empty_cell() -> None:
    data = xlsx(["code", "name", "day"], ["A", "b", "=TODAY()"])
    assert [(fault.line, fault.column, fault.why) for fault in got(data).faults] == [(2, "day", Why.NO_VALUE)]
    assert len(got(xlsx(["code", "name"], ["=A9", "=B9"])).faults) == 2  # nor is a row of them an empty row
    worked_out = repacked(data, lambda part, xml: xml.replace(b"<v></v>", b"<v>x</v>").replace(b"<v />", b"<v>7</v>").replace(b"<v/>", b"<v>7</v>"))
    assert got(worked_out).rows[0].cells["day"] == "7"


def test_faults_of_the_spreadsheet_and_long_numbers() -> None:
    table = got(xlsx(["code", "name"], ["#REF!", "b"], [10**17, "c"]))
    assert [(fault.line, fault.why) for fault in table.faults] == [(2, Why.SHEET_FAULT), (3, Why.SHORTENED)]


GOOD = xlsx(["code", "name"], ["A", "b"])
DOCTYPE = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04",
        b"PK\x03\x04" + b"\xff" * 2000,
        GOOD[:-40],
        GOOD[:200] + b"\0" * 200 + GOOD[400:],
        repacked(GOOD, lambda part, xml: b"<a" if part.endswith("sheet1.xml") else xml),
        repacked(GOOD, lambda part, xml: DOCTYPE + xml if part.endswith("workbook.xml") else xml),
        repacked(GOOD, lambda part, xml: ("\ufeff" + xml.decode()).encode("utf-16-le") if part.endswith("sheet1.xml") else xml),
        repacked(GOOD, lambda part, xml: xml.replace(b'<c r="A1" t="inlineStr">', b'<c r="A1" t="s"><v>99999</v>')),
        repacked(GOOD, lambda part, xml: b"" if part == "[Content_Types].xml" else xml),
    ],
)
def test_a_broken_or_hostile_xlsx_is_a_broken_file(data: bytes) -> None:
    assert refused(data) == [(0, Why.BROKEN_XLSX)]


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    bomb = repacked(GOOD, lambda part, xml: b"\0" * 40_000_000 if part.endswith("theme1.xml") else xml)
    assert len(bomb) < 100_000 and refused(bomb) == [(0, Why.TOO_LARGE)]


def test_a_sheet_that_lies_about_its_size_and_rows_far_down() -> None:
    data = repacked(GOOD, lambda part, xml: xml.replace(b'ref="A1:B2"', b'ref="A1:A1"').replace(b'<row r="2"', b'<row r="900000"').replace(b'"A2"', b'"A900000"').replace(b'"B2"', b'"B900000"'))
    assert [row.line for row in got(data).rows] == [900_000]


# --- cells as values ------------------------------------------------------------------------------------------------------------


def test_days() -> None:
    for text in ("2026-12-01", "2026-12-1", "2026/12/1", "2026.12.01", "2026年12月1日", "2026/12/1 0:00", "2026-12-01 00:00:00"):
        assert day_of(text) == date(2026, 12, 1), text
    for text in ("2026-13-01", "2026-02-30", "1/12/2026", "46357", "2018-12-31", "2101-01-01", "２０２６-12-01", "2026-12-01 09:00:00", "2026-12/01"):
        assert day_of(text) is None, text


def test_a_row_read_by_a_service_names_every_fault_once() -> None:
    faults: list[RowFault] = []
    row = got("code,name,day,text\n,是,昨天,a；b、a;c\n".encode()).rows[0]
    cell = RowReader(row, faults)
    assert cell.text("code", 40, must=True) == "" and cell.yes("name") is True and cell.day("day") is None
    assert cell.several("text") == ("a", "b", "c")
    assert [(fault.column, fault.why) for fault in faults] == [("code", Why.MISSING), ("day", Why.NOT_A_DAY)] and not cell.is_fine
