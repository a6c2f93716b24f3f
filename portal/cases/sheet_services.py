"""Numbered paper sheets: issued in blocks, entered once each with their real moment, cancelled with a reason, photographed (C-29)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from portal.accounts.queries import SignedIn
from portal.audit import record
from portal.authority import queries as authority_queries
from portal.cases import attachment_services, queries, sheet_queries
from portal.cases import services as cases
from portal.cases.attachment_queries import Target
from portal.cases.models import Case, CaseEvent
from portal.cases.queries import CaseView
from portal.cases.services import Applicant, address_of
from portal.cases.sheet_models import IntakeCount, PaperSheet, SheetBlock, SheetPhoto
from portal.clock import Clock
from portal.database import Once, Transaction, is_sqlite, transaction
from portal.network import queries as network
from portal.network.models import Window
from portal.rules import paper_sheets as rules
from portal.rules.moments import civil_date
from portal.rules.paper_sheets import SheetNow, SheetNumber, SheetReason


@dataclass(frozen=True, slots=True)
class Written:
    """What the window says of a sheet: its number, the moment at which it was written, and why paper was needed."""

    number: str
    at: datetime
    reason: SheetReason
    note: str = ""


def issue_sheets(point_code: str, number: int, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> int:
    """Issue the next `number` numbers of the year to a point, in a block; returns the block's id. NotAllowed, NotFound."""
    if not 0 < number <= rules.MOST_IN_A_BLOCK:
        raise ValueError(f"a block has 1 to {rules.MOST_IN_A_BLOCK} sheets")
    with transaction(clock=clock, once=once) as tx:
        point = network.point_by_code(actor.county_id, point_code)
        on = civil_date(tx.now)
        permission = rules.may_issue_sheets(authority_queries.offices_of(actor.account_id, on)).or_raise()
        assert permission.by is not None and permission.by.office is not None
        network.next_number(tx, actor.county_id, "sheet-block", on.year)  # one block after the other: no two begin at one number
        query = select(func.max(SheetBlock.last)).where(SheetBlock.county_id == actor.county_id, SheetBlock.year == on.year)
        first = (tx.session.scalar(query) or 0) + 1
        block = SheetBlock(
            county_id=actor.county_id, point_id=point.id, year=on.year, first=first, last=first + number - 1, issued_at=tx.now,
            issued_by_id=actor.account_id, office_id=permission.by.office,
        )  # fmt: skip
        tx.session.add(block)
        tx.session.flush()
        tx.result = f"/sheets/{block.id}"
        record(
            tx, actor.actor, "sheets.issue", f"sheets:{block.id}", point=point_code, first=str(SheetNumber(on.year, first)), sheets=number,
            office=permission.by.office,
        )  # fmt: skip
        return block.id


def _locked(tx: Transaction, county_id: int, text: str) -> tuple[SheetNow | None, SheetBlock | None]:
    """What is known of a number, read after its block was locked: two who enter one number at once do so one after the other."""
    number = SheetNumber.of(text)
    block = sheet_queries.block_of(county_id, number)
    if block is not None:
        tx.lock(select(SheetBlock).where(SheetBlock.id == block.id))
    return sheet_queries.sheet_now(county_id, number), block


def enter_sheet(
    written: Written, item_code: str, applicant: Applicant, materials: Sequence[Mapping[str, object]], *, window_id: int,
    amount_fen: int | None = None, has_photo: bool = False, actor: SignedIn, clock: Clock, once: Once | None = None,
) -> Case:  # fmt: skip
    """Enter a case from a sheet of this window's point; the paper's time is the time received. Returns the new case.

    `has_photo`: its photo came along and is added next; else the page for it comes next.

    NotAllowed where the sheet cannot be entered, or where the window may not begin the case by the clause of then or of now.
    """
    with transaction(clock=clock, once=once) as tx:
        point_id = tx.session.get_one(Window, window_id).point_id
        sheet, block = _locked(tx, actor.county_id, written.number)
        # asked before the moment is read, since registering takes locks of its own; a moment that is past now is past then
        rules.may_enter_sheet(
            sheet, point_id=point_id, written_at=written.at, now=clock.now(), reason=written.reason, note=written.note
        ).or_raise()  # fmt: skip
        assert sheet is not None and block is not None
        said = {"sheet": str(sheet.number), "reason": written.reason.value}
        case = cases.collect(
            item_code, applicant, materials, window_id=window_id, amount_fen=amount_fen, at=written.at, extra=said, actor=actor, clock=clock,
            once=once,
        )  # fmt: skip
        calendar = network.calendar_of(actor.county_id)
        late = rules.is_late(written.at, tx.now, calendar)
        _keep(
            tx, block, sheet.number, actor, case_id=case.id, reason=written.reason.value, note=written.note, written_at=written.at,
            due_on=rules.entry_due_on(written.at, calendar), is_late=late, window_id=window_id,
        )  # fmt: skip
        if not has_photo:
            tx.result = f"{address_of(case.number)}/sheet-photo"
        record(tx, actor.actor, "sheet.enter", f"sheet:{sheet.number}", case=case.number, written_at=written.at, late=late)
        return case


def _keep(tx: Transaction, block: SheetBlock, number: SheetNumber, actor: SignedIn, **facts: Any) -> PaperSheet:
    row = PaperSheet(
        county_id=block.county_id, block_id=block.id, point_id=block.point_id, year=number.year, serial=number.serial, entered_at=tx.now,
        entered_by_id=actor.account_id, **facts,
    )  # fmt: skip
    tx.session.add(row)
    tx.session.flush()
    return row


def cancel_sheet(text: str, why: str, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> SheetNumber:
    """Cancel a spoilt sheet of one's own point, with a reason; its number is never used again."""
    with transaction(clock=clock, once=once) as tx:
        sheet, block = _locked(tx, actor.county_id, text)
        rules.may_cancel_sheet(sheet, at_points=_points_of(actor), why=why).or_raise()
        assert sheet is not None and block is not None
        _keep(tx, block, sheet.number, actor, note=why, is_late=False)
        tx.result = "/cases/from-sheet"
        record(tx, actor.actor, "sheet.cancel", f"sheet:{sheet.number}")
        return sheet.number


def _points_of(actor: SignedIn) -> frozenset[int]:
    """Where the person is posted today: what another point was given is not theirs to cancel."""
    return frozenset(posting.point_id for posting in actor.postings)


def add_photo(case_number: str, content: bytes, *, actor: SignedIn, clock: Clock, once: Once | None = None) -> None:
    """Add the photo of the sheet to the files of its case, once. NotTaken, NotAllowed or NotFound where it is not added."""
    case = queries.case_for(actor, case_number, clock.today())
    if sheet_queries.sheet_of_case(case.id).has_photo:
        with transaction(clock=clock, once=once):  # sent again it leads where it led; anything else is refused
            rules.may_add_photo(has_photo=True).or_raise()
    file_id = attachment_services.attach(
        Target(case.id), content, None, actor=actor.actor, clock=clock, once=once, result=address_of(case_number)
    )  # a picture is taken apart before the writers' queue, so this is a transaction of its own
    with transaction(clock=clock) as tx:
        tx.lock(select(Case).where(Case.id == case.id))
        sheet = sheet_queries.sheet_of_case(case.id)
        if sheet.has_photo:
            return
        tx.session.add(SheetPhoto(county_id=case.county_id, sheet_id=sheet.row.id, attachment_id=file_id))
        tx.session.flush()
        record(tx, actor.actor, "sheet.photo", f"sheet:{sheet.number}", case=case_number, file=file_id)


# --- what is kept -----------------------------------------------------------------------------------------------------------------


def count_intake(tx: Transaction, view: CaseView, event: CaseEvent) -> None:
    """Count a case that begins now at its point, and whether it came from a sheet: `after_event` of cases. The record has it as the act."""
    if event.seq != 1:
        return
    case = view.case
    from_sheet = int(bool(dict(event.payload or {}).get("sheet")))
    insert: Any = (sqlite.insert if is_sqlite() else postgresql.insert)(IntakeCount).values(
        county_id=case.county_id, year=civil_date(tx.now).year, point_id=case.point_id, cases=1, from_sheets=from_sheet
    )
    more = {name: getattr(IntakeCount, name) + insert.excluded[name] for name in ("cases", "from_sheets")}
    tx.session.execute(insert.on_conflict_do_update(index_elements=["county_id", "year", "point_id"], set_=more))
