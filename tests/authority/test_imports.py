"""Windows and instruments from a file: every bad row named, nothing half done, safe to repeat; by command and by page (G-1, G-5, G-6)."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import func, select

from portal.audit import machine
from portal.authority.models import Clause, Instrument
from portal.database import db
from portal.imports import MOST_BYTES
from portal.network.models import Window
from portal.network.queries import the_county
from tests.authority.instruments import HALL, LAW, TODAY, TOWN, TOWN_BODY, actor, in_force
from tests.people import Browser, ManualClock, Page

HALL_POINT = "611026000000"
WINDOWS = f"窗口编码,网点编码,名称,综合窗口,服务部门,启用日期,停用日期\n{HALL_POINT}-X1,{HALL_POINT},示例一窗,否,MR,2026/12/1,\n{HALL_POINT}-X2,{HALL_POINT},示例综合窗,1,MR;TAX,2026-12-01,2027-11-30\n"
STANDING = "柞市监授〔2026〕1号"
HEAD = "key,body,mandate,title,basis,receiving,supersedes,window,powers,items,from_on,until_on,post\n"
INSTRUMENTS = HEAD + (
    f"a,MR,授权,示例授权书,,,{STANDING},{HALL},受理;审核,S-03,2026-12-01,,\n"
    f"b,MR,entrustment,示例委托书,{LAW},{TOWN_BODY},,{TOWN},审核、审批,S-03;S-04,2026-12-01,2027-11-30,首席代表\n"
    f"a,,,,,,,{HALL},decide,S-03,2026/12/1,2026/12/31,chief\n"
)


def run(app: Flask, folder: Path, what: str, content: str | bytes, *more: str) -> tuple[int, Any]:
    """`flask import … --json`: exit code and answer."""
    file = folder / f"{what}.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    result = app.test_cli_runner().invoke(args=["import", what, str(file), *more, "--json"])
    return result.exit_code, json.loads(result.stdout.strip().splitlines()[-1])


def counted(app: Flask) -> tuple[int, int, int]:
    with app.app_context():
        found = tuple(db.session.scalar(select(func.count()).select_from(table)) or 0 for table in (Window, Instrument, Clause))
        db.session.remove()
    return found  # type: ignore[return-value]


def upload(browser: Browser, kind: str, content: bytes | str, *, name: str = "示例.csv", follow: bool = True, **fields: str) -> Page:
    """Press the button of the page's first form that imports, with a file."""
    form = browser.get("/manage/import").form("/manage/import", id="try")
    data = content.encode() if isinstance(content, str) else content
    sent = {**form["fields"], "kind": kind, **fields, "file": (io.BytesIO(data), name)}
    return Page(browser.client.post("/manage/import", data=sent, follow_redirects=follow, content_type="multipart/form-data"))


def confirmed(browser: Browser, page: Page, content: bytes | str, *, follow: bool = True) -> Page:
    """Choose the same file once more and press."""
    data = content.encode() if isinstance(content, str) else content
    sent = {**page.form("/manage/import", id="again")["fields"], "file": (io.BytesIO(data), "示例.csv")}
    return Page(browser.client.post("/manage/import", data=sent, follow_redirects=follow, content_type="multipart/form-data"))


# --- windows --------------------------------------------------------------------------------------------------------------------


def test_windows_come_in_whole_and_once(app: Flask, tmp_path: Path) -> None:
    before = counted(app)
    code, answer = run(app, tmp_path, "windows", WINDOWS.encode("gb18030"), "--dry-run")
    assert (code, answer["new"], answer["imported"], answer["faults"]) == (0, [f"{HALL_POINT}-X1", f"{HALL_POINT}-X2"], False, [])
    assert counted(app) == before
    code, answer = run(app, tmp_path, "windows", WINDOWS)
    assert (code, len(answer["new"]), answer["imported"]) == (0, 2, True) and counted(app)[0] == before[0] + 2
    code, answer = run(app, tmp_path, "windows", WINDOWS)  # again: nothing to do
    assert (code, answer["new"], len(answer["unchanged"]), answer["imported"]) == (0, [], 2, True) and counted(app)[0] == before[0] + 2
    with app.app_context():
        row = db.session.scalars(select(Window).where(Window.code == f"{HALL_POINT}-X2")).one()
        assert (row.is_general, row.from_on, row.until_on, row.name) == (True, date(2026, 12, 1), date(2027, 11, 30), "示例综合窗")
        db.session.remove()


def test_every_bad_row_of_windows_is_named_and_no_good_one_kept(app: Flask, tmp_path: Path) -> None:
    before = counted(app)
    head, good, other = WINDOWS.splitlines()
    bad = [
        head, good, f"{HALL},{HALL_POINT},别的名称,0,MR,2023-07-01,", f"窗口一,{HALL_POINT},名,0,MR,2026-12-01,", good, "Y1,000000000000,名,0,MR;NONE,昨天,",
        other.replace(",1,", ",0,").replace("X2", "X3"), f"Y2,{HALL_POINT},,也许,,2026-12-02,2026-12-01", "6.11026E+11,,,,,,",
    ]  # fmt: skip
    for how in (["--dry-run"], []):
        code, answer = run(app, tmp_path, "windows", "\n".join(bad), *how)
        assert code == (0 if how else 1) and not answer["imported"] and ("error" in answer) == (not how)
        assert [(fault["line"], fault["column"]) for fault in answer["faults"]] == [
            (3, "窗口编码"), (4, "窗口编码"), (5, "窗口编码"), (6, "网点编码"), (6, "服务部门"), (6, "综合窗口"), (6, "启用日期"), (7, "综合窗口"), (8, "名称"),
            (8, "综合窗口"), (8, "服务部门"), (8, "停用日期"), (9, "窗口编码"), (9, "网点编码"), (9, "名称"), (9, "服务部门"), (9, "启用日期"),
        ]  # fmt: skip
        assert "名称" in answer["faults"][0]["text"] and "2" in answer["faults"][2]["text"] and answer["bad_rows"] == 7
        assert counted(app) == before


# --- instruments ----------------------------------------------------------------------------------------------------------------


def test_instruments_come_in_as_drafts_whole_and_once(app: Flask, tmp_path: Path) -> None:
    before = counted(app)
    code, answer = run(app, tmp_path, "instruments", INSTRUMENTS, "--dry-run")
    assert (code, answer["new"], answer["faults"]) == (0, ["示例授权书", "示例委托书"], []) and counted(app) == before
    code, answer = run(app, tmp_path, "instruments", INSTRUMENTS)
    assert code == 0 and answer["imported"] and counted(app) == (before[0], before[1] + 2, before[2] + 3)
    code, answer = run(app, tmp_path, "instruments", INSTRUMENTS)
    assert (code, answer["new"], len(answer["unchanged"])) == (0, [], 2) and counted(app)[1] == before[1] + 2
    code, answer = run(app, tmp_path, "instruments", INSTRUMENTS.replace("2026/12/31", "2027/12/31"), "--dry-run")
    assert [(fault["line"], fault["column"]) for fault in answer["faults"]] == [(2, "title")]  # another draft of that name waits
    with app.app_context():
        row = db.session.scalars(select(Instrument).where(Instrument.title == "示例授权书")).one()
        assert row.drafted_by_id == actor("manager").account_id and row.mandate == "internal"
        db.session.remove()


def test_every_fault_of_the_rules_is_named_with_its_line(app: Flask, tmp_path: Path, clock: ManualClock) -> None:
    before = counted(app)
    bad = INSTRUMENTS + (
        f"c,MR,委托,示例丙,,,,{TOWN},审批;接见,S-03,昨天,,\n"  # no town, no law, and what cannot be read
        f"a,MR,委托,,,,,{HALL},接见,S-99;*,2026-11-01,,局长\n"  # says otherwise than line 2; unknown words and codes
        f"d,TAX,授权,示例丁,,,柞市监授〔1999〕1号,611026102002-G,decide,S-03,2026-11-01,,\n"  # unknown number
        f"e,TAX,授权,示例戊,,,,611026102002-G,decide,S-03,2026-11-01,,\n"  # backdated, above the ceiling, not its item
    )
    code, answer = run(app, tmp_path, "instruments", bad)
    assert code == 1 and answer["error"]["code"] == "bad_rows" and counted(app) == before
    found = {(fault["line"], fault["column"], fault["rule"]) for fault in answer["faults"]}
    assert found >= {
        (5, "receiving", "G-12"), (5, "basis", "G-12"), (5, "powers", ""), (5, "from_on", ""), (6, "mandate", ""), (6, "powers", ""), (6, "items", ""), (6, "post", ""),
        (7, "supersedes", ""), (8, "from_on", "G-1"), (8, "powers", "G-3"), (8, "items", "G-1"),
    }  # fmt: skip
    assert {line for line, _column, _rule in found} == {5, 6, 7, 8} and (5, "from_on", "G-1") not in found


def test_only_a_county_manager_drafts_from_a_file(app: Flask, tmp_path: Path, clock: ManualClock) -> None:
    before = counted(app)
    for how in ([], ["--dry-run"]):
        code, answer = run(app, tmp_path, "instruments", INSTRUMENTS, "--as", "dept-mr", *how)
        assert (code, answer["error"]["rule"]) == (1, "G-6")
    assert run(app, tmp_path, "instruments", INSTRUMENTS, "--as", "nobody")[1]["error"]["code"] == "not_found"
    assert counted(app) == before


def test_what_cannot_be_read_is_said(app: Flask, tmp_path: Path) -> None:
    code, answer = run(app, tmp_path, "windows", b"PK\x03\x04 no zip", "--dry-run")
    assert (code, answer["error"]["code"]) == (1, "bad_file")
    assert run(app, tmp_path, "windows", "窗口编码,别的\nA,b\n")[1]["error"]["code"] == "bad_file"
    result = app.test_cli_runner().invoke(args=["import", "windows", str(tmp_path / "none.csv"), "--json"])
    assert result.exit_code == 1 and json.loads(result.stdout)["error"]["code"] == "no_file"


# --- the page -------------------------------------------------------------------------------------------------------------------


def test_the_page_tries_first_and_imports_the_same_file_once(app: Flask, browse: Callable[..., Browser]) -> None:
    manager, before = browse("manager"), counted(app)
    book = Workbook()
    for line in WINDOWS.splitlines():
        assert book.active is not None
        book.active.append(line.split(","))
    out = io.BytesIO()
    book.save(out)
    page = upload(manager, "windows", out.getvalue(), name="窗口.xlsx")
    assert page.status == 200 and page.has_form("/manage/import") and counted(app) == before
    other = confirmed(manager, page, WINDOWS.replace("X1", "X9"))
    assert other.status == 200 and "这不是刚才试过的文件" in other.words and counted(app) == before
    answers = [confirmed(manager, page, out.getvalue(), follow=False) for _each in range(2)]  # a retry makes no second effect
    assert [answer.status for answer in answers] == [303, 303] and counted(app)[0] == before[0] + 2
    assert "新增窗口 2 个" in manager.get("/manage/import").words


def test_the_page_names_bad_rows_in_its_language_and_drafts(app: Flask, browse: Callable[..., Browser]) -> None:
    manager, before = browse("manager"), counted(app)
    page = upload(manager, "instruments", INSTRUMENTS.replace("2026/12/1", "2026/11/1"))
    assert page.status == 422 and "第 4 行" in page.words and "规则G-1" in page.words and counted(app) == before
    assert not any(form["id"] == "again" for form in page.forms())
    page = confirmed(manager, upload(manager, "instruments", INSTRUMENTS), INSTRUMENTS)
    assert page.path == "/manage/instruments" and page.status == 200 and counted(app)[1] == before[1] + 2


@pytest.mark.parametrize("content", [b"", b"\x00" * 5000, b"PK\x03\x04", "key\u202e,body\n1,2\n".encode(), b"\xff\xfe" * 50, b"code,point\n" * 50_000])
def test_hostile_files_are_answered_in_words(sqlite_app: Flask, browse_sqlite: Callable[..., Browser], content: bytes) -> None:
    page = upload(browse_sqlite("manager"), "windows", content, name="../\u202e<b>\x01.csv")
    assert page.status == 422 and "<b>" not in page.text
    assert upload(browse_sqlite("manager"), "mayors", WINDOWS).status == 422


def test_a_file_may_be_larger_than_a_form_and_only_for_who_may_send_one(sqlite_app: Flask, browse_sqlite: Callable[..., Browser]) -> None:
    large = WINDOWS + "\n" * 900_000
    assert upload(browse_sqlite("manager"), "windows", large).status == 200
    page = upload(browse_sqlite("manager"), "windows", b"x" * (MOST_BYTES + 200_000))
    assert page.status == 413 and "2 MB" in page.words
    clerk = browse_sqlite("window-mr")
    sent = {**clerk.get("/account").form("/account/password")["fields"], "file": (io.BytesIO(large.encode()), "a.csv")}
    refused = Page(clerk.client.post("/manage/import", data=sent, content_type="multipart/form-data"))
    assert refused.status == 413 and "256 KB" in refused.words
    del sent["file"]
    assert clerk.client.post("/manage/import", data=sent, content_type="multipart/form-data").status_code == 403


def test_templates_import_as_they_are(sqlite_app: Flask, browse_sqlite: Callable[..., Browser]) -> None:
    manager = browse_sqlite("manager")
    for language in ("zh-Hans", "zh-Hant", "en"):
        for kind in ("windows", "instruments"):
            answer = manager.client.get(f"/manage/import/{kind}.csv?lang={language}")
            assert answer.status_code == 200 and answer.data.startswith(b"\xef\xbb\xbf")
            page = upload(manager, kind, answer.data)  # the example is left out
            assert page.status == 200 and not any(form["id"] == "again" for form in page.forms())
            without_note = answer.data.decode().rpartition(",")[0] + ",\r\n"
            page = upload(manager, kind, without_note)
            assert page.status == 200 and any(form["id"] == "again" for form in page.forms()), page.words[-900:]
    assert manager.get("/manage/import/mayors.csv").status == 404


def test_a_window_that_somebody_else_adds_meanwhile(sqlite_app: Flask, browse_sqlite: Callable[..., Browser], clock: ManualClock) -> None:
    manager = browse_sqlite("manager")
    page = upload(manager, "windows", WINDOWS)
    with sqlite_app.app_context():
        from portal.network import services
        from portal.rules.texts import Text

        services.add_window(
            the_county().id, code=f"{HALL_POINT}-X1", point_code=HALL_POINT, names=Text("别的窗口", "", ""), is_general=False, bodies=["MR"],
            from_on=TODAY, actor=machine(the_county().id), clock=clock,
        )  # fmt: skip
        db.session.remove()
    before = counted(sqlite_app)
    page = confirmed(manager, page, WINDOWS)
    assert page.status == 422 and "第 2 行" in page.words and counted(sqlite_app) == before


def test_what_is_signed_already_with_the_same_content_is_left_as_it_is(app: Flask, tmp_path: Path, clock: ManualClock) -> None:
    with app.app_context():
        in_force(clock, from_on=TODAY)
        db.session.remove()
    before = counted(app)
    row = f"1,MR,委托,示例委托书,{LAW},{TOWN_BODY},,{TOWN},审核;审批;制证,S-03,2026-11-23,,\n"
    code, answer = run(app, tmp_path, "instruments", HEAD + row)
    assert (code, answer["unchanged"]) == (0, ["示例委托书"]) and counted(app) == before
