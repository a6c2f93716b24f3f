"""A retry of any POST of the site is one effect; the same key with another body is told what was done, and nothing changes (C-16).

The stories that fill the county are walked by browsers that send everything twice: the same form again leads to the same place and leaves
every table as it was; with the same key and one thing more it is 422. A route that no story takes is taken here, or is named with a reason.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import Select, func, literal, select, true, union_all

from portal.accounts.models import Posting
from portal.cases.joint_routes import FORMS as JOINT_ACTS
from portal.cases.licence_models import Licence
from portal.cases.models import Case, CaseEvent
from portal.database import Base, db
from portal.network.models import ServicePoint, Window
from tests.authority.test_imports import WINDOWS
from tests.cases import applying, joint_story, story, uploads
from tests.conftest import PASSWORD, copy_of, make_app
from tests.inspections import joint_date_story, plan_story, visit_story
from tests.people import Browser, Page, new_clock
from tests.routes import ROOM, County, live, rules, without_secrets
from tests.rules.notices import SAMPLE_2027

# why a route is not tried here
ALONE = {
    "accounts.sign_in": "opens a session of its own; no form of it has an effect that could be doubled",
    "apply.enter": "opens a session of its own by a code that holds once; whoever lost the answer lost its cookie and asks for another code",
    "accounts.password": "opens a session of its own and ends every other: whoever lost the answer signs in with the new password",
    "accounts.sign_out": "ends the session by which the form was sent",
    "accounts.sign_out_everywhere": "ends the sessions by which the form was sent",
    "apply.leave": "ends the session by which the form was sent",
    "authority.scan": "a look at a scan: it answers with the file, and each look is recorded (R-1)",
    "cases.reveal": "a look at a number: it answers with it, and each look is recorded (R-1)",
    "inquiries.reveal": "a look at a phone: it answers with it, and each look is recorded (R-2)",
    "unfinished.reveal": "a look at a phone: it answers with it, and each look is recorded (R-2)",
    "space.reveal": "a look at a phone: it answers with it, and each look is recorded (R-2)",
    "space.look": "opens a look of its own, kept in a cookie: whoever lost the answer gives the pair again",
    "space.leave": "ends the look by which the form was sent",
    "worklists.search": "a look for a person's cases: it answers with them, and each search is recorded (R-1)",
    "calendar.preview": "a question: it writes nothing",
    "calendar.preview_regional": "a question: it writes nothing",
    "inspections.check": "a question: it writes nothing",
    "fees.preview": "a question: it writes nothing",
    "quiet_rules.preview": "a question: it writes nothing",
    "quiet_rules.preview_days": "a question: it writes nothing",
    # keyed by their address and place, not by a form: tests/cases/test_attachments.py and test_apply.py send them twice
    **dict.fromkeys(("attachments.take_part", "attachments.finish", "apply.take_part", "apply.finish"), "a part of a file, sent by a script"),
}
# another file is only tried: it is looked through, and nothing is kept
TRIALS = {"double_intake.take", "imports.take"}
# several acts of one form: it answers with a page that says what became of each
PAGES = {"worklists.receive", "worklists.hand_off"}
# what is written beside the acts: sessions, throttles
BESIDE = {"sign_in_session", "login_throttle"}
# lines of the record about looking: each look is one
LOOKS = ("case.look", "fees.look", "inspection_plan.look", "inspection_plan.draw_look")


def rows(app: Flask) -> dict[str, int]:
    """How many rows each table has."""
    with app.app_context():
        tables = [table for table in Base.metadata.sorted_tables if table.name not in BESIDE]
        counted = [
            select(literal(table.name), func.count()).select_from(table).where(table.c.verb.not_in(LOOKS) if table.name == "audit_record" else true())
            for table in tables
        ]
        found = {str(name): int(number) for name, number in db.session.execute(union_all(*counted))}
        db.session.remove()
    return found


def _copied(fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The fields for one sending: a file is read from its beginning each time."""
    found = {**fields, **more}
    for name, value in found.items():
        if isinstance(value, tuple):
            found[name] = (io.BytesIO(value[0].getvalue()), *value[1:])
    return found


class Twice(Browser):
    """Somebody whose line loses each answer: every kind of form that succeeds is sent again, and once more with something else in it."""

    tried: ClassVar[dict[str, str]] = {}
    wrong: ClassVar[list[str]] = []

    def post(self, address: str, fields: dict[str, Any], *, follow: bool = True) -> Page:
        path = urlsplit(address).path
        endpoint, values = self.app.url_map.bind("127.0.0.1").match(path, "POST")
        kind = f"{endpoint} {values.get('verb', '')}".strip()
        if kind in self.tried or endpoint in ALONE:
            return super().post(address, _copied(fields), follow=follow)
        first = super().post(address, _copied(fields), follow=False)
        if endpoint in PAGES and first.status == 200:
            self.tried[kind] = address
            self._again(kind, endpoint, address, fields, first)
            return first
        if first.status == 303:
            self.tried[kind] = address
            self._again(kind, endpoint, address, fields, first)
            return self.get(first.headers["Location"]) if follow else first
        return first

    def _again(self, kind: str, endpoint: str, address: str, fields: dict[str, Any], first: Page) -> None:
        if not fields.get("key"):
            self.wrong.append(f"{kind}: the form carries no key")
        before = rows(self.app)
        second = super().post(address, _copied(fields), follow=False)
        after = rows(self.app)
        if endpoint in PAGES:
            if second.status != 200 or without_secrets(second.text) != without_secrets(first.text):
                self.wrong.append(f"{kind}: sent again {second.status} with another page: {second.words[:600]}, at first {first.words[:600]}")
        elif (second.status, second.headers.get("Location")) != (303, first.headers["Location"]):
            self.wrong.append(f"{kind}: sent again {second.status} {second.headers.get('Location')}, at first {first.headers['Location']}")
        if before != after:
            self.wrong.append(f"{kind}: sent again there is more in {[name for name in after if after[name] != before[name]]}")
        files = {name: (io.BytesIO(value[0].getvalue() + b"\n"), *value[1:]) for name, value in fields.items() if isinstance(value, tuple)}
        other = super().post(address, _copied(fields, **(files or {"more": "1"})), follow=False)
        if other.status != 422 and not (endpoint in TRIALS and other.status == 200):
            self.wrong.append(f"{kind}: the same key with another body is {other.status} {other.headers.get('Location', '')}")
        if rows(self.app) != after:
            self.wrong.append(f"{kind}: the same key with another body changed something")


# --- what the stories of the county leave out ----------------------------------------------------------------------------------------


def press(browser: Browser, address: str, ending: str, *, id: str | None = None, **typed: Any) -> Page:
    page = browser.press(browser.get(address), ending, id=id, **typed)
    assert page.status == 200, f"{address} {ending}: {page.status} {page.words[:600]}"
    return page


def _found(county: County, query: Select[tuple[str]]) -> str:
    with county.app.app_context():
        found = db.session.scalars(query).one()
        db.session.remove()
    return found


def _licence_of(number: str) -> Select[tuple[str]]:
    return select(Licence.number).join(Case, Case.id == Licence.case_id).where(Case.number == number)


def _of_cases(county: County) -> None:
    """What moves a case and what its course has beside the plain way."""
    agent, town, clerk, head = (county.at(name) for name in ("village-xialiang", "town-xialiang", "window-mr", "dept-mr"))
    number = story.collect(agent)
    story.send(agent, number)
    press(agent, f"/cases/{number}", "/recall")
    press(agent, f"/cases/{number}", "/take")
    story.send(agent, number)
    press(town, f"/cases/{number}", "/return_leg", kind="other", reason="请补盖公章（示例）")
    story.do(agent, story.collect(agent, item="S-20"), "finish", note="调解成功（示例）")
    here = county.numbers["county"]

    def act(who: Browser, verb: str, about: str = here, **typed: str) -> None:
        press(who, f"/cases/{about}/act/{verb}", f"/act/{verb}", **typed)

    def beside(verb: str, **typed: str) -> None:
        press(clerk, f"/cases/{here}/people/{verb}", f"/people/{verb}", **typed)

    act(clerk, "put_on_hold", reason="等申请人（示例）")
    act(clerk, "end_hold")
    act(head, "extend", reason="需要现场核查（示例）")
    act(head, "open_urgent", ground="livelihood", note="老人病重（示例）")
    act(head, "end_urgent", reason="已好转（示例）")
    beside("name_agent", name="李代办", paper="委托书1号（示例）", scope="递交材料", until="2026-12-31")
    beside("tell_party", name="王邻居", how="当面（示例）", until="2026-11-30")
    seq = re.search(r'<option value="(\d+)">', clerk.get(f"/cases/{here}/people/hear_party").text)
    assert seq
    beside("hear_party", who=seq[1], waives="y")
    beside("ask_hearing", by="applicant", asked_on="2026-11-23")
    officers = re.findall(r'<option value="(\d+)">', clerk.get(f"/cases/{here}/people/check_site").text)
    beside("check_site", who=officers[0], other=next(each for each in officers if each != officers[0]), on="2026-11-23", place="街道1号", finding="一致（示例）")
    press(clerk, f"/cases/{here}/renews", "/renews", number=_found(county, _licence_of(county.numbers["closed"])))
    act(clerk, "end_stop", county.numbers["stopped"], ended_on="2026-11-23")
    act(county.at("center"), "send_back", county.numbers["filed"], reason="要素不全（示例）")
    act(clerk, "supplement", county.numbers["noticed"], got__1="1")
    carried = f"/cases/{county.numbers['carried']}/agent"
    press(agent, f"{carried}/end_consent", "/agent/end_consent")
    act(county.at("center"), "void", county.numbers["stopped"], reason="重复登记（示例）")
    press(head, f"/manage/commitments/{county.numbers['closed']}", f"/manage/commitments/{county.numbers['closed']}", step="met", words="示例")
    press(head, f"/licences/{county.licence}", "/end", kind="revoked", ground="fraud", words="材料造假（示例）")


def _of_applicants(county: County) -> None:
    """Rating, photos taken out, a draft given up, a supplement from the phone."""
    resident, center = county.at(), county.at("center")
    press(resident, f"/track/{county.codes['closed']}/rate", "/rate", satisfaction="5", words="等了三天（示例）")
    page = center.get("/manage/ratings")
    number = re.search(r"/manage/ratings/(\d+)", page.text)
    assert number
    press(center, "/manage/ratings", f"/manage/ratings/{number[1]}", step="called_back", note="已回访（示例）")
    page = resident.get(f"/my/drafts/{county.applying}/photos")
    assert resident.press(page, f"/photos/{county.photo}/remove").status == 200
    press(resident, f"/my/drafts/{county.applying}", "/drop")
    applying.notice(county.at("town-xialiang"), _found(county, select(Case.number).where(Case.tracking_code == county.applied.replace("-", ""))))
    page = applying.add_photo(resident, county.applied, kind="supplements")
    assert resident.press(page, "/send").status == 200


def _of_papers(county: County) -> None:
    """Sheets, double intake, the calendar, the ledger of messages."""
    agent, center, supervisor, manager = (county.at(name) for name in ("village-xialiang", "center", "supervisor", "manager"))
    press(agent, f"/cases/{county.numbers['sheet']}/sheet-photo", "/sheet-photo", file=(io.BytesIO(uploads.photo()), "sheet.jpg"))
    press(agent, "/cases/from-sheet", "/cancel", sheet=f"2026-{2:05d}", reason="写坏了（示例）")
    press(center, f"/manage/double-intake/{county.findings[1]}", "/close", step="upheld", said="属实（示例）")
    rows = "number,body,item,dated_on,said\n示例〔2026〕9号,MR,S-03,2026-11-02,（示例）\n".encode()
    page = press(supervisor, "/manage/double-intake/list", "/manage/double-intake/list", id="try", file=(io.BytesIO(rows), "list.csv"))
    assert supervisor.press(page, "/manage/double-intake/list", id="again", file=(io.BytesIO(rows), "list.csv")).status == 200
    said = {"year": "2027", "number": "国办发明电〔2026〕99号（示例）", "source": "示例", "text": SAMPLE_2027}
    assert manager.press(press(manager, "/manage/calendar/new", "/manage/calendar/new", **said), "/manage/calendar/enter").status == 200
    day = {"day": "2026-12-30", "source": "示例条例第一条", "name": "示例节", "name_hant": "示例節", "name_en": "Example Day"}
    page = manager.press(press(manager, "/manage/calendar/regional", "/manage/calendar/regional", **day), "/manage/calendar/regional/enter")
    assert manager.press(page, "/manage/calendar/regional/end", day="2026-12-30", reason="示例：录错").status == 200
    press(county.at("town-xialiang"), "/messages", "/messages/read")
    press(agent, "/account", "/account/contact", email="agent@example.com")


def _of_quiet_days(county: County) -> None:
    """Versions of the rule, added days, exemptions, caps, the level that goes."""
    manager, place, paper = county.at("manager"), "/manage/quiet-rules", "示例〔2026〕9号"
    version = {"windows": "1-20", "from_on": "2027-12-01", "laid_by": "superior", "source": paper}
    assert manager.press(press(manager, f"{place}/new", f"{place}/new", **version), f"{place}/enter").status == 200
    days = {"scope": "all", "first": "2027-12-29", "last": "2027-12-30", "instrument": paper}
    page = manager.press(press(manager, f"{place}/days", f"{place}/days", id="add", **days), f"{place}/days/enter")
    assert manager.press(page, f"{place}/days/end", ends="2027-12-29", reason=paper).status == 200
    press(manager, f"{place}/exemptions", f"{place}/exemptions/switch", which="complaint", state="off", since="2027-12-01", paper=paper)
    own = {"code": "flood_season", "name": "汛期检查（示例）", "name_hant": "汛期檢查（示例）", "name_en": "Flood season (sample)"}
    press(manager, f"{place}/exemptions", f"{place}/exemptions/add", **own, kinds="special", starts="2027-12-01", source=paper)
    press(manager, f"{place}/caps", f"{place}/caps/enter", number="1", laid_by="nation", from_on="2027-12-01", source=paper)
    press(manager, f"{place}/caps", f"{place}/caps/name", year="2028", begins="2027-12-01", instrument=paper)


def _of_inspections(county: County) -> None:
    """At the door, on paper, recorded, told, checked, penalised, explained. In a later month, and back."""
    inspector, head, clock = county.at("inspector-mr"), county.at("dept-mr"), county.app.extensions["clock"]
    kept, plans = clock.at, plan_story.PLANS
    assert visit_story.act(inspector, county.visited, "explain_code", reason="示例").status == 200
    clock.go_to(date(2027, 1, 18))
    paper = visit_story.drawn(inspector)[0]
    shop = {"enterprise": "91999999MA9X00011A", "first_on": "2027-01-27"}
    hidden = visit_story.filed(inspector, head, "0007", "0071", **shop, announced="0")
    away, on_paper = (visit_story.filed(inspector, head, **shop, **visit_story.COMPLAINT) for _each in range(2))
    clock.go_to(date(2027, 1, 27), 16)
    assert visit_story.act(inspector, away, "turn_away", said="示例").status == 200
    said = {"notice": paper, "on": "2027-01-27", "entered": "09:00", "left": "10:00", "why": "没有信号（示例）"}
    assert visit_story.fill(inspector, on_paper, "paper", **said).status == 200
    for verb in ("show", "enter", "leave"):
        assert visit_story.act(inspector, hidden, verb).status == 200
    visit_story.recorded(inspector, hidden, **visit_story.BREACH, due_on="2027-02-10")
    assert visit_story.act(inspector, hidden, "tell", to="当面（示例）").status == 200
    typed = {**plan_story.boxes(page := inspector.get(f"{plans}/{hidden}/recheck"), "0007", "0052"), "first_on": "2027-01-28"}
    assert inspector.press(page, "/recheck", **typed).status == 200
    assert visit_story.act(inspector, hidden, "check_order", corrected="0", how="papers", note="示例").status == 200
    assert visit_story.fill(head, hidden, "penalty", "penalise", benchmark="MR-01-2", amount="10000").status == 200
    first, second = (plan_story.number_of(plan_story.draft(inspector, **shop, **visit_story.COMPLAINT)) for _each in range(2))
    assert inspector.press(inspector.get(f"{plans}/{first}/edit"), "/change", first_on="2027-01-28").status == 200
    assert plan_story.step(inspector, first, "cancel", reason="示例").status == 200
    assert plan_story.step(inspector, second, "submit").status == 200
    assert plan_story.step(head, second, "refuse", reason="示例").status == 200
    clock.at = kept
    assert head.press(head.get("/inspections/yearly/MR/2027"), "/publish").status == 200
    assert head.press(head.get(county.fruitless), "/explain", reason="示例").status == 200


def _of_fees(county: County) -> None:
    """What `live` leaves of fees: published and cancelled by page, a notice taken back, a waiver, money given back, a day sent back and signed."""
    manager, window, cashier, center, head = (county.at(name) for name in ("manager", "window-mr", "cashier", "center", "dept-mr"))
    fees = county.fees
    names = {"name": "示例收费", "name_hant": "示例收費", "name_en": "Sample"}
    page = press(
        manager, "/manage/fees/new", "/manage/fees/new", code="X-1", **names, basis="示例文件", lower="1.5", collector="MR", published_at="示例栏",
        from_on="2027-12-01",
    )  # fmt: skip
    assert manager.press(page, "/publish").status == 200
    press(manager, "/manage/fees/X-1/cancel", "/cancel", from_on="2027-12-02", paper="示例文件")
    ground = {"code": "W-X", **names, "pays": "50", "basis": "示例文件", "published_at": "示例栏", "from_on": "2027-12-01"}
    press(manager, "/manage/fees/grounds", "/manage/fees/grounds", **ground)
    press(head, f"/fees/waivers/{fees['fee_waits']}", "/decide", outcome="approved")
    press(window, f"/cases/{fees['fee_case']}/fees/{fees['fee_open']}", "/withdraw", reason="开错（示例）")
    press(center, f"/cashier/receipts/{fees['fee_back']}", "/decide_back", outcome="approved")
    press(center, f"/cashier/days/{fees['fee_day']}", "/send_back", reason="重数（示例）")
    press(cashier, f"/cashier/day?day={fees['fee_day']}", "/close", counted="0")
    press(center, f"/cashier/days/{fees['fee_day']}", "/sign")
    press(county.at("auditor"), f"/fees/audit/reports/{fees['fee_report']}", "/answer", finding="no_charge", answer="未收取（示例）")


def _of_joint_dates(county: County) -> None:
    """A body accepts a joint date, another moves one and stays away; a wish is withdrawn."""
    inspector, fire, manager = county.at("inspector-mr"), county.at("inspector-fire"), county.at("manager")
    place = joint_date_story.JOINT
    inspector.press(inspector.get(f"{place}/wishes?year=2027"), "/withdraw")
    joint_date_story.wish(inspector, "MR-01", joint_date_story.MILL, joint_date_story.HOTEL)
    press(manager, f"{place}?year=2027", "/run")
    found = re.search(r"joint-dates/(LH\d{4}-[0-9A-Z]{8})", fire.get(f"{place}?year=2027").text)
    assert found
    address = f"{place}/{found[1]}"
    press(inspector, address, "/move", day="2027-05-31")
    page = inspector.get(address)
    assert inspector.press(page, "/accept", **plan_story.boxes(page, "0007", "0052")).status == 200
    press(fire, address, "/refuse", reason="没有人手（示例）")


def _of_authority(county: County) -> None:
    """Instruments, letters, postings, stand-ins, stationing, ceilings, imports."""
    manager, head, center = county.at("manager"), county.at("dept-mr"), county.at("center")
    draft, letter = f"/manage/instruments/{county.draft}", f"/manage/letters/{county.letter}"
    press(manager, f"{draft}/change", "/change", title="授权书（示例，改）")
    press(head, draft, "/sign")
    press(manager, draft, "/register")
    press(center, draft, "/file/center")
    press(manager, draft, "/scan", id="add-scan", scan=(io.BytesIO(uploads.pdf()), "scan.pdf"))
    typed = {"level": "town", "power": "decide", "mandate": "entrustment", "item_type": "01", "is_allowed": "0", "from_on": "2026-11-24"}
    press(manager, "/manage/ceilings", "/manage/ceilings", **typed)
    press(manager, letter, "/change", from_on="2026-12-02")
    press(head, letter, "/sign")
    press(manager, letter, "/register")
    press(manager, letter, "/file", id="file-center")
    press(head, letter, "/end", id="revoke", ground="岗位调整（示例）", from_on="2026-12-05")
    press(head, "/manage/stand-ins", "/manage/stand-ins/1/end", ground="提前返岗（示例）")
    posting = {"person": "town-yingpan", "until_on": "2027-01-31", "window": "611026000000-MR", "reason": "示例：轮岗试点"}
    page = press(center, "/manage/postings/new?body=MR", "/manage/postings/new", id="posting", **posting)
    assert head.press(head.get(page.path), "/end", last_on="2026-12-31", told_on="2026-11-23", reason="示例：提前结束").status == 200
    papers = {f"{name}_number": "示例1号" for name in ("review", "approval", "filing")}
    days = {"review_on": "2026-11-02", "approval_on": "2026-11-09", "filing_on": "2026-11-16", "from_on": "2026-11-24"}
    press(center, "/manage/stationing/S-03/withdraw", "/withdraw", **papers, **days)
    press(center, "/manage/stationing/S-03/negative-list", "/negative-list", instrument="示例负面1号", from_on="2026-11-24")
    page = press(manager, "/manage/import", "/manage/import", id="try", kind="windows", file=(io.BytesIO(WINDOWS.encode()), "示例.csv"))
    assert manager.press(page, "/manage/import", id="again", file=(io.BytesIO(WINDOWS.encode()), "示例.csv")).status == 200
    press(head, f"/manage/instruments/{county.signed}", "/suspend", ground="示例")
    clock = county.app.extensions["clock"]
    clock.advance(days=340)
    press(head, draft, "/confirm")
    press(head, draft, "/revoke", ground="调整（示例）", by="示例〔2027〕1号", from_on=str(clock.today() + timedelta(days=9)))


def _option(page: Page, words: str = "") -> str:
    """The value of the first choice with these words, of a list on the page."""
    found = re.search(rf'<option value="([^"]+)"[^>]*>[^<]*{words}', page.text)
    assert found, page.words[:600]
    return found[1]


def _of_handoffs(county: County) -> None:
    """Several cases at once, papers on their own way, a list received in part and taken back, a question answered."""
    agent, town, clerk = county.at("village-xialiang"), county.at("town-xialiang"), county.at("window-mr")

    def several(who: Browser, box: str, verb: str, numbers: list[str], **typed: str) -> None:
        page = who.get(f"/work?box={box}")
        marks = [mark for mark in re.findall(r'name="case" value="([^"]+)"', page.text) if mark.partition(".")[0] in numbers]
        assert len(marks) == len(numbers), page.words[:600]
        form = page.form(f"/work/{verb}")
        done = who.post(form["action"], {**form["fields"], **typed, "case": marks})
        assert done.status == 200, done.words[:600]

    together = [story.collect(agent) for _each in range(2)]
    several(agent, "window", "hand_off", together, reason="集中转交（示例）")
    several(town, "coming", "receive", together)
    number = story.collect(agent)
    press(agent, f"/cases/{number}", "/hand_off", id="to-next", orig__1="1", copy__1="1")
    press(town, f"/cases/{number}/legs/receive_paper", "/receive_paper")
    address = f"/batches/{county.batch}"
    page = clerk.get(address)
    rows = [name for name in page.form("/receive")["fields"] if name.startswith("row-")]
    assert clerk.press(page, "/receive", drop=tuple(rows[1:])).status == 200
    press(agent, address, "/recall")
    press(clerk, f"/cases/{county.numbers['town']}/consultations", f"/{county.question}/answer", said="需要（示例）")


def _of_joint(county: County) -> None:
    """A joint case to its end: one branch asks, one is refused, the others stand alone."""
    browse = county.at
    lead, clerk, fire, chief = (browse(name) for name in (joint_story.LEAD, "window-mr", "window-fire", "chief-fire"))
    number = joint_story.opened(lead)
    of = joint_story.branches(county.app, number)

    def act(who: Browser, verb: str, **typed: str) -> None:
        done = joint_story.act(who, number, verb, **typed)
        assert done.status == 200, f"{verb}: {done.words[:600]}"

    act(clerk, "ask", miss__1="1", why__1="看不清（示例）")
    story.do(clerk, of["S-03"], "accept")
    story.do(fire, of["S-27"], "accept")
    story.do(fire, of["S-27"], "review", result="failed")
    page = chief.get(f"/cases/{of['S-27']}/act/file_refuse")
    point = re.search(r'<option value="([^"]*消防[^"]*)"', page.text)
    filed = chief.press(page, "/act/file_refuse", ground="疏散通道被占用（示例）", basis="消防法第十五条", **({"point": point[1]} if point else {}))
    assert filed.status == 200, filed.words[:600]
    press(browse("center"), f"/cases/{of['S-27']}/act/pass_filing", "/act/pass_filing")
    press(chief, f"/cases/{of['S-27']}/act/refuse", "/act/refuse")
    story.do(clerk, of["S-03"], "review")
    act(lead, "set_site", on=str(county.app.extensions["clock"].today()), place="店内（示例）")
    act(lead, "hold_site", finding="符合（示例）")
    act(lead, "stand_alone", why="证照可以先发（示例）")
    story.do(lead, of["S-03"], "decide")
    act(lead, "notify")
    press(clerk, f"/cases/{of['S-07']}/act/supplement", "/act/supplement", got__1="1")
    story.do(lead, of["S-07"], "decide")
    act(lead, "end")


def _of_what_follows(county: County) -> None:
    """What is granted is confirmed by its supervisors, a dispute is ruled on, inquiries and matters that could not get done end."""
    clerk, center, resident = county.at("window-mr"), county.at("center"), county.at()
    press(county.at("inspector-mr"), f"/supervision-tasks/{county.task}", "/confirm", note="列入检查（示例）")
    address = f"/disputes/{county.disputes[0]}"
    page = center.get(address)
    assert center.press(page, "/rule", to=_option(page, "市场监管窗口"), reason="审查权在县局窗口（示例）").status == 200
    address = f"/inquiries/{county.inquiry}"
    press(clerk, address, "/hand_over", to=_option(clerk.get(address), "农业农村窗口"), said="请答复（示例）")
    page = press(clerk, "/inquiries", "/inquiries/log", asked="几点开门（示例）")
    assert clerk.press(page, "/answer", said="九点（示例）").status == 200
    press(center, "/manage/unfinished", "/choose", account=_option(center.get("/manage/unfinished")))
    press(center, f"/manage/unfinished/{county.matters[1]}", "/settle", step="settled", cause="no_power", said="已办好（示例）")
    press(resident, f"/track/{county.codes['turned']}/unfinished", "/open", said="说不在这里办（示例）")


def _of_moving(county: County) -> None:
    """A case is moved because a window is to close, a point without anybody closes, what an emergency took comes back."""
    center, manager = county.at("center"), county.at("manager")
    press(center, f"/manage/moving/point/{ROOM}", "/take_back", reason="已来电（示例）")
    page = manager.get(f"/manage/moving/window/{ROOM}-G")
    rows = [name for name in page.form("/move")["fields"] if name.startswith("row-")]
    assert manager.press(page, "/move", drop=tuple(rows[1:]), reason="窗口撤并（示例）").status == 200
    room = select(Window.code).join(ServicePoint, ServicePoint.id == Window.point_id).join(Posting, Posting.window_id == Window.id)
    window = _found(county, room.where(ServicePoint.level == "village", ServicePoint.code != ROOM).order_by(Window.code).limit(1))
    last = str(county.app.extensions["clock"].today())
    with county.app.app_context():
        postings = list(db.session.scalars(select(Posting.id).join(Window, Window.id == Posting.window_id).where(Window.code == window)))
        db.session.remove()
    for posting in postings:
        press(center, f"/manage/postings/{posting}", "/end", last_on=last, reason="窗口撤并（示例）")
    press(manager, f"/manage/moving/window/{window}", "/close", last_on=last, reason="并入中心（示例）")


def _of_visits(county: County) -> None:
    """A visit is changed and cancelled, another arrives; tickets are issued, called, served and passed over."""
    resident, agent, clerk = county.at(), county.at("village-xialiang"), county.at("window-mr")
    visit = f"/visits/{county.visit_code}"
    press(resident, f"{visit}?on=2026-11-24", "/change", half_hour="10:00")
    press(resident, visit, "/cancel")
    page = press(resident, f"/network/{ROOM}/visit", "/visit/book", half_hour="09:30", phone="13900001234")
    county.app.extensions["clock"].advance(minutes=25)
    assert resident.press(page := resident.get(page.path), "/arrive").status == 200
    press(agent, "/tickets", "/tickets/issue", is_elderly="y")
    press(agent, "/tickets", "/tickets/call")
    press(agent, "/tickets", "/pass")
    press(clerk, "/tickets", "/start")
    press(clerk, "/tickets", "/end")


@pytest.fixture(scope="module")
def county(templates: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county of its own, lived through by people who send everything twice."""
    folder = tmp_path_factory.mktemp("retries") / "data"
    with copy_of("sqlite", templates, folder, own=True) as url:
        app = make_app(folder, url, new_clock())
        yield live(app, PASSWORD, browser=Twice, lines=2)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def test_every_post_of_the_site_is_one_effect(county: County) -> None:
    for rest in (_of_cases, _of_applicants, _of_papers, _of_handoffs, _of_joint, _of_what_follows, _of_moving, _of_visits, _of_quiet_days, _of_inspections, _of_fees, _of_joint_dates, _of_authority):
        rest(county)
    endpoints = {rule.endpoint for rule in rules(county.app, "POST")}
    tried = {kind.partition(" ")[0] for kind in Twice.tried}
    assert not Twice.wrong, "\n".join(Twice.wrong)
    assert endpoints - tried - set(ALONE) == set(), "let a story take this route, or say in ALONE why it is not tried"
    assert {f"joint.act {verb}" for verb in JOINT_ACTS} <= set(Twice.tried), "every act on a joint case"


# --- at the same moment ------------------------------------------------------------------------------------------------------------------


class AtOnce(Browser):
    """Somebody who presses each button twice in the same moment: both answers lead to the same place."""

    def post(self, address: str, fields: dict[str, Any], *, follow: bool = True) -> Page:
        other, sid = self.app.test_client(), self.client.get_cookie("sid")
        assert sid is not None
        other.set_cookie("sid", sid.value)
        start, answers = threading.Barrier(2), []

        def send(client: Any) -> None:
            start.wait()
            answers.append(client.post(address, data=fields))

        hands = [threading.Thread(target=send, args=(client,)) for client in (self.client, other)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        assert len(answers) == 2, f"{address}: a hand was lost"
        assert [answer.status_code for answer in answers] == [303, 303], (address, [Page(answer).words[:300] for answer in answers])
        assert len({answer.headers["Location"] for answer in answers}) == 1, address
        return self.get(answers[0].headers["Location"]) if follow else Page(answers[0])


def test_each_button_of_a_matter_pressed_twice_in_the_same_moment_is_one_effect(app: Flask) -> None:
    people: dict[str, AtOnce] = {}
    cases = rows(app)["case"]

    def browse(username: str = "") -> AtOnce:
        return people.setdefault(username, AtOnce(app, username))

    agent, clerk = browse("village-xialiang"), browse("window-mr")
    number = story.collect(agent)
    press(agent, f"/cases/{number}/agent/consent", "/agent/consent", result="y")
    press(agent, f"/cases/{number}/agent/end_consent", "/agent/end_consent")
    story.send(agent, number)
    town = browse("town-xialiang")
    story.do(town, number, "receive")
    story.do(town, number, "accept")
    story.send(town, number)
    story.do(clerk, number, "receive")
    press(clerk, f"/cases/{number}/act/put_on_hold", "/act/put_on_hold", reason="等申请人（示例）")
    story.do(clerk, number, "review")
    for verb in ("decide", "certify"):
        story.do(browse("chief-mr"), number, verb)
    with app.app_context():
        kinds = list(db.session.scalars(select(CaseEvent.kind).join(Case, Case.id == CaseEvent.case_id).where(Case.number == number).order_by(CaseEvent.seq)))
        db.session.remove()
    assert rows(app)["case"] == cases + 1
    assert kinds == [
        "collected", "consent_given", "consent_ended", "handed_off", "received", "accepted", "handed_off", "leg_received", "put_on_hold", "reviewed",
        "decided", "certified",
    ]  # fmt: skip
