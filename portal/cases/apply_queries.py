"""What an applicant may see: the matters and drafts of the phone that gave its code; and where an application can be sent (C-1, C-18)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, select

from portal.accounts.models import Person
from portal.accounts.queries import masked_names
from portal.accounts.sealed import cipher
from portal.audit import Actor
from portal.authority import queries as authority_queries
from portal.cases.apply_models import ApplyCode, ApplySession, Draft
from portal.cases.attachment_queries import Target, list_attachments
from portal.cases.models import Case
from portal.cases.queries import CaseView, load, materials_of, places_of
from portal.catalogue import queries as catalogue
from portal.catalogue.models import Item, ItemMaterial, ItemVersion
from portal.crypto import mask_name, mask_number
from portal.database import NotFound, db
from portal.network import queries as network
from portal.network.models import ServicePoint
from portal.rules import applying
from portal.rules.applying import Taking
from portal.rules.authority import Register, chain
from portal.rules.clauses import ItemTerms, Matter, PointTerms
from portal.rules.decision import Decision
from portal.rules.moments import civil_date

CODE_CONTEXT, PHONE_CONTEXT, FIELDS_CONTEXT = "apply_code.code", "apply.phone", "draft.fields"
MOST_SHOWN = 50


def digest_of(secret: str) -> str:
    """What the database keeps of a ticket or a token."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def code_of(ticket: str) -> str:
    """The six digits of a ticket: they follow from it by the deployment's key, so that neither has to be kept."""
    digits = int(cipher().blind(ticket, CODE_CONTEXT), 16) % 10**applying.CODE_DIGITS
    return f"{digits:0{applying.CODE_DIGITS}d}"


# --- who is here ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownPhone:
    """A phone that gave its code in this browser. The number in clear is for the person's own application, never for a page."""

    session_id: int
    county_id: int
    index: str
    phone: str
    address: str = ""

    @property
    def masked(self) -> str:
        return mask_number(self.phone)

    @property
    def actor(self) -> Actor:
        """Who acts, for the record: an applicant without an account, known by the digest of the phone."""
        return Actor(None, self.county_id, f"phone {self.index}", self.address)


def known_phone(county_id: int, token: str, wall: datetime, address: str = "") -> KnownPhone | None:
    """The phone of a session's token; None where there is none, or it is over."""
    if len(token) != 43:
        return None
    row = db.session.scalar(select(ApplySession).where(ApplySession.token_hash == digest_of(token), ApplySession.county_id == county_id))
    if row is None or not applying.is_known(good_until=row.good_until, is_ended=row.ended_at is not None, wall=wall):
        return None
    return KnownPhone(row.id, county_id, row.phone_index, cipher().open(row.phone_sealed, PHONE_CONTEXT), address)


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code under way, for the page on which it is typed."""

    masked_phone: str
    good_until: datetime
    usable: Decision


def code_sent(county_id: int, ticket: str, wall: datetime) -> CodeSent:
    """The code of a ticket; NotFound for a ticket that never was."""
    row = db.session.scalar(select(ApplyCode).where(ApplyCode.county_id == county_id, ApplyCode.ticket_hash == digest_of(ticket)))
    if row is None:
        raise NotFound("code")
    usable = applying.may_use_code(good_until=row.good_until, tries=row.tries, is_used=row.used_at is not None, wall=wall)
    return CodeSent(mask_number(cipher().open(row.phone_sealed, PHONE_CONTEXT)), row.good_until, usable)


# --- where an application can be sent -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offer:
    """An item as it can be applied for now, with all that says where."""

    guide: catalogue.Guide
    item: ItemTerms
    register: Register

    @property
    def is_online(self) -> bool:
        return "online" in (self.guide.version.flags or ())

    def asked_at(self, point: PointTerms, amount_fen: int | None) -> ItemTerms:
        """The item as a matter of somebody at this point, about this amount."""
        return replace(self.item, matter=Matter(amount_fen=amount_fen, point_ids=network.path_of(point.id)))

    def taking(self, point: PointTerms, amount_fen: int | None = None) -> Taking | None:
        """The window of this point that would take it."""
        return applying.taken_by(self.register, self.asked_at(point, amount_fen), point)

    def may_send(self, point: PointTerms, amount_fen: int | None = None) -> Decision:
        """May it be sent there? The same answer lists the point and guards the sending."""
        return applying.may_send(self.item, point, self.taking(point, amount_fen), is_online=self.is_online)

    def near(self, point: PointTerms) -> list[PointTerms]:
        """The points that take it for somebody at `point`, the nearest first: their own, the town, the sub-center, the center (N-5)."""
        return [one for one in chain(point, self.item, self.register.points) if self.may_send(one)]


def offer(county_id: int, item_code: str, at: datetime) -> Offer:
    """An item that can be looked at now; NotFound for an unknown one."""
    on = civil_date(at)
    guide = catalogue.guide(county_id, item_code, on)
    item = authority_queries.item_terms_by_code(county_id, guide.code, on)
    return Offer(guide, item, authority_queries.register_for(county_id, at, [item]))


# --- drafts ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Typed:
    """What the applicant typed: it stands sealed in the draft. `paper` names materials that will be brought on paper."""

    kind: str = "natural"
    name: str = ""
    number: str = ""
    amount: int | None = None
    paper: frozenset[str] = frozenset()

    def sealed(self) -> bytes:
        body = {"kind": self.kind, "name": self.name, "number": self.number, "amount": self.amount, "paper": sorted(self.paper)}
        return cipher().seal(json.dumps(body, ensure_ascii=False), FIELDS_CONTEXT)

    @classmethod
    def opened(cls, sealed: bytes | None) -> Typed:
        if sealed is None:
            return cls()
        body = json.loads(cipher().open(sealed, FIELDS_CONTEXT))
        return cls(body["kind"], body["name"], body["number"], body["amount"], frozenset(body["paper"]))

    def lacking(self, *, asks_amount: bool) -> list[str]:
        """The fields that every application has and this one lacks."""
        fields = {"name": self.name, "number": self.number, "amount": "" if asks_amount and self.amount is None else "given"}
        return [name for name, value in fields.items() if not value]


@dataclass(frozen=True)
class DraftView:
    """A draft with all that its pages ask."""

    row: Draft
    code: str
    version: ItemVersion
    point: ServicePoint
    typed: Typed
    materials: Sequence[ItemMaterial]
    asks_amount: bool
    photos: Mapping[int | None, int] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """Whose the files are until there is a case."""
        return owner_of(self.row.id)

    @property
    def masked_name(self) -> str:
        """The name as its own summary shows it: others may look at the screen of a phone or of a village's computer."""
        return mask_name(self.typed.name) if self.typed.name and self.typed.kind == "natural" else self.typed.name

    @property
    def masked_number(self) -> str:
        return mask_number(self.typed.number) if self.typed.number else ""

    def photos_of(self, seq: int) -> int:
        return self.photos.get(seq, 0)

    def means(self, seq: int) -> applying.Means:
        return applying.means_of(photos=self.photos_of(seq), on_paper=str(seq) in self.typed.paper)


def owner_of(draft_id: int) -> str:
    return f"draft:{draft_id}"


def get_draft_for(phone: KnownPhone, draft_id: int) -> Draft:
    """A draft of this phone that was neither sent nor dropped, or was sent; NotFound for any other."""
    row = db.session.scalar(
        select(Draft).where(
            Draft.county_id == phone.county_id, Draft.id == draft_id, Draft.phone_index == phone.index, Draft.dropped_at.is_(None)
        )
    )
    if row is None:
        raise NotFound(f"draft {draft_id}")
    return row


def view_draft(row: Draft, at: datetime) -> DraftView:
    """A draft with its item as it stands today; NotFound where the item is no more."""
    code = db.session.get_one(Item, row.item_id).code
    guide = catalogue.guide(row.county_id, code, civil_date(at))
    photos: dict[int | None, int] = {}
    for shown in list_attachments(row.county_id, Target(owner=owner_of(row.id))):
        photos[shown.row.material_seq] = photos.get(shown.row.material_seq, 0) + 1
    return DraftView(
        row, guide.code, guide.version, db.session.get_one(ServicePoint, row.point_id), Typed.opened(row.fields_sealed), guide.materials,
        "amount" in (guide.version.flags or ()), photos,
    )  # fmt: skip


def count_drafts(phone: KnownPhone) -> int:
    """Drafts of this phone that wait."""
    query = select(func.count()).where(
        Draft.county_id == phone.county_id, Draft.phone_index == phone.index, Draft.case_id.is_(None), Draft.dropped_at.is_(None)
    )
    return db.session.scalar(query) or 0


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft in the list."""

    row: Draft
    version: ItemVersion
    point: ServicePoint


def list_drafts_for(phone: KnownPhone) -> list[DraftLine]:
    """The drafts of this phone that wait, the last saved first, each with the newest version of its item."""
    newest = select(func.max(ItemVersion.id)).where(ItemVersion.item_id == Draft.item_id).correlate(Draft).scalar_subquery()
    query = (
        select(Draft, ItemVersion, ServicePoint)
        .join(ItemVersion, ItemVersion.id == newest)
        .join(ServicePoint, ServicePoint.id == Draft.point_id)
        .where(Draft.county_id == phone.county_id, Draft.phone_index == phone.index, Draft.case_id.is_(None), Draft.dropped_at.is_(None))
        .order_by(Draft.saved_at.desc(), Draft.id.desc())
        .limit(applying.MOST_DRAFTS)
    )
    return [DraftLine(*row) for row in db.session.execute(query)]


# --- files that are not a case's yet ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Basket:
    """Where an applicant's files wait: a draft, or what is asked for in a case. `href` is its page, `version` what a form is drawn from."""

    owner: str
    href: str
    title: ItemVersion
    materials: Sequence[ItemMaterial]
    version: int
    draft: DraftView | None = None
    view: CaseView | None = None

    @property
    def target(self) -> Target:
        return Target(owner=self.owner)


def wanted_of(view: CaseView) -> tuple[str, ...]:
    """The codes of what a case waits for from its applicant: what was noticed and is missing, else what was promised by undertaking."""
    wanted = tuple(view.now.missing or view.now.undertaken)
    return wanted if applying.may_supplement(wanted, view.now.state) else ()


def basket(phone: KnownPhone, kind: str, ref: str, at: datetime) -> Basket:
    """The files of a draft (`drafts`, its number) or of a supplement (`supplements`, the tracking code); NotFound for those of others."""
    if kind == "drafts":
        if not (ref.isascii() and ref.isdigit() and len(ref) < 10):
            raise NotFound(ref)
        draft = view_draft(get_draft_for(phone, int(ref)), at)
        return Basket(draft.owner, f"/my/drafts/{draft.row.id}/photos", draft.version, draft.materials, draft.row.version, draft)
    view = load(case_of(phone, ref), at)
    wanted = wanted_of(view)
    materials = [row for row in materials_of(view.version.id) if str(row.seq) in wanted]
    return Basket(
        f"supplement:{view.case.id}",
        f"/my/supplements/{view.case.tracking_code}/photos",
        view.version,
        materials,
        view.case.version,
        view=view,
    )


# --- cases ----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in the list of its applicant: the name masked like everywhere (C-18)."""

    case: Case
    version: ItemVersion
    masked_name: str


def list_cases_for(phone: KnownPhone) -> list[CaseLine]:
    """The cases whose applicant has this phone, the newest first, wherever they were taken in."""
    query = (
        select(Case, ItemVersion, Person.masked_name)
        .join(Person, Person.id == Case.applicant_id)
        .join(ItemVersion, ItemVersion.id == Case.version_id)
        .where(Case.county_id == phone.county_id, Person.county_id == phone.county_id, Person.phone_index == phone.index)
        .order_by(Case.id.desc())
        .limit(MOST_SHOWN)
    )
    return [CaseLine(*row) for row in db.session.execute(query)]


def case_of(phone: KnownPhone, code: str) -> Case:
    """The case of a tracking code, if its applicant has this phone; NotFound otherwise."""
    plain = "".join(char for char in code.upper() if char.isalnum())
    found = db.session.scalar(
        select(Case)
        .join(Person, Person.id == Case.applicant_id)
        .where(Case.county_id == phone.county_id, Case.tracking_code == plain[:20], Person.phone_index == phone.index)
    )
    if found is None:
        raise NotFound(code)
    return found


def code_of_case(row: Draft) -> str:
    """The tracking code of what a draft became."""
    return db.session.get_one(Case, row.case_id).tracking_code


def receipt_for(phone: KnownPhone, code: str, at: datetime) -> CaseView:
    """The case of a tracking code as its applicant's receipt shows it: the name masked; NotFound unless it was sent by this phone."""
    view = load(case_of(phone, code), at)
    if not view.rows[0].payload.get("online"):
        raise NotFound(code)
    view.places = places_of({view.rows[0].window_id or 0, view.now.holder_window_id})
    view.materials = materials_of(view.version.id)
    view.applicant = masked_names(phone.county_id, [view.case.applicant_id])[view.case.applicant_id]
    return view
