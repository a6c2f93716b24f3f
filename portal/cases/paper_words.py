"""What the papers of a case say: values ready for their templates, in the language of the page. No rule is decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import force_locale

from portal.cases import pages, paper_queries, queries
from portal.cases.course_words import HANDED_TO
from portal.cases.models import CaseEvent
from portal.cases.paper_models import CasePaper
from portal.cases.paper_queries import RestsOn
from portal.cases.queries import CaseView
from portal.i18n import TRANSLATED, _, _lp, current_language, named, told
from portal.network import queries as network
from portal.network.models import Body, BodyKind
from portal.rules.moments import civil_date
from portal.rules.papers import LICENCE, PaperKind, Standing, standing_of
from portal.rules.remedies import Organ, Remedy, organ_of, remedies_of
from portal.rules.seals import Seal

# each kind: its title for an administrative licence, and for any other matter
TITLES: dict[PaperKind, tuple[Any, Any]] = {
    PaperKind.RECEIPT: (_lp("paper", "Receipt for materials"), _lp("paper", "Receipt for materials")),
    PaperKind.ACCEPTANCE: (_lp("paper", "Notice of acceptance (administrative licence)"), _lp("paper", "Notice of acceptance")),
    PaperKind.NOTICE: (
        _lp("paper", "One-time notice of what is missing (administrative licence)"), _lp("paper", "One-time notice of what is missing"),
    ),
    PaperKind.UNDERTAKING: (_lp("paper", "Undertaking: materials to follow"), _lp("paper", "Undertaking: materials to follow")),
    PaperKind.COMMITMENT: (_lp("paper", "Notice and commitment"), _lp("paper", "Notice and commitment")),
    PaperKind.NON_ACCEPTANCE: (
        _lp("paper", "Decision not to accept (administrative licence)"), _lp("paper", "Decision not to accept"),
    ),
    PaperKind.TURNED_AWAY: (_lp("paper", "Notice: no licence is needed"), _lp("paper", "Notice: nothing is needed")),
    PaperKind.STOP: (_lp("paper", "Notice of time outside the limit (administrative licence)"), _lp("paper", "Notice of time outside the limit")),
    PaperKind.EXTENSION: (_lp("paper", "Notice of extension (administrative licence)"), _lp("paper", "Notice of extension")),
    PaperKind.REFUSAL: (_lp("paper", "Decision to refuse an administrative licence"), _lp("paper", "Decision to refuse")),
    PaperKind.DECISION: (_lp("paper", "Decision to grant an administrative licence"), _lp("paper", "Decision to grant")),
    PaperKind.DELIVERY: (_lp("paper", "Proof of delivery"), _lp("paper", "Proof of delivery")),
    PaperKind.CLOSING: (_lp("paper", "Decision to end the handling"), _lp("paper", "Decision to end the handling")),
}  # fmt: skip
NOT_OURS = (_lp("paper", "Decision not to accept (administrative licence)"), _lp("paper", "Decision not to accept"))
CLOSINGS: dict[str, Any] = {
    "withdrawn": _lp("paper", "Notice: the application is withdrawn"),
    "lapsed": _lp("paper", "Notice: ended, not supplemented in time"),
    "forwarded": _lp("paper", "Notice: passed on to the superior body"),
}
SUPPLEMENT_RECEIPT = _lp("paper", "Receipt for supplemented materials")
STANDINGS: dict[Standing, tuple[Any, str]] = {
    Standing.VALID: (_lp("standing", "In effect"), "ok"),
    Standing.REPLACED: (_lp("standing", "Replaced by a later paper"), "warn"),
    Standing.RETURNED: (_lp("standing", "Sent back by the center: without effect"), "bad"),
    Standing.VOID: (_lp("standing", "Void"), "bad"),
}
OFFICES: dict[str, Any] = {
    "head_of_agency": _lp("office", "Head of the agency"),
    "leader_in_charge": _lp("office", "Leader in charge"),
    "head_of_government": _lp("office", "Head of government"),
    "center_management": _lp("office", "Management of the center"),
    "county_manager": _lp("office", "County manager of authority"),
    "supervisor": _lp("office", "Supervisor"),
}
CAUSES: dict[str, Any] = {
    "hearing": _lp("stop cause", "a hearing"),
    "tender": _lp("stop cause", "a tender"),
    "auction": _lp("stop cause", "an auction"),
    "inspection": _lp("stop cause", "an inspection of goods or equipment"),
    "test": _lp("stop cause", "a test"),
    "quarantine": _lp("stop cause", "a quarantine"),
    "appraisal": _lp("stop cause", "an appraisal"),
    "expert_review": _lp("stop cause", "an expert review"),
    "own_law": _lp("stop cause", "a step that the law of this matter orders"),
}
ENDINGS: dict[str, Any] = {
    "applicant_gone": _lp("ending", "the applicant died, was dissolved, or can no longer hold it"),
    "matter_gone": _lp("ending", "what the application is about is no more, or the matter was cancelled"),
    "undertaking_unmet": _lp("ending", "what was to follow did not come by its day"),
    "same_matter": _lp("ending", "another case of the same applicant is about the same"),
}
OUTCOMES = {"granted": _lp("event", "Granted"), "refused": _lp("event", "Refused")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A material that a paper names, and what is said of it."""

    name: str
    why: str = ""
    original: int = 0
    copies: int = 0


@dataclass
class Shown:
    """One paper, or the form of one that is not signed yet (`row` is none then)."""

    kind: PaperKind
    row: CasePaper | None
    title: str
    original: str  # the Chinese title, where the page is in another language
    number: str
    event_kind: str
    is_licence: bool
    said: Mapping[str, Any]
    applicant: str
    matter: str
    case_number: str
    applied_on: date
    issued_on: date | None
    body: Body | None
    standing: Standing = Standing.VALID
    basis: RestsOn = field(default_factory=RestsOn)
    point: str = ""
    place: str = ""
    handler: str = ""
    materials: Sequence[Wanted] = ()
    cause: str = ""
    until: date | None = None
    promised: date | None = None
    statutory: date | None = None
    delivery: date | None = None
    provisional: bool = False
    remedies: Sequence[Remedy] = ()
    organ: str = ""
    organ_address: str = ""
    organ_phone: str = ""
    court: str = ""
    delivered: Sequence[tuple[str, str]] = ()
    law: Any = None
    conditions: Any = None
    result: str = ""
    office: str = ""
    handed_to: str = ""
    undertaking_until: date | None = None
    stamp: str = ""
    tracking: str = ""

    @property
    def is_form(self) -> bool:
        return self.row is None

    @property
    def code(self) -> str:
        return "" if self.row is None else pages.spaced(self.row.code)

    @property
    def holds(self) -> str:
        return str(STANDINGS[self.standing][0])

    @property
    def tone(self) -> str:
        return STANDINGS[self.standing][1]

    @property
    def needs_chinese(self) -> bool:
        """What the law wants in writing holds in Chinese; in another language it is a translation (行政许可法 art. 32, 38)."""
        return current_language() == "en"


def title_of(kind: PaperKind, event_kind: str, said: Mapping[str, Any], *, is_licence: bool) -> Any:
    """The name of a paper, by what it tells."""
    if kind is PaperKind.RECEIPT and event_kind == "supplemented":
        return SUPPLEMENT_RECEIPT
    if kind is PaperKind.TURNED_AWAY and said.get("why") == "not_ours":
        return NOT_OURS[not is_licence]
    if kind is PaperKind.CLOSING and event_kind in CLOSINGS:
        return CLOSINGS[event_kind]
    return TITLES[kind][not is_licence]


def _in_chinese(title: Any) -> str:
    if current_language() != "en":
        return ""
    with force_locale(TRANSLATED[0]):
        return str(title)


def _wanted(view: CaseView, event: CaseEvent, kind: PaperKind) -> list[Wanted]:
    """The materials that a paper names, by their names of the item's own list (S-4)."""
    said = event.payload
    if kind is PaperKind.RECEIPT:
        chosen = [each for each in said.get("materials", ()) if each.get("got")]
    elif kind is PaperKind.UNDERTAKING:
        chosen = [{"code": code} for code in said["undertaking"]["codes"]]
    elif kind is PaperKind.NOTICE:
        told_before = {
            str(each["code"]): each.get("why", "") for row in view.rows if row.kind == "noticed" for each in row.payload["missing"]
        }
        asked = [each if isinstance(each, Mapping) else {"code": each} for each in said.get("missing", ())]
        chosen = [{"why": told_before.get(str(each["code"]), ""), **each} for each in asked]
    else:
        return []
    rows = {str(row.seq): row for row in view.materials or queries.materials_of(view.version.id)}
    return [
        Wanted(named(row), str(each.get("why") or ""), row.original, row.copies)
        for each in chosen
        if (row := rows.get(str(each["code"]))) is not None
    ]


def _day(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None


def paper(view: CaseView, row: CasePaper) -> Shown:
    """A paper as it was handed out, with what became of it since."""
    event = paper_queries.event_of(view.rows, row.seq)
    kind = PaperKind(row.kind)
    said = event.payload
    shown = _shown(view, kind, event.kind, said, row.seal_body_id)
    shown.row = row
    shown.number = row.number or view.case.number
    shown.stamp = str(pages.SEALS[Seal(row.seal)]) if row.seal else ""
    shown.tracking = pages.spaced(view.case.tracking_code) if kind in (PaperKind.RECEIPT, PaperKind.ACCEPTANCE) else ""
    shown.issued_on = civil_date(row.issued_at)
    shown.standing = standing_of(kind, row.seq, [queries.event_of(each) for each in view.rows])
    shown.basis = paper_queries.rests_on(event)
    place = view.places.get(event.window_id or 0)
    shown.point, shown.place = (named(place.point) if place else ""), pages.place_name(place)
    shown.handler = pages.acted_by(view, event)
    shown.materials = _wanted(view, event, kind)
    shown.promised, shown.statutory, shown.delivery = (_day(row.told.get(each)) for each in ("promised", "statutory", "delivery"))
    shown.provisional = bool(row.told.get("provisional"))
    shown.undertaking_until = _day((said.get("undertaking") or {}).get("until"))
    shown.until = shown.undertaking_until if kind is PaperKind.UNDERTAKING else _day(said.get("until"))
    if kind is PaperKind.NOTICE and shown.until is not None:
        shown.provisional = view.calendar.is_provisional(shown.until)
    shown.office = str(OFFICES.get(shown.basis.office, ""))
    shown.handed_to = str(HANDED_TO.get(str(said.get("to")), "")) if kind is PaperKind.DELIVERY else ""
    if kind is PaperKind.DELIVERY:
        shown.delivered = _handed_over(view, row.seq)
        result = next((each.payload.get("outcome") for each in view.rows if each.kind == "decided"), "")
        shown.result = str(OUTCOMES.get(str(result), ""))
    return shown


def _handed_over(view: CaseView, before: int) -> list[tuple[str, str]]:
    """What is delivered: the decision, and the certificate where there is one. (name, number)."""
    papers = [each for each in paper_queries.list_papers(view.case.id) if each.seq < before]
    decisions = [each for each in papers if each.kind in (PaperKind.DECISION, PaperKind.REFUSAL)][-1:]
    is_licence = view.item.type_code == LICENCE
    found = [(str(TITLES[PaperKind(each.kind)][not is_licence]), each.number or "") for each in decisions]
    certificate = next((each.payload.get("number") for each in view.rows if each.kind == "certified" and each.seq < before), None)
    if certificate:
        found.append((named(view.version.certificate) if view.version.certificate else _("Certificate"), str(certificate)))
    return found


def form(view: CaseView, kind: PaperKind) -> Shown:
    """A paper before its signature: the facts of the case are filled in, the rest is for the pen."""
    shown = _shown(view, kind, "", {}, None)
    shown.number = view.case.number
    place = view.places.get(view.now.holder_window_id)
    shown.point, shown.place = (named(place.point) if place else ""), pages.place_name(place)
    if kind is PaperKind.UNDERTAKING:
        later = [each for each in view.materials if each.may_come_later and str(each.seq) not in view.got]
        shown.materials = [Wanted(named(each), "", each.original, each.copies) for each in later]
    if kind is PaperKind.DELIVERY:
        shown.delivered = _handed_over(view, view.now.version + 1)
    return shown


def _shown(view: CaseView, kind: PaperKind, event_kind: str, said: Mapping[str, Any], seal_body_id: int | None) -> Shown:
    bodies = network.bodies_by_id(view.case.county_id)
    body = bodies[seal_body_id or view.item.responsible_body]
    is_licence = view.item.type_code == LICENCE
    title = title_of(kind, event_kind, said, is_licence=is_licence)
    more = view.version.more or {}
    shown = Shown(
        kind, None, str(title), _in_chinese(title), view.case.number, event_kind, is_licence, said, view.applicant, named(view.version),
        view.case.number, civil_date(view.case.collected_at), None, body, law=view.version.legal_basis, conditions=view.version.conditions,
        remedies=remedies_of(
            kind, event_kind, reconsideration_first=bool(more.get("reconsideration_first")), own_days=more.get("reconsideration_days")
        ),
    )  # fmt: skip
    if kind is PaperKind.STOP:
        shown.cause = str(CAUSES.get(str(said.get("cause")), said.get("cause", "")))
    if kind is PaperKind.CLOSING and event_kind == "terminated":
        shown.cause = str(ENDINGS.get(str(said.get("ground")), said.get("ground", "")))
    if shown.remedies:
        _name_the_doors(shown, body, bodies.values())
    return shown


def _name_the_doors(shown: Shown, body: Body, bodies: Any) -> None:
    """Whose doors they are: what the county says of the body, else what the law says of its kind."""
    more = body.more or {}
    shown.organ, shown.court = told(more.get("reconsideration")), told(more.get("court"))
    shown.organ_address, shown.organ_phone = told(more.get("reconsideration_address")), str(more.get("reconsideration_phone") or "")
    if not shown.organ:
        government = next((each for each in bodies if each.kind == BodyKind.COUNTY_GOVERNMENT), None)
        usual = {
            Organ.COUNTY_GOVERNMENT: named(government) if government else _("the people's government of the county"),
            Organ.UPPER_GOVERNMENT: _("the people's government one level up"),
            Organ.UPPER_ORGAN: _("the competent organ one level up"),
        }
        shown.organ = usual[organ_of(body.kind, body.line)]
    shown.court = shown.court or _("the people's court that has jurisdiction")


def paper_lines(view: CaseView) -> list[Shown]:
    """The papers of a case for its list."""
    events = [queries.event_of(each) for each in view.rows]
    kinds = {row.seq: row for row in view.rows}
    lines = []
    for row in paper_queries.list_papers(view.case.id):
        kind, event = PaperKind(row.kind), kinds[row.seq]
        is_licence = view.item.type_code == LICENCE
        title = title_of(kind, event.kind, event.payload, is_licence=is_licence)
        lines.append(
            Shown(
                kind, row, str(title), "", row.number or "", event.kind, is_licence, {}, "", "", view.case.number, civil_date(view.case.collected_at),
                civil_date(row.issued_at), None, standing_of(kind, row.seq, events),
            )
        )  # fmt: skip
    return lines
