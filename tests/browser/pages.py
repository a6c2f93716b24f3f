"""Every page of the site, with an address and somebody who may see it: what axe, the HTML parser and the narrow screen are shown.

A route without a sample fails `test_html.py`: add it to `SAMPLES`, or say in `NOT_PAGES` why it is no page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.browser.desk import Desk, Site
from tests.cases import applying, joint_story, story, uploads
from tests.fees import fee_story
from tests.inspections import draw_story, joint_date_story, plan_story, space_story, visit_story
from tests.people import Browser, Page

NOT_PAGES = {
    "static": "files",
    "imports.template": "CSV",
    "inspections.quiet_today": "JSON",
    "space.feed": "iCalendar",
    "openness.open_table": "CSV and JSON",
    "draws.whole_list": "CSV",
    "openness.healthz": "JSON",
    "apply.photo": "the file itself",
    "apply.where": "JSON",
    "attachments.attachment": "the file itself",
    "attachments.where": "JSON",
    "double_intake.template": "CSV",
    "openness.readyz": "JSON",
}

AGENT, TOWN, CLERK, CHIEF, MANAGER, HEAD = "village-xialiang", "town-xialiang", "window-mr", "chief-mr", "manager", "dept-mr"

# endpoint → who looks, and at which addresses; names in braces are made by `prepare`
SAMPLES: dict[str, list[tuple[str, str]]] = {
    "openness.home": [("", "/"), (AGENT, "/"), (MANAGER, "/")],
    "openness.help": [("", "/help")],
    "openness.open_data": [("", "/open-data/")],
    "fees.fees": [("", "/fees")],
    "fees.history": [("", "/fees/F-01"), ("", "/fees/S-RANGE")],
    "fees.overview": [(MANAGER, "/manage/fees"), ("auditor", "/manage/fees")],
    "fees.new": [(MANAGER, "/manage/fees/new"), (MANAGER, "/manage/fees/new?code=S-RANGE")],
    "fees.cancel_form": [(MANAGER, "/manage/fees/S-RANGE/cancel")],
    "fees.grounds": [(MANAGER, "/manage/fees/grounds"), ("auditor", "/manage/fees/grounds")],
    "fee_notices.of_case": [(CLERK, "/cases/{fee_case}/fees"), ("center", "/cases/{fee_case}/fees"), (AGENT, "/cases/{collected}/fees")],
    "fee_notices.notice": [(CLERK, "/cases/{fee_case}/fees/{fee_open}"), (CLERK, "/cases/{fee_case}/fees/{fee_waits}")],
    "fee_notices.check": [("", "/fees/notices/{fee_code}")],
    "fee_notices.waivers": [(HEAD, "/fees/waivers")],
    "fee_notices.waiver": [(HEAD, "/fees/waivers/{fee_waits}")],
    "cashier.desk": [("cashier", "/cashier"), ("cashier", "/cashier?q=JF2026-999999")],
    "cashier.notice": [("cashier", "/cashier/notices/{fee_open}"), ("cashier", "/cashier/notices/{fee_waits}")],
    "cashier.receipt": [("cashier", "/cashier/receipts/{fee_receipt}"), ("center", "/cashier/receipts/{fee_back}")],
    "cashier.reversals": [("center", "/cashier/reversals"), ("auditor", "/cashier/reversals?box=over")],
    "cashier.close_form": [("cashier", "/cashier/day"), ("cashier", "/cashier/day?day=2026-11-20")],
    "cashier.days": [("cashier", "/cashier/days"), ("auditor", "/cashier/days")],
    "cashier.day_paper": [("center", "/cashier/days/{fee_day}"), ("cashier", "/cashier/days/{fee_day}")],
    "fee_card.card": [("enterprise-1", "/fees/card"), ("enterprise-2", "/fees/card")],
    "fee_card.audit": [("auditor", "/fees/audit")],
    "fee_card.audit_card": [("auditor", "/fees/audit/cards/91999999MA9X00011A"), (HEAD, "/fees/audit/cards/91999999MA9X00011A")],
    "fee_card.unequal": [("auditor", "/fees/audit/unequal")],
    "fee_card.report_form": [("", "/fees/report")],
    "fee_card.follow": [("", "/fees/reports/{fee_report_code}")],
    "fee_card.reports": [("supervisor", "/fees/audit/reports"), ("auditor", "/fees/audit/reports?box=over")],
    "fee_card.report_one": [("auditor", "/fees/audit/reports/{fee_report}")],
    "network.network": [("", "/network"), ("", "/network?q=下梁"), ("", "/network?q=火星")],
    "catalogue.point": [("", "/network/611026000000"), ("", "/network/611026102000"), ("", "/network/611026102002")],
    "catalogue.items": [("", "/items"), ("", "/items?q=kxfg"), ("", "/items?q=火星"), (AGENT, "/items")],
    "catalogue.item": [("", "/items/S-03")],
    "catalogue.item_places": [("", "/items/S-03/at"), ("", "/items/S-03/at?q=下梁")],
    "powers.item_at_point": [("", "/items/S-03/at/611026102002"), ("", "/items/S-03/at/611026000000")],
    "powers.powers": [
        ("", "/powers"), ("", "/powers?item=S-03"), ("", "/powers?item=S-03&point=611026102002"), ("", "/powers?point=611026102000"),
        ("", "/powers?by=instrument"), ("", "/powers?by=item"), ("", "/powers?by=item&q=火星"), ("", "/powers?by=ending"), ("", "/powers?body=MR"),
        ("", "/powers?point=611026000000"),
    ],
    "stationing.stationing": [("", "/powers/stationing"), ("", "/powers/stationing?body=MR")],
    "stationing.manage": [("center", "/manage/stationing?body=MR"), ("auditor", "/manage/stationing")],
    "stationing.negative_form": [("center", "/manage/stationing/S-03/negative-list")],
    "stationing.withdraw_form": [("center", "/manage/stationing/S-03/withdraw")],
    "letters.letters": [(MANAGER, "/manage/letters"), (HEAD, "/manage/letters?state=to_sign")],
    "letters.letter": [(MANAGER, "/manage/letters/1"), (HEAD, "/manage/letters/1")],
    "letters.new": [(MANAGER, "/manage/letters/new"), (MANAGER, "/manage/letters/new?body=MR&point=611026000000")],
    "letters.paper": [("", "/letters/MR-2025-1")],
    "stand_ins.stand_ins": [("center", "/manage/stand-ins"), (HEAD, "/manage/stand-ins"), (MANAGER, "/manage/stand-ins")],
    "postings.postings": [("center", "/manage/postings"), (HEAD, "/manage/postings?body=MR")],
    "postings.posting": [("center", "/manage/postings/2"), (HEAD, "/manage/postings/2")],
    "postings.post_form": [("center", "/manage/postings/new"), (HEAD, "/manage/postings/new?body=MR")],
    "authority.instrument_paper": [("", "/powers/{slug}")],
    "imports.form": [(MANAGER, "/manage/import")],
    "calendar.calendar": [(MANAGER, "/manage/calendar"), ("center", "/manage/calendar?year=2027")],
    "calendar.entry": [(MANAGER, "/manage/calendar/entries/1")],
    "calendar.new": [(MANAGER, "/manage/calendar/new")],
    "calendar.regional": [(MANAGER, "/manage/calendar/regional")],
    "supervision.mail_room": [("", "/powers/mail-room"), ("", "/powers/mail-room?by=missing")],
    "supervision.mail_room_items": [("", "/powers/mail-room/items?group=point-611026102000")],
    "supervision.mail_room_of": [("", "/powers/mail-room/MR")],
    "supervision.overview": [(MANAGER, "/manage/mail-room"), (MANAGER, "/manage/mail-room?of=window")],
    "supervision.cases": [(MANAGER, "/manage/mail-room/cases?group=department-MR"), (HEAD, "/manage/mail-room/cases?kind=despite")],
    "inspections.quiet_year": [("", "/quiet-days")],
    "inspections.quiet_month": [("", "/quiet-days/2026/11"), ("", "/quiet-days/2026/10")],
    "inspections.bodies": [("", "/quiet-days/bodies")],
    "quiet_rules.overview": [(MANAGER, "/manage/quiet-rules"), ("supervisor", "/manage/quiet-rules")],
    "quiet_rules.new": [(MANAGER, "/manage/quiet-rules/new")],
    "quiet_rules.days": [(MANAGER, "/manage/quiet-rules/days")],
    "quiet_rules.exemptions": [(MANAGER, "/manage/quiet-rules/exemptions")],
    "quiet_rules.caps": [(MANAGER, "/manage/quiet-rules/caps"), ("auditor", "/manage/quiet-rules/caps")],
    "inspections.check": [("inspector-mr", "/quiet-days/check"), (MANAGER, "/quiet-days/check")],
    "apply.start": [("", "/apply/S-03"), ("", "/apply/S-03?q=下梁"), ("", "/apply/S-03?from=611026102002"), (AGENT, "/apply/S-03?from=611026102002")],
    "apply.mine": [("", "/my"), (AGENT, "/my")],
    "apply.code_form": [("", "/my/code/{ticket}")],
    "apply.draft": [("", "/my/drafts/{draft_online}")],
    "apply.photos": [("", "/my/drafts/{draft_online}/photos"), ("", "/my/supplements/{code_online}/photos"), ("", "/my/supplements/{code_noticed}/photos")],
    "apply.send": [("", "/my/drafts/{draft_online}/send")],
    "apply.receipt": [("", "/my/receipt/{code_online}")],
    "ratings.rate_form": [("", "/track/{code_delivered}/rate"), ("", "/track/{code_collected}/rate"), (AGENT, "/track/{code_delivered}/rate")],
    "sheets.overview": [("center", "/manage/sheets"), ("auditor", "/manage/sheets?q=下梁")],
    "sheets.point": [("center", "/manage/sheets/611026102002"), ("supervisor", "/manage/sheets/611026102001")],
    "sheets.print_block": [("center", "/sheets/{block}"), (AGENT, "/sheets/{block}")],
    "sheets.desk": [(AGENT, "/cases/from-sheet"), (AGENT, "/cases/from-sheet?q=餐饮"), (AGENT, "/cases/from-sheet?item=S-03"), (TOWN, "/cases/from-sheet")],
    "sheets.photo": [(AGENT, "/cases/{sheet_case}/sheet-photo")],
    "inquiries.inquiries": [(CLERK, "/inquiries"), ("center", "/inquiries"), ("auditor", "/inquiries?box=late"), ("cashier", "/inquiries")],
    "inquiries.inquiry": [(CLERK, "/inquiries/{inquiry}"), ("center", "/inquiries/{inquiry}")],
    "unfinished.look_up": [("", "/unfinished")],
    "unfinished.new": [("", "/unfinished/new"), (CLERK, "/unfinished/new?point=611026102000")],
    "unfinished.follow": [("", "/unfinished/{matter_code}")],
    "unfinished.case_form": [("", "/track/{code_collected}/unfinished"), ("", "/track/{code_noticed}/unfinished")],
    "unfinished.matters": [("center", "/manage/unfinished"), ("supervisor", "/manage/unfinished?box=over")],
    "unfinished.matter": [("center", "/manage/unfinished/{matter}"), ("center", "/manage/unfinished/{answered_matter}"), ("auditor", "/manage/unfinished/{matter}")],
    "visits.visit_form": [("", "/network/611026102002/visit"), ("", "/network/611026000000/visit?on=2026-11-24&item=S-03")],
    "visits.visit": [("", "/visits/{visit}")],
    "visits.ticket": [("", "/tickets/{ticket_called}"), ("", "/tickets/{ticket_waits}")],
    "visits.ticket_paper": [("", "/tickets/{ticket_waits}/paper"), (AGENT, "/tickets/{ticket_waits}/paper")],
    "visits.tickets": [(AGENT, "/tickets"), (CLERK, "/tickets"), (TOWN, "/tickets")],
    "double_intake.findings": [("supervisor", "/manage/double-intake"), (CHIEF, "/manage/double-intake"), ("center", "/manage/double-intake?box=answered")],
    "double_intake.finding": [(CHIEF, "/manage/double-intake/{finding}"), ("center", "/manage/double-intake/{answered}"), ("center", "/manage/double-intake/{finding}")],
    "double_intake.new": [("supervisor", "/manage/double-intake/new")],
    "double_intake.list_form": [("center", "/manage/double-intake/list")],
    "supervision_tasks.tasks": [("center", "/supervision-tasks"), ("inspector-mr", "/supervision-tasks?box=late")],
    "supervision_tasks.task": [("center", "/supervision-tasks/1")],
    "draws.overview": [("", "/inspections/draws"), ("inspector-fire", "/inspections/draws"), ("supervisor", "/inspections/draws")],
    "draws.new": [("inspector-mr", "/inspections/draws/new")],
    "draws.one": [("", "/inspections/draws/{draw}"), ("supervisor", "/inspections/draws/{hidden_draw}"), ("dept-fire", "/inspections/draws/{hidden_draw}")],
    "matches.overview": [(MANAGER, "/inspections/joint-dates?year=2027"), ("inspector-mr", "/inspections/joint-dates?year=2027"), ("inspector-mr", "/inspections/joint-dates?year=2026"), ("dept-tax", "/inspections/joint-dates?year=2027")],
    "matches.proposal": [("inspector-mr", "/inspections/joint-dates/{proposal}"), ("dept-fire", "/inspections/joint-dates/{proposal}"), (MANAGER, "/inspections/joint-dates/{proposal}")],
    "matches.wishes": [("inspector-mr", "/inspections/joint-dates/wishes?year=2027"), ("dept-fire", "/inspections/joint-dates/wishes?year=2027")],
    "plans.matters": [("", "/inspections/matters")],
    "plans.benchmarks": [("", "/inspections/benchmarks")],
    "inspection_audit.audit": [("supervisor", "/inspections/audit"), ("supervisor", "/inspections/audit?month=2026-10")],
    "plans.plan_list": [("inspector-mr", "/inspections/plans"), (HEAD, "/inspections/plans"), ("inspector-fire", "/inspections/plans?box=filed")],
    "plans.yearly": [("", "/inspections/yearly?year=2026"), (HEAD, "/inspections/yearly?year=2027")],
    "plans.yearly_edition": [(HEAD, "/inspections/yearly/MR/2027"), ("inspector-mr", "/inspections/yearly/MR/2027")],
    "plans.new": [("inspector-mr", "/inspections/plans/new")],
    "plans.afterwards": [("inspector-mr", "/inspections/plans/afterwards")],
    "plans.edit": [("inspector-mr", "/inspections/plans/{plan}/edit")],
    "plans.plan": [("inspector-mr", "/inspections/plans/{plan}"), (HEAD, "/inspections/plans/{hidden_plan}"), ("supervisor", "/inspections/plans/{hidden_plan}")],
    "plans.recheck": [("inspector-mr", "/inspections/plans/{visited}/recheck")],
    "inspection_visits.today": [("inspector-mr", "/inspections/today"), ("inspector-fire", "/inspections/today")],
    "inspection_visits.visit": [("inspector-mr", "/inspections/plans/{filed}/visit"), ("inspector-mr", "/inspections/plans/{visited}/visit"), (HEAD, "/inspections/plans/{visited}/visit")],
    "inspection_visits.notice": [("inspector-mr", "/inspections/plans/{filed}/notice")],
    "inspection_visits.result": [("inspector-mr", "/inspections/plans/{visited}/result")],
    "inspection_visits.record_form": [("inspector-mr", "/inspections/plans/{visited}/record")],
    "inspection_visits.paper_form": [("inspector-mr", "/inspections/plans/{filed}/paper")],
    "inspection_visits.penalty_form": [(HEAD, "/inspections/plans/{visited}/penalty")],
    "inspection_visits.following": [("supervisor", "/inspections/following"), ("inspector-mr", "/inspections/following?box=orders"), ("supervisor", "/inspections/following?body=MR&box=codes")],
    "inspection_visits.notices": [("inspector-mr", "/inspections/notices"), ("inspector-fire", "/inspections/notices")],
    "inspection_visits.notice_block": [("inspector-mr", "/inspections/notices/1")],
    "inspection_visits.alarms": [("supervisor", "/inspections/alarms"), (HEAD, "/inspections/alarms")],
    "inspection_visits.explain_form": [(HEAD, "/{fruitless}")],
    "plans.form": [("inspector-mr", "/inspections/plans/{plan}/form")],
    "space.verify_form": [("", "/inspections/verify"), ("enterprise-1", "/inspections/verify?code={announced}")],
    "space.verify": [("", "/inspections/verify/{announced}"), ("", "/inspections/verify/{notice}")],
    "space.report_form": [("", "/inspections/report"), ("", "/inspections/report?code={announced}")],
    "space.follow": [("", "/inspections/report/{report_code}")],
    "space.reports": [("supervisor", "/inspections/reports"), (MANAGER, "/inspections/reports?box=answered")],
    "space.report_one": [("supervisor", "/inspections/reports/{report}"), (MANAGER, "/inspections/reports/{report}")],
    "space.ratings": [("supervisor", "/inspections/ratings"), ("supervisor", "/inspections/ratings?year=2025")],
    "space.home": [("", "/enterprise"), ("enterprise-1", "/enterprise"), ("enterprise-2", "/enterprise?year=2027")],
    "space.month": [("enterprise-1", "/enterprise/2026/11"), ("enterprise-2", "/enterprise/2026/10")],
    "space.visits": [("enterprise-1", "/enterprise/visits"), ("enterprise-2", "/enterprise/visits")],
    "space.sheet": [("enterprise-1", "/enterprise/2026/sheet")],
    "disputes.disputes": [("center", "/disputes"), ("center", "/disputes?box=over"), (HEAD, "/disputes")],
    "disputes.dispute": [("center", "/disputes/{disputed}"), ("center", "/disputes/{met}"), (MANAGER, "/disputes/{met}")],
    "disputes.bodies": [("", "/disputes/bodies")],
    "moving.overview": [(MANAGER, "/manage/moving"), (MANAGER, "/manage/moving?q=下梁"), ("center", "/manage/moving?q=火星")],
    "moving.subject": [
        (MANAGER, "/manage/moving/point/611026102000"), (MANAGER, "/manage/moving/window/611026102000-G"), ("center", "/manage/moving/posting/2"),
        (MANAGER, "/manage/moving/point/611026109000"),
    ],
    "review_points.compared": [("supervisor", "/manage/review-points"), (MANAGER, "/manage/review-points?item=S-03")],
    "ratings.ratings": [("center", "/manage/ratings"), ("center", "/manage/ratings?box=all")],
    "cases.track": [("", "/track")],
    "cases.track_case": [("", "/track/{code_collected}"), ("", "/track/{code_accepted}"), ("", "/track/{code_delivered}"), ("", "/track/{code_noticed}"), ("", "/track/{fee_track}")],
    "accounts.sign_in_form": [("", "/sign-in"), ("", "/sign-in?next=/work")],
    "accounts.account": [(AGENT, "/account"), (HEAD, "/account")],
    "messages.messages": [(TOWN, "/messages"), ("auditor", "/messages")],
    "worklists.work": [
        (AGENT, "/work"), (AGENT, "/work?box=coming"), (TOWN, "/work?box=coming"), (CLERK, "/work?box=window"), (CLERK, "/work?box=mine"),
        (MANAGER, "/work"), ("auditor", "/work"), ("inspector-mr", "/work"),
    ],
    "worklists.search_form": [(AGENT, "/work/search"), (MANAGER, "/work/search")],
    "worklists.find": [],  # leads on to the case
    "cases.new": [(AGENT, "/cases/new"), (AGENT, "/cases/new?q=开小饭馆"), (AGENT, "/cases/new?q=火星"), (AGENT, "/cases/new?item=S-03"), (TOWN, "/cases/new?item=S-03")],
    "cases.detail": [
        (AGENT, "/cases/{collected}"), (AGENT, "/cases/{coming}"), (TOWN, "/cases/{coming}"), (TOWN, "/cases/{town}"),
        (TOWN, "/cases/{accepted}"), (CLERK, "/cases/{county}"), (CLERK, "/cases/{reviewed}"), (CHIEF, "/cases/{reviewed}"),
        (CLERK, "/cases/{certified}"), (AGENT, "/cases/{delivered}"), (CLERK, "/cases/{noticed}"), (CLERK, "/cases/{stopped}"),
        (HEAD, "/cases/{stopped}"),
    ],
    "attachments.attachments": [
        (AGENT, "/cases/{collected}/attachments"), (TOWN, "/cases/{town}/attachments"), (AGENT, "/cases/{delivered}/attachments"),
    ],
    "course.form": [
        (CLERK, "/cases/{reviewed}/act/stop"), (CLERK, "/cases/{reviewed}/act/withdraw"), (TOWN, "/cases/{town}/act/notice"),
        (CHIEF, "/cases/{reviewed}/act/file_refuse"), (CHIEF, "/cases/{reviewed}/act/refuse"), (HEAD, "/cases/{reviewed}/act/extend"),
        ("supervisor", "/cases/{reviewed}/act/correct"), (CLERK, "/cases/{noticed}/act/supplement"), (MANAGER, "/cases/{reviewed}/act/route"),
    ],
    "joint.board": [(CHIEF, "/joint/{joint}"), ("window-fire", "/joint/{joint}"), ("center", "/joint/{joint}")],
    "joint.new": [(CHIEF, "/joint/new"), (CHIEF, "/joint/new?package=restaurant"), (CHIEF, "/joint/new?package=restaurant&asked=1&yes=sign"), (CLERK, "/joint/new?package=restaurant&asked=1")],
    "joint.package": [("", "/packages/restaurant"), ("", "/packages/restaurant?asked=1&yes=sign")],
    "joint.packages": [("", "/packages")],
    "joint.receipt": [(CHIEF, "/joint/{joint}/receipt")],
    "joint.track": [("", "/joint/track/{code_joint}")],
    "joint.usage": [("center", "/manage/joint"), (MANAGER, "/manage/joint?year=2025")],
    "joint.waiting": [("window-fire", "/joint/waiting"), (CHIEF, "/joint/waiting"), ("town-yingpan", "/joint/waiting")],
    "licences.look_up": [("", "/licences"), ("", "/licences?number={licence}")],
    "licences.ledger": [("center", "/manage/licences")],
    "licences.licence": [(HEAD, "/licences/{licence}"), ("center", "/licences/{licence}")],
    "licences.renews_form": [(CLERK, "/cases/{stopped}/renews")],
    "licences.checks": [("center", "/manage/commitments")],
    "licences.check_form": [],  # the demonstration has no commitment yet; tests/cases/test_licences.py looks at the page
    "handoffs.legs": [(TOWN, "/cases/{town}/legs"), (CLERK, "/cases/{county}/legs"), (AGENT, "/cases/{collected}/legs")],
    "handoffs.papers": [(TOWN, "/cases/{coming}/legs/receive_paper"), (AGENT, "/cases/{coming}/legs/receive_paper")],
    "handoffs.awaited": [(TOWN, "/work/papers"), (AGENT, "/work/papers")],
    "legs.overview": [("center", "/manage/legs"), ("supervisor", "/manage/legs?box=ended")],
    "consultations.consultations": [(CLERK, "/cases/{county}/consultations"), (TOWN, "/cases/{county}/consultations")],
    "consultations.asked": [(TOWN, "/work/asked"), (AGENT, "/work/asked")],
    "batches.batches": [(TOWN, "/work/batches"), (CLERK, "/work/batches")],
    "batches.new": [(AGENT, "/batches/new"), (TOWN, "/batches/new")],
    "batches.batch": [(TOWN, "/batches/{batch}"), (AGENT, "/batches/{batch}")],
    "batches.paper_list": [(AGENT, "/batches/{batch}/list")],
    "beside.people": [(CLERK, "/cases/{stopped}/people"), ("center", "/cases/{stopped}/people")],
    "beside.form": [
        (CLERK, "/cases/{stopped}/people/name_agent"), (CLERK, "/cases/{stopped}/people/tell_party"), (CLERK, "/cases/{stopped}/people/check_site"),
        (CLERK, "/cases/{stopped}/people/ask_hearing"), (CHIEF, "/cases/{stopped}/people/set_hearing"),
    ],
    "ways.route": [(AGENT, "/cases/{delivered}/route"), (AGENT, "/cases/{coming}/route"), (CLERK, "/cases/{reviewed}/route")],
    "agents.service": [(AGENT, "/cases/{carried}/agent"), ("center", "/cases/{carried}/agent"), (AGENT, "/cases/{delivered}/agent")],
    "agents.paper": [(AGENT, "/cases/{carried}/agent/form")],
    "agents.form": [
        (AGENT, "/cases/{carried}/agent/consent"), (AGENT, "/cases/{carried}/agent/carry"), (AGENT, "/cases/{carried}/agent/end_consent"),
        (AGENT, "/cases/{carried}/agent/deliver"), (CLERK, "/cases/{county}/agent/carry"),
    ],
    "agents.day": [(AGENT, "/agents/day"), (CLERK, "/agents/day")],
    "agents.rooms": [("center", "/manage/agents")],
    "course.why": [(CLERK, "/cases/{reviewed}/why"), (CLERK, "/cases/{stopped}/why"), (AGENT, "/cases/{delivered}/why")],
    "course.refusals": [("center", "/manage/refusals"), ("center", "/manage/refusals?state=returned")],
    "course.clocks": [("center", "/manage/clocks")],
    "cases.receipt": [(AGENT, "/cases/{collected}/receipt")],
    "papers.check": [("", "/papers")],
    "papers.form": [(AGENT, "/cases/{collected}/papers/form/delivery")],
    "papers.paper": [
        (AGENT, "/cases/{delivered}/papers/{paper_receipt}"), (AGENT, "/cases/{delivered}/papers/{paper_acceptance}"),
        (AGENT, "/cases/{delivered}/papers/{paper_decision}"), (AGENT, "/cases/{delivered}/papers/{paper_delivery}?size=a5"),
        (AGENT, "/cases/{delivered}/papers/{paper_decision}?size=80mm"),
    ],
    "papers.papers": [(AGENT, "/cases/{collected}/papers"), (AGENT, "/cases/{delivered}/papers"), (CLERK, "/cases/{reviewed}/papers")],
    "papers.verify": [("", "/papers/{paper_code}")],
    "authority.instruments": [(MANAGER, "/manage/instruments"), (MANAGER, "/manage/instruments?state=ended"), (HEAD, "/manage/instruments")],
    "authority.instrument": [
        (MANAGER, "/manage/instruments/{draft}"), (HEAD, "/manage/instruments/{draft}"), (MANAGER, "/manage/instruments/{signed}"),
        (MANAGER, "/manage/instruments/1"), (HEAD, "/manage/instruments/1"),
    ],
    "authority.ceilings": [(MANAGER, "/manage/ceilings"), (HEAD, "/manage/ceilings")],
    "authority.management": [(MANAGER, "/manage"), ("center", "/manage")],
    "authority.gaps": [(MANAGER, "/manage/gaps")],
    "authority.confirmations": [(MANAGER, "/manage/confirmations"), (HEAD, "/manage/confirmations")],
    "authority.draft_form": [
        (MANAGER, "/manage/instruments/new"), (MANAGER, "/manage/instruments/new?body=MR&mandate=entrustment"),
        (MANAGER, "/manage/instruments/new?body=MR&mandate=internal"),
    ],
    "authority.change_form": [(MANAGER, "/manage/instruments/{draft}/change")],
    "replays.what_if": [
        (MANAGER, "/manage/instruments/{draft}/what-if?from=2026-11-01&until=2026-11-23"), (HEAD, "/manage/instruments/{draft}/what-if"),
    ],
    "matrix.matrix": [
        (MANAGER, "/manage/matrix"), (HEAD, "/manage/matrix?body=MR"), (MANAGER, "/manage/matrix?point=611026102000"),
        (MANAGER, "/manage/matrix?window=611026102000-G"), (MANAGER, "/manage/matrix?item=S-03"),
    ],
    "explain.explain": [(TOWN, "/authority/explain"), (TOWN, "/authority/explain?power=review&item=S-03&window=611026102000-G")],
}  # fmt: skip

# answers that are no 200: nothing here, not allowed
REFUSALS: list[tuple[str, str, int]] = [
    ("", "/papers?code=ABCDEFGHJKLM", 404),
    ("", "/licences?number=none", 404),
    ("", "/no-such-page", 404),
    ("", "/inspections/verify/ABCDEFGHJK", 404),
    ("", "/track?code=AAAA-BBBB-CCCC", 404),
    (AGENT, "/cases/611026-20261123-9999", 404),
    ("town-yingpan", "/cases/{collected}", 404),
    (AGENT, "/manage/instruments", 403),
    ("", "/work", 401),
]


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looks at an address and should get this status."""

    username: str
    address: str
    status: int = 200

    def __str__(self) -> str:
        return f"{self.username or 'public'} {self.address}"


def prepare(site: Site) -> dict[str, str]:
    """The matters and papers that the sample addresses name, made once a site; name → what stands in the address."""
    if "names" not in site.kept:
        site.kept["names"] = _made(site.browse)
    names: dict[str, str] = site.kept["names"]
    return names


def _made(browse: Callable[..., Any]) -> dict[str, str]:
    agent, town, clerk, chief = browse(AGENT), browse(TOWN), browse(CLERK), browse(CHIEF)
    stages = ("collected", "coming", "town", "accepted", "county", "reviewed", "certified", "delivered")
    names: dict[str, str] = {}
    for index, stage in enumerate(stages):
        number = names[stage] = story.collect(agent)
        steps: list[Callable[[], Any]] = [
            lambda n=number: story.send(agent, n),
            lambda n=number: story.do(town, n, "receive"),
            lambda n=number: story.do(town, n, "accept"),
            lambda n=number: (story.send(town, n), story.do(clerk, n, "receive")),
            lambda n=number: story.do(clerk, n, "review"),
            lambda n=number: (story.do(chief, n, "decide"), story.do(chief, n, "certify")),
            lambda n=number: (
                story.send(clerk, n), story.do(town, n, "receive"), story.send(town, n), story.do(agent, n, "receive"),
                story.do(agent, n, "deliver"),
            ),
        ]  # fmt: skip
        for step in steps[:index]:
            step()
        receipt = agent.get(f"/cases/{number}/receipt") if stage in {"collected", "accepted", "delivered"} else None
        if receipt is not None:
            found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", receipt.words)
            assert found, receipt.words
            names[f"code_{stage}"] = found[0]
    for content in (uploads.photo(), uploads.pdf()):
        assert uploads.hand_in(town, names["town"], content).status == 200
    names |= applying.names(browse(), Browser(browse().app))
    carried = names["carried"] = story.collect(agent)
    agent.press(agent.get(f"/cases/{carried}/agent/consent"), "/agent/consent", result="y", area="三组（示例）")
    page = agent.get(f"/cases/{carried}/agent/carry")
    first = re.search(r'name="original-(\d+)"', page.text)
    assert first, page.words[:500]
    assert agent.press(page, "/agent/carry", **{f"original__{first[1]}": "1"}).status == 200
    papers = re.findall(r"/papers/(\d+)", agent.get(f"/cases/{names['delivered']}/papers").text)
    names |= {f"paper_{kind}": number for kind, number in zip(("receipt", "acceptance", "decision", "delivery"), papers, strict=True)}
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", agent.get(f"/cases/{names['delivered']}/papers/{names['paper_decision']}").words)
    assert found, "the decision bears no code"
    names["paper_code"] = found[0]
    for stage in ("noticed", "stopped"):
        names[stage] = story.collect(clerk)
    done = clerk.press(clerk.get(f"/cases/{names['noticed']}/act/notice"), "/act/notice", miss__1="1", why__1="照片不清楚（示例）")
    assert done.status == 200, done.words[:400]
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", clerk.get(f"/cases/{names['noticed']}/receipt").words)
    assert found, "the receipt bears no code"
    names["code_noticed"] = found[0]
    story.do(clerk, names["stopped"], "accept")
    page = clerk.get(f"/cases/{names['stopped']}/act/stop")
    assert clerk.press(page, "/act/stop", cause="test", until="2026-12-04", note="送检（示例）").status == 200
    names |= _on_paper(browse) | _disputed(browse)
    names |= _first_asked(browse) | _planned(browse) | fee_story.standing(browse().app, browse)
    names["joint"] = joint_story.opened(chief, "sign")
    done = joint_story.act(browse("window-fire"), names["joint"], "ask", miss__4="1", why__4="没有标疏散通道（示例）")
    found = re.search(r'href="/joint/track/([0-9A-Z-]+)"', done.text)
    assert found, done.words[:400]
    names["code_joint"] = found[1]
    names |= _handoffs(browse, names)
    found = re.search(r'href="/licences/([^"]+)"', browse("center").get("/manage/licences").text)
    assert found, "no licence was made"
    names["licence"] = found[1]
    manager, head = browse(MANAGER), browse(HEAD)
    for stage in ("draft", "signed"):
        page = manager.press(
            manager.get("/manage/instruments/new?body=MR&mandate=entrustment"), "/manage/instruments/new", id="draft", **story.ENTRUSTED
        )
        assert page.status == 200, page.words[:800]
        names[stage] = page.path.rsplit("/", 1)[1]
    page = head.press(head.get(f"/manage/instruments/{names['signed']}"), "/sign")
    assert page.status == 200, page.words[:800]
    slug = re.search(r'href="/powers/([^"?]+)"', browse().get("/powers?by=instrument").text)
    assert slug, "no instrument is public"
    return names | {"slug": slug[1]}


def _handoffs(browse: Callable[..., Any], names: dict[str, str]) -> dict[str, str]:
    """Two cases of the room sent together, and a question about the one at the county."""
    agent, clerk = browse(AGENT), browse(CLERK)
    for _ in range(2):
        story.collect(agent)
    page = agent.get("/batches/new")
    form = page.form("/batches/send")
    to = re.search(r'<option value="(\d+)"[^>]*>[^<]*下梁', page.text)
    boxes = [box for box in re.findall(r'name="case-([0-9-]+)" value="(\d+)"', page.text) if box[0] not in names.values()]
    assert to and boxes, page.words[:500]
    done = agent.post(form["action"], {**form["fields"], "to": to[1], **{f"case-{number}": version for number, version in boxes[-2:]}})
    assert done.path.startswith("/batches/"), done.words[:500]
    address = f"/cases/{names['county']}/consultations"
    page = clerk.get(address)
    asked = re.search(r'<option value="(\d+)"[^>]*>[^<]*下梁', page.text)
    assert asked, page.words[:500]
    typed = {"kind": "opinion", "window": asked[1], "question": "店面是否在你镇？（示例）", "due_on": "2026-11-25"}
    assert clerk.press(page, "/ask", **typed).status == 200
    return {"batch": done.path.rpartition("/")[2]}


def _on_paper(browse: Callable[..., Any]) -> dict[str, str]:
    """Sheets of the room, a case entered from one, and two findings of double intake."""
    center, agent, supervisor, head = browse("center"), browse(AGENT), browse("supervisor"), browse(HEAD)
    page = center.press(center.get("/manage/sheets/611026102002"), "/manage/sheets/611026102002", number="5")
    names = {"block": page.path.rsplit("/", 1)[1]}
    sheet = re.search(r"\d{4}-\d{5}", page.words)
    assert sheet, page.words[:500]
    page = agent.get("/cases/from-sheet?item=S-03")
    said = {"sheet": sheet[0], "on": "2026-11-23", "time": "09:00", "why": "line"}
    names["sheet_case"] = agent.press(page, "/cases/from-sheet", **said, **story.APPLICANT, **story.materials(page)).path.split("/")[2]
    for name, number in (("finding", "示例〔2026〕1号"), ("answered", "示例〔2026〕2号")):
        page = supervisor.get("/manage/double-intake/new")
        body = re.search(r'<option value="(\d+)"[^>]*>[^<]*市场监督管理局', page.text)
        assert body, page.words[:500]
        typed = {"body": body[1], "source": "certificate", "number": number, "item": "S-03", "what": "店内挂证（示例）"}
        names[name] = supervisor.press(page, "/manage/double-intake/new", **typed).path.rsplit("/", 1)[1]
    address = f"/manage/double-intake/{names['answered']}"
    assert head.press(head.get(address), "/answer", said="已补录（示例）").status == 200
    return names


def _disputed(browse: Callable[..., Any]) -> dict[str, str]:
    """Two cases that bodies sent to and fro; about the first of them they have met."""
    agent, town, clerk, center = browse(AGENT), browse(TOWN), browse(CLERK), browse("center")
    names: dict[str, str] = {}
    for name in ("met", "disputed"):
        number = story.collect(agent)
        story.send(agent, number)
        for verb in ("receive", "accept"):
            story.do(town, number, verb)
        for _time in range(2):
            story.send(town, number)
            clerk.press(clerk.get(f"/cases/{number}"), "/return_leg", kind="not_ours", whose="乡镇（示例）", reason="不属我窗口（示例）")
        found = re.search(r'href="(/disputes/\d+)"', center.get(f"/cases/{number}").text)
        assert found, "there is no dispute"
        names[name] = found[1].rsplit("/", 1)[1]
        if name == "met":
            assert center.press(center.get(found[1]), "/meet", minutes="两家当面核对（示例）").status == 200
    return names


def _planned(browse: Callable[..., Any]) -> dict[str, str]:
    """An announced plan that is approved, and an unannounced one that waits for its decision."""
    inspector = browse("inspector-mr")
    plan_story.yearly(inspector.app)
    plan = plan_story.approved(inspector, browse(HEAD))
    hidden = plan_story.number_of(plan_story.draft(inspector, announced="0", first_on="2026-11-30", kind="individual"))
    assert plan_story.step(inspector, hidden, "submit").status == 200
    head = browse(HEAD)
    visit_story.drawn(inspector)
    breach = {**visit_story.BREACH, "due_on": "2026-12-10"}
    visited = visit_story.emergency(inspector, head, "2026-11-20", "91999999MA9X000975", said=breach)
    filed = visit_story.filed(inspector, head, first_on="2026-11-23", enterprise="91999999MA9X00054P", matter="MR-02", **visit_story.COMPLAINT)
    fire = browse("inspector-fire")
    names = {"draw": draw_story.published(fire, browse("dept-fire"))}
    names["hidden_draw"] = draw_story.number_of(draw_story.draft_of_fire(fire))
    names["proposal"] = joint_date_story.proposed(inspector, fire, browse(MANAGER))
    return names | {"plan": plan, "hidden_plan": hidden, "visited": visited, "filed": filed, "fruitless": visit_story.fruitless(inspector, head)[0].lstrip("/")} | _space(browse)


def _space(browse: Callable[..., Any]) -> dict[str, str]:
    """A visit that took place, one that is announced, and a report of one without a code."""
    inspector, public = browse("inspector-mr"), browse()
    done = space_story.filed(inspector, browse(HEAD), kind="individual", first_on="2026-11-26")
    space_story.happen(public.app, done, "code_shown", "entered", "left")
    announced = space_story.filed(inspector, browse(HEAD), kind="individual", first_on="2026-12-29")
    page = space_story.report(public, enterprise=plan_story.MILL, body="MR", phone="13900001234", turned_away="y")
    found = re.search(r"/inspections/reports/(\d+)", browse("supervisor").get("/inspections/reports").text)
    assert found, page.words[:400]
    codes = {"notice": space_story.code_of(public.app, done), "announced": space_story.code_of(public.app, announced)}
    return {**codes, "report_code": page.path.rsplit("/", 1)[1], "report": found[1]}


def _first_asked(browse: Callable[..., Any]) -> dict[str, str]:
    """An inquiry, matters that could not get done, a visit, and tickets: one called, one that waits."""
    clerk, center, resident = browse(CLERK), browse("center"), browse()
    page = clerk.press(clerk.get("/inquiries"), "/inquiries/log", asked="小餐饮许可在哪里办（示例）", phone="13900001234")
    names = {"inquiry": page.path.rsplit("/", 1)[1]}
    for name in ("matter", "answered_matter"):
        typed = {"point": "611026102002", "said": "说不在这里办（示例）", "phone": "13900001234"}
        page = resident.press(resident.get("/unfinished/new"), "/unfinished/open", **typed)
        names["matter_code"] = page.path.rsplit("/", 1)[1]
        found = re.search(r"/manage/unfinished/(\d+)", center.get("/manage/unfinished").text)
        assert found, page.words[:500]
        names[name] = found[1]
    assert center.press(center.get(f"/manage/unfinished/{names['answered_matter']}"), "/answer", said="已联系（示例）").status == 200
    page = resident.press(resident.get("/network/611026102002/visit"), "/visit/book", half_hour="09:30", phone="13900001234")
    names["visit"] = page.path.rsplit("/", 1)[1]
    for name, point in (("ticket_called", "611026000000"), ("ticket_waits", "611026102002")):
        page = resident.press(resident.get(f"/network/{point}/visit"), "/visit/take")
        names[name] = page.path.rsplit("/", 1)[1]
    assert clerk.press(clerk.get("/tickets"), "/tickets/call").status == 200
    return names


def looks(site: Site, *, refusals: bool = True) -> Iterator[Look]:
    """Every sample of every route, its names filled in."""
    names = prepare(site)
    for endpoint, samples in SAMPLES.items():
        if endpoint in site.app.view_functions:
            yield from (Look(who, address.format_map(names)) for who, address in samples)
    if refusals:
        yield from (Look(who, address.format_map(names), status) for who, address, status in REFUSALS)


def without_sample(site: Site) -> set[str]:
    """Routes that answer a GET and are neither among the samples nor said to be no page."""
    found = {rule.endpoint for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return found - set(SAMPLES) - set(NOT_PAGES)


# --- forms that come back ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mishap:
    """A form that is refused: who fills it in, where, the end of its action, what is typed, the status that comes."""

    name: str
    username: str
    address: str
    ending: str
    typed: dict[str, Any]
    status: int
    form: str | None = None

    def page(self, site: Site) -> Page:
        """Through the test client."""
        browser = site.browse(self.username)
        opened = browser.get(self.address.format_map(prepare(site)))
        typed = {name: value for name, value in self.typed.items() if value is not None}
        return browser.press(opened, self.ending.format_map(prepare(site)), id=self.form, drop=tuple(n for n, v in self.typed.items() if v is None), **typed)

    def at(self, desk: Desk) -> None:
        """With clicks."""
        desk.go(self.address.format_map(prepare(desk.site)))
        form = desk.page.locator(f"form#{self.form}" if self.form else f"main form[action*='{self.ending.format_map(prepare(desk.site))}']").first
        for name, value in self.typed.items():
            field = form.locator(f"[name='{name.replace('__', '-')}']").first
            if value is not None:
                field.evaluate("(field, value) => { field.value = value }", value)
        form.evaluate("form => { form.closest('details')?.setAttribute('open', ''); form.noValidate = true }")
        main = form.locator("button:not(.plain)")
        (main if main.count() else form.get_by_role("button")).last.click()
        desk.page.wait_for_load_state()


MISHAPS = [
    Mishap("wrong password", "", "/sign-in", "/sign-in", {"username": "nobody-here", "password": "wrong"}, 422),
    Mishap("empty registering", AGENT, "/cases/new?item=S-03", "/cases/new", {}, 422),
    Mishap("no mobile number", AGENT, "/my", "/my/code", {"phone": "123"}, 422),
    Mishap("wrong code", "", "/my/code/{ticket}", "/my/code/{ticket}", {"code": "12"}, 422),
    Mishap("wrong number in a draft", "", "/my/drafts/{draft_online}", "/my/drafts/{draft_online}", {"number": "123"}, 422),
    Mishap("sent without the declaration", "", "/my/drafts/{draft_online}/send", "/send", {}, 422),
    Mishap("no level chosen", "", "/track/{code_delivered}/rate", "/rate", {"words": "好"}, 422),
    Mishap("wrong number", AGENT, "/cases/new?item=S-03", "/cases/new", {"name": "陈小满", "number": "123", "phone": "x"}, 422),
    Mishap("nothing ticked in a review", CLERK, "/cases/{county}", "/review", {"note": "看过了"}, 403),
    Mishap("another window without a reason", TOWN, "/cases/{accepted}", "/hand_off", {}, 422, "to-other"),
    Mishap("changed in the meantime", TOWN, "/cases/{town}", "/accept", {"version": "1", "note": "材料齐全"}, 409),
    Mishap("empty joint matter", CHIEF, "/joint/new?package=restaurant&asked=1", "/joint/open", {}, 422),
    Mishap("nothing said to be missing", "window-fire", "/joint/{joint}", "/ask", {}, 422),
    Mishap("empty sheet", AGENT, "/cases/from-sheet?item=S-03", "/cases/from-sheet", {"sheet": "2026-99999"}, 422),
    Mishap("empty inquiry", CLERK, "/inquiries", "/inquiries/log", {"asked": ""}, 422),
    Mishap("matter without words", "", "/unfinished/new", "/unfinished/open", {"point": "611026102002"}, 422),
    Mishap("visit without a half hour", "", "/network/611026102002/visit", "/visit/book", {"phone": "1"}, 422),
    Mishap("empty finding", "supervisor", "/manage/double-intake/new", "/manage/double-intake/new", {}, 422),
    Mishap("no file chosen", AGENT, "/cases/{collected}/attachments", "/attachments", {"material": "1"}, 422),
    Mishap("empty draft", MANAGER, "/manage/instruments/new?body=MR&mandate=entrustment", "/manage/instruments/new", {"title": ""}, 422, "draft"),
    Mishap("revoking without a day", HEAD, "/manage/instruments/1", "/revoke", {}, 422, "revoke"),
    Mishap("empty check of quiet days", "inspector-mr", "/quiet-days/check", "/quiet-days/check", {"day": ""}, 422),
    Mishap("wrong old password", AGENT, "/account", "/account/password", {"current_password": "x", "new_password": "y", "again_password": "z"}, 422),
]  # fmt: skip
