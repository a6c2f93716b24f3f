"""Every address of the site, from the map of the app: each route has samples here, and one without fails the tests that walk them.

`live(app, password)` puts the demonstration county in the middle of its work, so that no page is measured or tried while it is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from tests.cases import joint_story, story, uploads
from tests.fees import fee_story
from tests.inspections import draw_story, joint_date_story, plan_story, space_story, visit_story
from tests.people import Browser

# one account for each role, as interfaces.md names them
CAST = {
    "clerk": "window-mr",
    "agent": "village-xialiang",
    "chief": "chief-mr",
    "dept_head": "dept-mr",
    "leader": "leader-mr",
    "center": "center",
    "manager": "manager",
    "supervisor": "supervisor",
    "cashier": "cashier",
    "inspector": "inspector-mr",
    "enterprise": "enterprise-1",
    "auditor": "auditor",
    "admin": "admin",
}
ROOM = "611026102002"  # where the village agent of the cast works
OTHER_TOWN = "611026109000"
PAGE_OF_WORK = 25  # lines that a page of the worklist holds


@dataclass
class County:
    """The county at work: the app, people at their browsers, and what there is to ask for."""

    app: Flask
    password: str
    numbers: dict[str, str] = field(default_factory=dict)  # where a case stands → its number
    codes: dict[str, str] = field(default_factory=dict)  # where a case stands → its tracking code
    files: list[int] = field(default_factory=list)  # of the case at the county
    licence: str = ""  # the number of a certificate that was made
    draft: int = 0
    signed: int = 0
    letter: int = 0  # a letter of appointment that waits for its signature
    applying: int = 0  # a draft of somebody who applies online, whose phone the public's browser is known by
    photo: int = 0  # a file of that draft
    applied: str = ""  # the tracking code of what they sent
    ticket: str = ""  # of a code that waits to be typed
    block: int = 0  # numbered sheets of the village room
    joint: str = ""  # a joint case: one branch has said what is missing, the others wait
    joint_code: str = ""
    batch: str = ""  # a list of cases on its way from the room to the county
    sent: str = ""  # one of them
    question: int = 0  # what the town asks the county's window about its case
    findings: list[int] = field(default_factory=list)  # of double intake: one to answer, one to close
    task: int = 0  # of supervision: what the closed case granted
    disputes: list[int] = field(default_factory=list)  # one to rule on, one whose bodies meet
    inquiry: int = 0  # asked at the window, with a phone
    matters: list[int] = field(default_factory=list)  # that could not get done: one to answer, one to settle
    matter_code: str = ""
    visit_code: str = ""  # of a visit of today
    ticket_codes: list[str] = field(default_factory=list)  # one called at the window of the cast, one that waits in the room
    plan: str = ""  # the number of an announced plan of market regulation that is approved and waits to be filed
    drafted: str = ""  # of a draft
    visited: str = ""  # of an emergency whose code came late, with a correction ordered
    filed: str = ""  # of an announced visit of today
    fruitless: str = ""  # where the head explains an inspector's visits without a finding
    hidden: str = ""  # of an unannounced one that waits for its decision
    draw: str = ""  # a random draw of fire inspection whose result is published
    proposal: str = ""  # a joint date of market regulation and fire that waits for both answers
    notice: str = ""  # the code of a visit that took place
    announced: str = ""  # of one that is announced to the enterprise of the cast
    reports: list[int] = field(default_factory=list)  # of visits without a code: one to answer, one answered
    report_code: str = ""  # by which whoever reported follows it
    feed: str = ""  # the address of the calendar of the enterprise of the cast
    fees: dict[str, str] = field(default_factory=dict)  # what `fee_story.standing` made: notices, receipts, a report, a day
    chief: str = ""  # a chief representative for whom the head of the body can say who stands in
    papers: dict[str, dict[str, int]] = field(default_factory=dict)  # where a case stands → kind of its papers → id
    paper_code: str = ""  # by which anybody checks the decision of the closed case
    people: dict[str, Browser] = field(default_factory=dict)
    browser: type[Browser] = Browser
    lines: int = PAGE_OF_WORK  # so many cases more in the room

    def at(self, username: str = "") -> Browser:
        """The browser of a person, signed in once; the public's for an empty name."""
        if username not in self.people:
            browser = self.people[username] = self.browser(self.app)
            if username:
                done = browser.press(browser.get("/sign-in"), "/sign-in", follow=False, username=username, password=self.password)
                assert done.status == 303, f"{username} could not sign in: {done.status} {done.words[:300]}"
        return self.people[username]


@dataclass(frozen=True)
class Asked:
    """One address and who asks for it; an empty name is the public."""

    endpoint: str
    address: str
    who: str

    def __str__(self) -> str:
        return f"{self.address} ({self.who or 'public'})"


Answers = dict[Asked, Any]


# --- the county at work ---------------------------------------------------------------------------------------------------------


def live(app: Flask, password: str, **options: Any) -> County:
    """Cases at every step, a page of them at one window, and a draft that waits. `options` are fields of `County`."""
    county = County(app, password, **options)
    agent, town, window, chief = (county.at(name) for name in ("village-xialiang", "town-xialiang", "window-mr", "chief-mr"))

    _emergency(county)  # before anything else is held at the room

    def collected(stands: str) -> str:
        county.numbers[stands] = story.collect(agent)
        return county.numbers[stands]

    closed = collected("closed")
    story.send(agent, closed)
    story.do(town, closed, "receive")
    story.do(town, closed, "accept")
    story.send(town, closed)
    story.do(window, closed, "receive")
    story.do(window, closed, "review", note="现场核查符合")
    for verb in ("decide", "certify"):
        story.do(chief, closed, verb)
    story.send(window, closed)
    story.do(town, closed, "receive")
    story.send(town, closed)
    story.do(agent, closed, "receive")
    story.do(agent, closed, "deliver")

    county_case = collected("county")
    for verb in ("receive", "accept"):
        if verb == "receive":
            story.send(agent, county_case)
        story.do(town, county_case, verb)
    story.send(town, county_case)
    story.do(window, county_case, "receive")
    uploads.hand_in(window, county_case, uploads.photo())
    county.files = uploads.kept(uploads.hand_in(window, county_case, uploads.pdf()))

    story.send(agent, collected("coming"))
    story.send(agent, collected("town"))
    story.do(town, county.numbers["town"], "receive")
    collected("room")
    _carried(county)
    _fill_a_page(agent, county.lines)
    _draft(county)
    _letter(county)
    _apply(county)
    _course(county)
    _on_paper(county)
    _first_asked(county)
    _joint(county)
    _handoffs(county)
    _plans(county)
    _space(county)
    county.fees = fee_story.standing(app, county.at)
    _remember_codes(county)
    _follow(county)
    return county


def _carried(county: County) -> None:
    """A case in the room with a consent to agent service, whose original the worker has."""
    agent = county.at("village-xialiang")
    number = county.numbers["carried"] = story.collect(agent)
    address = f"/cases/{number}/agent"
    assert agent.press(agent.get(f"{address}/consent"), "/agent/consent", result="y", area="三组（示例）").status == 200
    page = agent.get(f"{address}/carry")
    first = re.search(r'name="original-(\d+)"', page.text)
    assert first, page.words[:500]
    assert agent.press(page, "/agent/carry", **{f"original__{first[1]}": "1"}).status == 200


def _follow(county: County) -> None:
    """What follows from the closed case: its task of supervision."""
    from portal.cases.models import Case
    from portal.cases.task_models import SupervisionTask
    from portal.database import db

    with county.app.app_context():
        of_case = select(SupervisionTask.id).join(Case, Case.id == SupervisionTask.case_id).where(Case.number == county.numbers["closed"])
        county.task = db.session.scalars(of_case).one()
        db.session.remove()
    _dispute(county)


def _emergency(county: County) -> None:
    """A town that an emergency has stopped, and a room that works again and can take a case back."""
    agent, town, center = (county.at(name) for name in ("village-xialiang", "town-xialiang", "center"))
    number = county.numbers["taken"] = story.collect(agent)
    for code in (OTHER_TOWN, ROOM):
        address = f"/manage/moving/point/{code}"
        done = center.press(center.get(address), "/suspend", kind="power", words="停电（示例）")
        assert done.status == 200, done.words[:400]
    assert center.press(center.get(address), "/resume").status == 200
    story.do(town, number, "receive")


def _dispute(county: County) -> None:
    """Two disputes: the bodies of one have met, those of the other not."""
    from portal.cases.dispute_models import Dispute
    from portal.database import db

    agent, town, window, center = (county.at(name) for name in ("village-xialiang", "town-xialiang", "window-mr", "center"))
    for stands in ("met", "disputed"):
        number = county.numbers[stands] = story.collect(agent)
        story.send(agent, number)
        story.do(town, number, "receive")
        story.do(town, number, "accept")
        for _time in range(2):
            story.send(town, number)
            window.press(window.get(f"/cases/{number}"), "/return_leg", kind="not_ours", whose="乡镇（示例）", reason="示例")
    with county.app.app_context():
        county.disputes = list(db.session.scalars(select(Dispute.id).order_by(Dispute.id)))
        db.session.remove()
    address = f"/disputes/{county.disputes[0]}"
    assert center.press(center.get(address), "/meet", minutes="示例").status == 200


def _fill_a_page(agent: Browser, lines: int) -> None:
    """So many cases in the room that its list goes over a page; one form, sent again and again, each time under a key of its own."""
    page = agent.get(f"/cases/new?item={story.ITEM}")
    form = page.form("/cases/new")
    fields = {**form["fields"], **story.APPLICANT, **{name.replace("__", "-"): "1" for name in story.materials(page)}}
    for each in range(lines):
        done = agent.post(form["action"], {**fields, "key": f"fill-{each:04d}"}, follow=False)
        assert done.status == 303, done.words[:300]


def _on_paper(county: County) -> None:
    """Sheets of the room, a case entered from one without its photo, and two findings of double intake."""
    center, agent, supervisor = county.at("center"), county.at("village-xialiang"), county.at("supervisor")
    page = center.press(center.get(f"/manage/sheets/{ROOM}"), f"/manage/sheets/{ROOM}", number="5")
    county.block = int(page.path.rsplit("/", 1)[1])
    sheet = re.search(r"\d{4}-\d{5}", page.words)
    assert sheet, page.words[:500]
    page = agent.get(f"/cases/from-sheet?item={story.ITEM}")
    said = {"sheet": sheet[0], "on": "2026-11-23", "time": "09:00", "why": "line"}
    page = agent.press(page, "/cases/from-sheet", **said, **story.APPLICANT, **story.materials(page))
    county.numbers["sheet"] = page.path.split("/")[2]
    for number in ("示例〔2026〕1号", "示例〔2026〕2号"):
        page = supervisor.get("/manage/double-intake/new")
        body = re.search(r'<option value="(\d+)"[^>]*>[^<]*市场监督管理局', page.text)
        assert body, page.words[:500]
        typed = {"body": body[1], "source": "certificate", "number": number, "item": story.ITEM, "what": "店内挂证，网络里没有办件（示例）"}
        county.findings.append(int(supervisor.press(page, "/manage/double-intake/new", **typed).path.rsplit("/", 1)[1]))
    head, address = county.at("dept-mr"), f"/manage/double-intake/{county.findings[1]}"
    assert head.press(head.get(address), "/answer", said="已补录（示例）").status == 200


def _plans(county: County) -> None:
    """An announced plan that is approved, and an unannounced one that waits for its decision."""
    inspector, head = county.at("inspector-mr"), county.at("dept-mr")
    county.plan = plan_story.approved(inspector, head)
    county.hidden = plan_story.number_of(plan_story.draft(inspector, announced="0", first_on="2026-11-30", kind="individual"))
    assert plan_story.step(inspector, county.hidden, "submit").status == 200
    plan_story.yearly(county.app)
    county.drafted = plan_story.number_of(plan_story.draft(inspector, first_on="2026-12-28", kind="individual"))
    numbers = visit_story.drawn(inspector)
    assert numbers, "paper notices were drawn"
    breach = {**visit_story.BREACH, "due_on": "2026-12-10"}
    county.visited = visit_story.emergency(inspector, head, "2026-11-20", "91999999MA9X000975", said=breach)
    county.filed = visit_story.filed(inspector, head, first_on="2026-11-23", enterprise="91999999MA9X00054P", matter="MR-02", **visit_story.COMPLAINT)
    county.fruitless = visit_story.fruitless(inspector, head)[0]
    county.draw = draw_story.published(county.at("inspector-fire"), county.at("dept-fire"))
    county.proposal = joint_date_story.proposed(inspector, county.at("inspector-fire"), county.at("manager"))


def _space(county: County) -> None:
    """A visit that took place and was rated, one that is announced, two reports, and the address of an enterprise's calendar."""
    inspector, head, public, supervisor, enterprise = (county.at(name) for name in ("inspector-mr", "dept-mr", "", "supervisor", "enterprise-1"))
    done = space_story.filed(inspector, head, kind="individual", first_on="2026-11-26")
    space_story.happen(county.app, done, "code_shown", "entered", "left")
    county.notice = space_story.code_of(county.app, done)
    county.announced = space_story.code_of(county.app, space_story.filed(inspector, head, kind="individual", first_on="2026-12-29"))
    page = public.get(f"{space_story.VERIFY}/{county.notice}")
    assert public.press(page, "/rate", satisfaction="1").status == 200
    for turned_away in ({}, {"turned_away": "y"}):
        page = space_story.report(public, enterprise=plan_story.MILL, body="MR", phone="13900001234", **turned_away)
        county.report_code = page.path.rsplit("/", 1)[1]
    county.reports = sorted(map(int, re.findall(r'"/inspections/reports/(\d+)"', supervisor.get("/inspections/reports").text)))
    address = f"/inspections/reports/{county.reports[1]}"
    assert supervisor.press(supervisor.get(address), "/answer", said="已核实（示例）").status == 200
    page = enterprise.press(enterprise.get("/enterprise"), "/feed/renew")
    found = re.search(r"/enterprise/feed/[0-9a-f]+\.ics", page.text)
    assert found, page.words[-500:]
    county.feed = found[0]


def _first_asked(county: County) -> None:
    """An inquiry, two matters that could not get done, a visit, and tickets: one called, one that waits."""
    window, agent, center, resident = county.at("window-mr"), county.at("village-xialiang"), county.at("center"), county.at()
    page = window.press(window.get("/inquiries"), "/inquiries/log", asked="小餐饮许可在哪里办（示例）", phone="13900001234")
    county.inquiry = int(page.path.rsplit("/", 1)[1])
    for _each in range(2):
        page = resident.press(resident.get("/unfinished/new"), "/unfinished/open", point=ROOM, said="说不在这里办（示例）", phone="13900001234")
        county.matter_code = page.path.rsplit("/", 1)[1]
        found = re.search(r"/manage/unfinished/(\d+)", center.get("/manage/unfinished").text)
        assert found, page.words[:500]
        county.matters.append(int(found[1]))
    address = f"/manage/unfinished/{county.matters[1]}"
    assert center.press(center.get(address), "/answer", said="已联系（示例）").status == 200
    page = resident.press(resident.get(f"/network/{ROOM}/visit"), "/visit/book", half_hour="09:30", phone="13900001234")
    county.visit_code = page.path.rsplit("/", 1)[1]
    for point in ("611026000000", ROOM):
        page = resident.press(resident.get(f"/network/{point}/visit"), "/visit/take")
        county.ticket_codes.append(page.path.rsplit("/", 1)[1])
    assert window.press(window.get("/tickets"), "/tickets/call").status == 200
    assert agent.get("/tickets").has_form("/tickets/call")


def _joint(county: County) -> None:
    """A joint case at its beginning: one branch has said what is missing, the lead has called the joint visit."""
    lead, fire = county.at("chief-mr"), county.at("window-fire")
    county.joint = joint_story.opened(lead, "sign")
    done = joint_story.act(fire, county.joint, "ask", miss__4="1", why__4="没有标疏散通道（示例）")
    assert done.status == 200, done.words[:400]
    done = joint_story.act(lead, county.joint, "set_site", on="2026-11-25", place="店内（示例）")
    found = re.search(r'href="/joint/track/([0-9A-Z-]+)"', done.text)
    assert found, done.words[:400]
    county.joint_code = found[1]


def _handoffs(county: County) -> None:
    """Cases of the room sent together to the county's window, with papers, and a question of the town to it."""
    agent, town = county.at("village-xialiang"), county.at("town-xialiang")
    page = agent.get("/batches/new")
    form = page.form("/batches/send")
    boxes = [box for box in re.findall(r'name="case-([0-9-]+)" value="(\d+)"', page.text) if box[0] not in county.numbers.values()][-2:]
    sent = {**form["fields"], "to": _choice(page, "市场监管窗口"), "reason": "急件（示例）", **{f"case-{number}": version for number, version in boxes}}
    done = agent.post(form["action"], sent)
    assert done.path.startswith("/batches/") and done.status == 200, done.words[:500]
    county.batch, county.sent = done.path.rpartition("/")[2], boxes[0][0]
    address = f"/cases/{county.numbers['town']}/consultations"
    page = town.get(address)
    typed = {"kind": "opinion", "window": _choice(page, "市场监管窗口"), "question": "需要现场核查吗？（示例）", "due_on": "2026-11-25"}
    done = town.press(page, "/ask", **typed)
    assert done.status == 200, done.words[:500]
    found = re.search(r"/consultations/(\d+)/answer", county.at("window-mr").get(address).text)
    assert found
    county.question = int(found[1])


def _choice(page: Any, words: str) -> str:
    """The value of the choice with these words, of a list on the page."""
    found = re.search(rf'<option value="(\d+)"[^>]*>[^<]*{words}', page.text)
    assert found, page.words[:800]
    return found[1]


def _draft(county: County) -> None:
    manager = county.at("manager")
    page = manager.get("/manage/instruments/new?body=MR&mandate=internal")
    form = page.form("/manage/instruments/new", id="draft")
    window = re.search(r'name="windows"[^>]*value="([^"]+)"', page.text)
    assert window, page.words[:500]
    typed = {**form["fields"], "windows": window[1], "powers": "litigate", "items": "S-03", "from_on": "2026-12-01", "post": ""}
    typed.pop("all_items", None)
    typed["supersedes"] = "柞市监授〔2026〕1号"  # it gives the same, so without this the draft is refused (G-5)
    done = manager.post(form["action"], typed)
    assert done.status == 200, done.words[:500]
    found = re.search(r"/manage/instruments/(\d+)$", done.path)
    assert found, f"{done.path}: {done.words[:500]}"
    county.draft = int(found[1])


def _letter(county: County) -> None:
    """A letter of appointment that waits, and a stand-in who begins next month, so that nothing moves."""
    manager, center = county.at("manager"), county.at("center")
    done = manager.press(manager.get("/manage/letters/new?body=MR&point=611026000000"), "/manage/letters/new", id="draft", from_on="2026-12-01")
    found = re.search(r"/manage/letters/(\d+)$", done.path)
    assert found, f"{done.path}: {done.words[:500]}"
    county.letter = int(found[1])
    county.chief = county.at("dept-mr").get("/manage/stand-ins").form("/manage/stand-ins")["fields"]["chief"]
    page = center.get(f"/manage/stand-ins?chief={county.chief}")
    said = {"from_on": "2026-12-01", "until_on": "2026-12-05", "reason": "培训（示例）"}
    assert center.press(page, "/manage/stand-ins", id="stand-in", follow=False, **said).status == 303


def _course(county: County) -> None:
    """Cases outside the plain way: noticed, stopped, filed for refusal, turned away, closed."""
    window, chief = county.at("window-mr"), county.at("chief-mr")

    def act(who: Browser, stands: str, verb: str, **typed: str) -> None:
        number = county.numbers[stands]
        done = who.press(who.get(f"/cases/{number}/act/{verb}"), f"/act/{verb}", follow=False, **typed)
        assert done.status == 303, f"{verb}: {done.words[:400]}"

    for stands in ("noticed", "stopped", "filed", "turned", "withdrawn"):
        county.numbers[stands] = story.collect(window)
    act(window, "noticed", "notice", miss__1="1", why__1="照片不清楚（示例）")
    act(window, "turned", "turn_away", why="not_ours", ground="属于税务事项（示例）", whose="柞水县税务局")
    act(window, "withdrawn", "withdraw", reason="不办了（示例）")
    for stands in ("stopped", "filed"):
        story.do(window, county.numbers[stands], "accept")
    act(window, "stopped", "stop", cause="test", until="2026-12-04", note="送检（示例）")
    number = county.numbers["filed"]
    done = window.press(window.get(f"/cases/{number}"), "/review", result="failed", follow=False)
    assert done.status == 303, done.words[:400]
    point = re.search(r'name="point".*?<option value="([^"]+)"', chief.get(f"/cases/{number}/act/file_refuse").text, re.DOTALL)
    assert point
    act(chief, "filed", "file_refuse", ground="场所不符（示例）", basis="《陕西省食品小作坊小餐饮及摊贩管理条例》第六条", point=point[1], heard="y")


def _apply(county: County) -> None:
    """Somebody came in by phone and code, has a draft, sent another one, and asked for a further code."""
    from tests.cases import applying

    resident = county.at()
    applying.come_in(resident)
    sent = applying.begin(resident)
    applying.fill(resident, sent)
    county.applied = applying.send(resident, sent).path.rpartition("/")[2]
    county.applying = applying.begin(resident)
    county.photo = applying.photo_on(applying.add_photo(resident, county.applying))
    stranger = county.browser(county.app)
    page = stranger.press(stranger.get("/my"), "/my/code", phone="13911112222")
    county.ticket = page.path.rpartition("/")[2]


def _mr() -> int:
    from portal.network.queries import body_by_code, the_county

    return body_by_code(the_county().id, "MR").id


def _remember_codes(county: County) -> None:
    from portal.audit import machine, record
    from portal.authority.models import InstrumentRegistration
    from portal.cases.licence_models import CommitmentCheck, Licence
    from portal.cases.models import Case
    from portal.cases.paper_models import CasePaper
    from portal.database import db, transaction

    with county.app.app_context():
        for stands, number in county.numbers.items():
            code = db.session.scalar(select(Case.tracking_code).where(Case.number == number))
            assert code is not None
            county.codes[stands] = code
        numbered = {number: stands for stands, number in county.numbers.items()}
        for number, paper in db.session.execute(select(Case.number, CasePaper).join(CasePaper, CasePaper.case_id == Case.id)):
            if number in numbered:
                county.papers.setdefault(numbered[number], {})[paper.kind] = paper.id
                county.paper_code = paper.code if paper.kind == "decision" else county.paper_code
        county.licence = str(db.session.scalar(select(Licence.number).limit(1)))
        closed = db.session.scalars(select(Case).where(Case.number == county.numbers["closed"])).one()
        check = CommitmentCheck(
            county_id=closed.county_id, case_id=closed.id, person_id=closed.applicant_id, body_id=_mr(), due_on=date(2027, 1, 22), words=[]
        )  # a matter that was granted by commitment: the demonstration has none that is offered at the walked points
        with transaction(clock=county.app.extensions["clock"]) as tx:
            tx.session.add(check)
            record(tx, machine(closed.county_id, "test"), "commitment.test", f"case:{closed.number}")
        signed = db.session.scalar(select(InstrumentRegistration.instrument_id).order_by(InstrumentRegistration.instrument_id).limit(1))
        assert signed is not None
        county.signed = signed


# --- samples --------------------------------------------------------------------------------------------------------------------


def _slug(county: County) -> str:
    from portal.authority import queries
    from portal.database import db
    from portal.network.queries import the_county

    with county.app.app_context():
        slug = queries.instrument_slugs(the_county().id, {county.signed})[county.signed]
        db.session.remove()
    return str(slug)


def _points(county: County) -> dict[str, str]:
    """One point of each kind that the story goes over: level → code."""
    from portal.database import db
    from portal.network.models import ServicePoint, Window

    with county.app.app_context():
        query = (
            select(ServicePoint.level, ServicePoint.code)
            .join(Window, Window.point_id == ServicePoint.id)
            .order_by(ServicePoint.code.desc())
        )
        found = {str(level): str(code) for level, code in db.session.execute(query)}
        db.session.remove()
    return found


def samples(county: County) -> dict[str, list[str]]:
    """endpoint → addresses that people ask for. A route of the map that is not named here fails `every_get`."""
    point = _points(county)
    cases, codes = county.numbers, county.codes
    from_numbers = [f"/cases/{number}" for number in cases.values()]
    instruments = [f"/manage/instruments/{county.draft}", f"/manage/instruments/{county.signed}"]
    fees = county.fees
    tables = ("network", "items", "materials", "windows", "powers", "quiet-rules", "inspections", "fees", "fee-versions")
    return {
        "accounts.account": ["/account"],
        "messages.messages": ["/messages", "/messages?before=1"],
        "accounts.sign_in_form": ["/sign-in", "/sign-in?next=/work"],
        "apply.code_form": [f"/my/code/{county.ticket}"],
        "apply.draft": [f"/my/drafts/{county.applying}"],
        "apply.mine": ["/my"],
        "apply.photo": [f"/my/drafts/{county.applying}/photos/{county.photo}"],
        "apply.photos": [f"/my/drafts/{county.applying}/photos", f"/my/supplements/{county.applied}/photos"],
        "apply.receipt": [f"/my/receipt/{county.applied}"],
        "apply.send": [f"/my/drafts/{county.applying}/send"],
        "apply.where": [f"/my/drafts/{county.applying}/photos/parts/a-key"],
        "apply.start": ["/apply/S-03", "/apply/S-03?q=下梁", f"/apply/S-03?from={point['village']}"],
        "ways.route": [f"/cases/{cases[stands]}/route" for stands in ("county", "coming", "closed", "room")],
        "agents.service": [f"/cases/{cases[stands]}/agent" for stands in ("carried", "county", "closed")],
        "agents.paper": [f"/cases/{cases['carried']}/agent/form"],
        "agents.form": [f"/cases/{cases['carried']}/agent/{verb}" for verb in ("consent", "end_consent", "carry", "deliver")],
        "agents.day": ["/agents/day"],
        "agents.rooms": ["/manage/agents"],
        "ratings.rate_form": [f"/track/{codes['closed']}/rate", f"/track/{codes['room']}/rate"],
        "sheets.overview": ["/manage/sheets", "/manage/sheets?q=下梁"],
        "sheets.point": [f"/manage/sheets/{ROOM}"],
        "sheets.print_block": [f"/sheets/{county.block}"],
        "sheets.desk": ["/cases/from-sheet", "/cases/from-sheet?q=餐饮", "/cases/from-sheet?item=S-03"],
        "sheets.photo": [f"/cases/{cases['sheet']}/sheet-photo"],
        "inquiries.inquiries": ["/inquiries", "/inquiries?box=late", "/inquiries?box=ended"],
        "inquiries.inquiry": [f"/inquiries/{county.inquiry}"],
        "unfinished.look_up": ["/unfinished", f"/unfinished?code={county.matter_code}", "/unfinished?code=ABCDEFGHJKLM"],
        "unfinished.new": ["/unfinished/new", f"/unfinished/new?point={ROOM}"],
        "unfinished.follow": [f"/unfinished/{county.matter_code}"],
        "unfinished.case_form": [f"/track/{codes['turned']}/unfinished", f"/track/{codes['room']}/unfinished"],
        "unfinished.matters": ["/manage/unfinished", "/manage/unfinished?box=late", "/manage/unfinished?box=over"],
        "unfinished.matter": [f"/manage/unfinished/{each}" for each in county.matters],
        "visits.visit_form": [f"/network/{ROOM}/visit", f"/network/{point['county']}/visit?on=2026-11-24&item=S-03"],
        "visits.visit": [f"/visits/{county.visit_code}", f"/visits/{county.visit_code}?on=2026-11-24"],
        "visits.ticket": [f"/tickets/{each}" for each in county.ticket_codes],
        "visits.ticket_paper": [f"/tickets/{each}/paper" for each in county.ticket_codes],
        "visits.tickets": ["/tickets"],
        "double_intake.findings": ["/manage/double-intake", "/manage/double-intake?box=answered", "/manage/double-intake?box=closed&body=MR"],
        "double_intake.finding": [f"/manage/double-intake/{each}" for each in county.findings],
        "double_intake.new": ["/manage/double-intake/new"],
        "double_intake.list_form": ["/manage/double-intake/list"],
        "double_intake.template": ["/manage/double-intake/list.csv"],
        "supervision_tasks.tasks": ["/supervision-tasks", "/supervision-tasks?box=late", "/supervision-tasks?box=confirmed"],
        "supervision_tasks.task": [f"/supervision-tasks/{county.task}"],
        "disputes.disputes": ["/disputes", "/disputes?box=over"],
        "disputes.bodies": ["/disputes/bodies"],
        "disputes.dispute": [f"/disputes/{each}" for each in county.disputes],
        "moving.overview": ["/manage/moving", "/manage/moving?q=下梁", "/manage/moving?q=火星"],
        "moving.subject": [
            f"/manage/moving/point/{ROOM}", "/manage/moving/point/611026109000", f"/manage/moving/window/{ROOM}-G", "/manage/moving/posting/1",
            "/manage/moving/point/611026000000", "/manage/moving/point/611026104000",
        ],
        "review_points.compared": ["/manage/review-points", "/manage/review-points?item=S-03"],
        "ratings.ratings": ["/manage/ratings", "/manage/ratings?box=all"],
        "authority.change_form": [f"/manage/instruments/{county.draft}/change"],
        "authority.ceilings": ["/manage/ceilings"],
        "authority.management": ["/manage"],
        "authority.gaps": ["/manage/gaps"],
        "authority.confirmations": ["/manage/confirmations", "/manage/confirmations?body=MR"],
        "authority.draft_form": [
            "/manage/instruments/new", "/manage/instruments/new?body=MR&mandate=internal", "/manage/instruments/new?body=MR&mandate=entrustment",
        ],
        "explain.explain": ["/authority/explain", "/authority/explain?power=decide&item=S-03&window=611026000000-MR"],
        "authority.instrument": instruments,
        "authority.instrument_paper": [f"/powers/{_slug(county)}"],
        "authority.instruments": ["/manage/instruments", "/manage/instruments?state=in_force"],
        "powers.item_at_point": [f"/items/S-03/at/{code}" for code in point.values()],
        "matrix.matrix": [
            "/manage/matrix", "/manage/matrix?body=MR", f"/manage/matrix?point={point['county']}", "/manage/matrix?item=S-03",
            "/manage/matrix?window=611026000000-MR", "/manage/matrix?power=decide", "/manage/matrix?item=小餐饮",
        ],
        "powers.powers": [
            "/powers", "/powers?body=MR", "/powers?item=S-03", f"/powers?point={point['county']}", "/powers?by=instrument",
            "/powers?by=item&q=开小饭馆", "/powers?by=ending", "/powers?window=611026102000-G", "/powers?body=TOWN-611026102000",
        ],
        "attachments.attachment": [f"/cases/{cases['county']}/attachments/{each}" for each in county.files],
        "attachments.attachments": [f"{address}/attachments" for address in from_numbers],
        "attachments.where": [f"/cases/{cases['county']}/attachments/parts/a-key"],
        "course.form": [
            *(f"/cases/{cases['county']}/act/{verb}" for verb in ("stop", "put_on_hold", "terminate", "extend", "open_urgent", "correct", "void", "route")),
            f"/cases/{cases['noticed']}/act/supplement", f"/cases/{cases['town']}/act/notice", f"/cases/{cases['town']}/act/turn_away",
            f"/cases/{cases['filed']}/act/send_back", f"/cases/{cases['filed']}/act/refuse",
        ],
        "beside.form": [
            f"/cases/{cases['county']}/people/{verb}"
            for verb in ("name_agent", "end_agent", "tell_party", "hear_party", "ask_hearing", "set_hearing", "hold_hearing", "check_site")
        ],
        "licences.look_up": ["/licences", f"/licences?number={county.licence}", "/licences?number=S-99-1"],
        "licences.ledger": ["/manage/licences"],
        "licences.licence": [f"/licences/{county.licence}"],
        "licences.renews_form": [f"/cases/{cases['county']}/renews"],
        "licences.checks": ["/manage/commitments"],
        "licences.check_form": [f"/manage/commitments/{cases['closed']}"],
        "handoffs.legs": [f"/cases/{cases[stands]}/legs" for stands in ("county", "coming", "room", "closed")],
        "handoffs.papers": [f"/cases/{number}/legs/receive_paper" for number in (county.sent, cases["county"], cases["room"])],
        "handoffs.awaited": ["/work/papers"],
        "legs.overview": ["/manage/legs", "/manage/legs?box=ended"],
        "consultations.consultations": [f"/cases/{cases[stands]}/consultations" for stands in ("county", "town", "closed")],
        "consultations.asked": ["/work/asked"],
        "batches.batches": ["/work/batches"],
        "batches.new": ["/batches/new"],
        "batches.batch": [f"/batches/{county.batch}"],
        "batches.paper_list": [f"/batches/{county.batch}/list"],
        "beside.people": [f"/cases/{cases[stands]}/people" for stands in ("county", "town", "closed")],
        "course.why": [f"/cases/{cases[stands]}/why" for stands in ("county", "stopped", "noticed", "withdrawn")],
        "course.refusals": ["/manage/refusals", "/manage/refusals?state=waiting", "/manage/refusals?state=returned"],
        "course.clocks": ["/manage/clocks"],
        "cases.detail": from_numbers,
        "worklists.find": [f"/cases?number={number}" for number in cases.values()],
        "cases.new": ["/cases/new", "/cases/new?q=开小饭馆", "/cases/new?item=S-03"],
        "cases.receipt": [f"{address}/receipt" for address in from_numbers],
        "papers.check": ["/papers", f"/papers?code={county.paper_code}", "/papers?code=ABCDEFGHJKLM"],
        "papers.form": [f"/cases/{cases['county']}/papers/form/delivery"],
        "papers.paper": [
            f"/cases/{cases[stands]}/papers/{number}{size}"
            for stands, size in (("closed", ""), ("county", "?size=80mm")) for number in county.papers[stands].values()
        ],
        "papers.papers": [f"{address}/papers" for address in from_numbers],
        "papers.verify": [f"/papers/{county.paper_code}"],
        "cases.track": ["/track", f"/track?code={codes['room']}", "/track?code=ABCDEFGHJKLM"],
        "cases.track_case": [f"/track/{code}" for code in codes.values()],
        "worklists.work": [
            "/work", *(f"/work?box={box}" for box in ("window", "coming", "mine", "sent", "point", "warnings")),
            "/work?box=window&group=intake&item=S-03", "/work?box=point&received=2026-11-23&order=latest",
        ],
        "worklists.search_form": ["/work/search"],
        "catalogue.item": ["/items/S-03", "/items/S-01"],
        "catalogue.item_places": ["/items/S-03/at", "/items/S-03/at?q=下梁"],
        "catalogue.items": ["/items", "/items?q=开小饭馆", "/items?body=MR"],
        "catalogue.point": [f"/network/{code}" for code in point.values()],
        "joint.board": [f"/joint/{county.joint}"],
        "joint.new": ["/joint/new", "/joint/new?package=restaurant", "/joint/new?package=restaurant&asked=1&yes=sign&yes=tax"],
        "joint.package": ["/packages/restaurant", "/packages/restaurant?asked=1&yes=seal"],
        "joint.packages": ["/packages"],
        "joint.receipt": [f"/joint/{county.joint}/receipt", f"/joint/{county.joint}/receipt?size=80mm"],
        "joint.track": [f"/joint/track/{county.joint_code}"],
        "joint.usage": ["/manage/joint", "/manage/joint?year=2025"],
        "joint.waiting": ["/joint/waiting"],
        "letters.letter": ["/manage/letters/1", f"/manage/letters/{county.letter}"],
        "calendar.calendar": ["/manage/calendar", "/manage/calendar?year=2027", "/manage/calendar?year=2019"],
        "calendar.entry": ["/manage/calendar/entries/1"],
        "calendar.new": ["/manage/calendar/new"],
        "calendar.regional": ["/manage/calendar/regional"],
        "letters.letters": ["/manage/letters", "/manage/letters?state=in_force"],
        "letters.new": ["/manage/letters/new", "/manage/letters/new?body=MR&point=611026000000"],
        "letters.paper": ["/letters/MR-2025-1"],
        "postings.posting": ["/manage/postings/1"],
        "postings.postings": ["/manage/postings", "/manage/postings?body=MR", "/manage/postings?body=MR&past=1", "/manage/postings?body=MR&of=stood"],
        "postings.post_form": ["/manage/postings/new", "/manage/postings/new?body=MR"],
        "stand_ins.stand_ins": ["/manage/stand-ins", f"/manage/stand-ins?chief={county.chief}"],
        "stationing.manage": ["/manage/stationing", "/manage/stationing?body=MR"],
        "stationing.negative_form": ["/manage/stationing/S-03/negative-list"],
        "stationing.stationing": ["/powers/stationing", "/powers/stationing?body=MR", "/powers/stationing?all=1"],
        "stationing.withdraw_form": ["/manage/stationing/S-03/withdraw"],
        "fees.fees": ["/fees"],
        "fees.history": ["/fees/F-01", "/fees/S-RANGE"],
        "fees.overview": ["/manage/fees"],
        "fees.new": ["/manage/fees/new", "/manage/fees/new?code=S-RANGE"],
        "fees.cancel_form": ["/manage/fees/S-RANGE/cancel"],
        "fees.grounds": ["/manage/fees/grounds"],
        "fee_notices.of_case": [f"/cases/{each}/fees" for each in (fees["fee_case"], cases["county"], cases["room"], cases["closed"])],
        "fee_notices.notice": [f"/cases/{fees['fee_case']}/fees/{fees[each]}" for each in ("fee_open", "fee_waits")],
        "fee_notices.check": [f"/fees/notices/{fees['fee_code']}"],
        "fee_notices.waivers": ["/fees/waivers"],
        "fee_notices.waiver": [f"/fees/waivers/{fees['fee_waits']}"],
        "cashier.desk": ["/cashier", f"/cashier?q={fees['fee_case']}", "/cashier?q=JF2026-999999"],
        "cashier.notice": [f"/cashier/notices/{fees[each]}" for each in ("fee_open", "fee_waits")],
        "cashier.receipt": [f"/cashier/receipts/{fees[each]}" for each in ("fee_receipt", "fee_back")],
        "cashier.reversals": ["/cashier/reversals", "/cashier/reversals?box=over"],
        "cashier.close_form": ["/cashier/day", "/cashier/day?day=2026-11-20"],
        "cashier.days": ["/cashier/days"],
        "cashier.day_paper": [f"/cashier/days/{fees['fee_day']}"],
        "fee_card.card": ["/fees/card", "/fees/card?year=2025"],
        "fee_card.audit": ["/fees/audit"],
        "fee_card.audit_card": [f"/fees/audit/cards/{fee_story.CREDIT}"],
        "fee_card.unequal": ["/fees/audit/unequal", "/fees/audit/unequal?month=2026-10"],
        "fee_card.report_form": ["/fees/report"],
        "fee_card.follow": [f"/fees/reports/{fees['fee_report_code']}"],
        "fee_card.reports": ["/fees/audit/reports", "/fees/audit/reports?box=over"],
        "fee_card.report_one": [f"/fees/audit/reports/{fees['fee_report']}"],
        "imports.form": ["/manage/import"],
        "imports.template": ["/manage/import/windows.csv", "/manage/import/instruments.csv"],
        "inspections.check": ["/quiet-days/check"],
        "inspections.bodies": ["/quiet-days/bodies", "/quiet-days/bodies?year=2025"],
        "quiet_rules.overview": ["/manage/quiet-rules"],
        "quiet_rules.new": ["/manage/quiet-rules/new"],
        "quiet_rules.days": ["/manage/quiet-rules/days"],
        "quiet_rules.exemptions": ["/manage/quiet-rules/exemptions"],
        "quiet_rules.caps": ["/manage/quiet-rules/caps"],
        "inspections.quiet_month": ["/quiet-days/2026/11", "/quiet-days/2027/02"],
        "inspections.quiet_today": ["/quiet-days/today.json"],
        "inspections.quiet_year": ["/quiet-days", "/quiet-days?year=2027"],
        "inspection_audit.audit": ["/inspections/audit", "/inspections/audit?month=2026-10"],
        "inspection_visits.alarms": ["/inspections/alarms", "/inspections/alarms?month=2026-10"],
        "inspection_visits.explain_form": [county.fruitless],
        "inspection_visits.following": [f"/inspections/following?body=MR&box={box}" for box in ("tell", "late", "orders", "codes")],
        "inspection_visits.notice": [f"/inspections/plans/{county.filed}/notice"],
        "inspection_visits.notice_block": ["/inspections/notices/1"],
        "inspection_visits.notices": ["/inspections/notices"],
        "inspection_visits.paper_form": [f"/inspections/plans/{county.filed}/paper"],
        "inspection_visits.penalty_form": [f"/inspections/plans/{county.visited}/penalty"],
        "inspection_visits.record_form": [f"/inspections/plans/{county.visited}/record"],
        "inspection_visits.result": [f"/inspections/plans/{county.visited}/result"],
        "inspection_visits.today": ["/inspections/today"],
        "inspection_visits.visit": [f"/inspections/plans/{each}/visit" for each in (county.filed, county.visited)],
        "draws.new": ["/inspections/draws/new"],
        "draws.one": [f"/inspections/draws/{county.draw}"],
        "draws.overview": ["/inspections/draws"],
        "draws.whole_list": [f"/inspections/draws/{county.draw}/list.csv"],
        "matches.overview": ["/inspections/joint-dates?year=2027", "/inspections/joint-dates?year=2026"],
        "matches.proposal": [f"/inspections/joint-dates/{county.proposal}"],
        "matches.wishes": ["/inspections/joint-dates/wishes?year=2027"],
        "space.verify_form": ["/inspections/verify", f"/inspections/verify?code={county.announced}"],
        "space.verify": [f"/inspections/verify/{each}" for each in (county.announced, county.notice)],
        "space.report_form": ["/inspections/report"],
        "space.follow": [f"/inspections/report/{county.report_code}"],
        "space.reports": [f"/inspections/reports?box={box}" for box in ("open", "refused", "answered")],
        "space.report_one": [f"/inspections/reports/{each}" for each in county.reports],
        "space.ratings": ["/inspections/ratings"],
        "space.home": ["/enterprise", "/enterprise?year=2027"],
        "space.month": ["/enterprise/2026/11", "/enterprise/2026/12"],
        "space.visits": ["/enterprise/visits"],
        "space.sheet": ["/enterprise/2026/sheet"],
        "space.feed": [county.feed],
        "plans.afterwards": ["/inspections/plans/afterwards"],
        "plans.benchmarks": ["/inspections/benchmarks"],
        "plans.edit": [f"/inspections/plans/{each}/edit" for each in (county.plan, county.hidden)],
        "plans.form": [f"/inspections/plans/{county.plan}/form"],
        "plans.matters": ["/inspections/matters"],
        "plans.yearly": ["/inspections/yearly", "/inspections/yearly?year=2027"],
        "plans.yearly_edition": ["/inspections/yearly/MR/2027"],
        "plans.new": ["/inspections/plans/new"],
        "plans.recheck": [f"/inspections/plans/{county.visited}/recheck"],
        "plans.plan": [f"/inspections/plans/{each}" for each in (county.plan, county.hidden, county.drafted)],
        "plans.plan_list": ["/inspections/plans", "/inspections/plans?box=filed", "/inspections/plans?box=over"],
        "network.network": ["/network", "/network?q=下梁"],
        "openness.healthz": ["/healthz"],
        "openness.help": ["/help"],
        "openness.home": ["/"],
        "openness.open_data": ["/open-data/"],
        "openness.open_table": [f"/open-data/{table}.{kind}" for table in tables for kind in ("csv", "json")],
        "openness.readyz": ["/readyz"],
        "supervision.cases": ["/manage/mail-room/cases?group=department-MR", "/manage/mail-room/cases?kind=despite"],
        "supervision.mail_room": ["/powers/mail-room", "/powers/mail-room?by=despite"],
        "supervision.mail_room_items": ["/powers/mail-room/items", f"/powers/mail-room/items?group=point-{point['town']}"],
        "supervision.mail_room_of": ["/powers/mail-room/MR"],
        "supervision.overview": [
            "/manage/mail-room", "/manage/mail-room?of=point&by=missing", f"/manage/mail-room?of=window&point={point['county']}",
        ],
        "replays.what_if": [
            f"/manage/instruments/{county.draft}/what-if", f"/manage/instruments/{county.draft}/what-if?from=2026-11-01&until=2026-11-23",
            f"/manage/instruments/{county.signed}/what-if",
        ],
    }  # fmt: skip


def rules(app: Flask, method: str) -> Iterator[Rule]:
    """The routes of the map that answer to a method."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static" and method in (rule.methods or ()):
            yield rule


# public addresses that say more to an enterprise that is signed in
ITS_OWN = {"space.home", "space.month", "space.visits", "space.sheet"}


def who_asks(app: Flask, endpoint: str) -> list[str]:
    """The accounts for which an endpoint is there: the public and one of staff for a public one, else one of each role that may knock."""
    from portal.web.access import who_may_knock

    with app.app_context():
        who = who_may_knock(endpoint)
    if who is None:
        return ["", CAST["clerk"], *([CAST["enterprise"]] if endpoint in ITS_OWN else [])]
    return sorted(username for role, username in CAST.items() if role in who or "*" in who)


def every_get(county: County) -> list[Asked]:
    """Each GET route with each of its samples, asked by each kind of person for whom it is there."""
    given = samples(county)
    adapter = county.app.create_url_adapter(None) or county.app.url_map.bind("127.0.0.1")
    found = []
    missing = sorted({rule.endpoint for rule in rules(county.app, "GET")} - set(given))
    assert not missing, f"tests/routes.py has no sample address for {missing}: add one line for each to `samples`"
    gone = sorted(set(given) - {rule.endpoint for rule in rules(county.app, "GET")})
    assert not gone, f"tests/routes.py has samples for routes that are no more: {gone}"
    for endpoint, addresses in given.items():
        for address in addresses:
            matched, _values = adapter.match(address.partition("?")[0], "GET")
            assert matched == endpoint, f"{address} is answered by {matched}, not by {endpoint}"
            found += [Asked(endpoint, address, who) for who in who_asks(county.app, endpoint)]
    return found


def ask(county: County, asked: Asked, **headers: str) -> Any:
    """The answer as it goes over the wire, not followed; headers are given with underscores."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return county.at(asked.who).client.get(asked.address, headers=given)


def header_bytes(response: Any) -> int:
    """What the status line and the headers weigh as sent."""
    return (
        len(f"HTTP/1.1 {response.status}\r\n".encode()) + sum(len(f"{name}: {value}\r\n".encode()) for name, value in response.headers) + 2
    )


# --- what is sent ---------------------------------------------------------------------------------------------------------------


def every_post(county: County, stands: str = "county") -> dict[str, str]:
    """endpoint → an address to which something can be sent, about the case that stands there and about the draft."""
    values = {"verb": "put_on_hold", "number": county.numbers[stands], "instrument_id": county.draft, "letter_id": county.letter, "stand_in_id": 1, "place": "center", "point_code": ROOM, "consultation_id": county.question, "finding_id": county.findings[0], "task_id": county.task, "dispute_id": county.disputes[0], "file_id": 1, "posting_id": 1, "key": "a-key", "code": "S-03", "draft_id": county.applying, "ticket": county.ticket, "rating_id": 1, "tracking_code": county.codes[stands], "kind": "drafts", "ref": str(county.applying), "inquiry_id": county.inquiry, "matter_id": county.matters[0], "visit_code": county.visit_code, "ticket_id": 1, "body_code": "MR", "year": 2027, "order": 9, "inspector_id": 1, "wish_id": 1, "report_id": county.reports[0], "notice_number": county.fees["fee_open"], "day": county.fees["fee_day"]}
    adapter = county.app.url_map.bind("127.0.0.1")
    found = {}
    for rule in rules(county.app, "POST"):
        unknown = rule.arguments - set(values)
        values["number"] = county.plan if rule.endpoint.startswith("plans.") else county.joint if rule.endpoint == "joint.act" else county.licence if rule.endpoint == "licences.end" else county.numbers["closed" if rule.endpoint == "licences.check" else stands]
        is_moving = rule.endpoint.startswith("moving.")
        values |= {"kind": "point" if is_moving else "drafts", "code": ROOM if is_moving else county.notice if rule.endpoint == "space.rate" else "S-03"}
        values["verb"] = {"beside.act": "hold_hearing", "agents.act": "consent", "joint.act": "set_site"}.get(rule.endpoint, "put_on_hold")
        if rule.endpoint.startswith("inspection_visits."):
            values |= {"number": county.visited, "code": plan_story.MILL}
        values["number"] = county.batch if rule.endpoint.startswith("batches.") else values["number"]
        values["number"] = county.numbers["town"] if rule.endpoint == "consultations.answer" else values["number"]
        values["number"] = county.draw if rule.endpoint.startswith("draws.") else values["number"]
        values["code"] = county.proposal if rule.endpoint.startswith("matches.") else values["code"]
        of_fees = {"fee_notices.withdraw": "fee_case", "fee_notices.decide": "fee_waits", "cashier.pay": "fee_open", "cashier.ask_back": "fee_receipt", "cashier.decide_back": "fee_back", "fee_card.answer": "fee_report"}
        values["number"] = county.fees[of_fees[rule.endpoint]] if rule.endpoint in of_fees else values["number"]
        values["code"] = fee_story.RANGE if rule.endpoint == "fees.cancel" else values["code"]
        assert not unknown, f"tests/routes.py knows no sample for {sorted(unknown)} of {rule.rule}: add it to `every_post`"
        found[rule.endpoint] = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments}, method="POST")
    return found


SECRETS = re.compile(r'(name="(?:csrf_token|key)" value=")[^"]*')


def without_secrets(text: str, *own: str) -> str:
    """A page without what is made anew for each answer (masked token, key), and without what was asked for."""
    text = SECRETS.sub(r"\1", text)
    for each in own:
        text = text.replace(each, "…")
    return text


def token_of(browser: Browser, address: str = "/sign-in") -> str:
    """A form's token for this browser, signed in or not."""
    for form in browser.get(address).forms():
        if form["fields"].get("csrf_token"):
            return str(form["fields"]["csrf_token"])
    raise AssertionError(f"no form with a token on {address}")
