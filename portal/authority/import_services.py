"""Drafts of instruments from a file: the whole of it or nothing, and safe to repeat (G-1, G-3 to G-6, G-12).

One row is one clause; rows with the same key are one instrument. The file makes drafts: heads of bodies sign them like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from portal.audit import Actor
from portal.authority import queries, services
from portal.authority.models import Instrument, InstrumentSignature
from portal.catalogue.models import Item
from portal.clock import Clock
from portal.database import Once, Transaction, db, transaction
from portal.imports import Column, Outcome, Row, RowFault, RowReader, Table, Why, plain, shown
from portal.network import queries as network
from portal.rules.clauses import Condition, Handling, Mandate, Post, Power
from portal.rules.decision import NotAllowed, Reason
from portal.rules.grants import may_draft
from portal.rules.moments import civil_date

COLUMNS = (
    Column("key", "文书标识", "文書標識", must=True),
    Column("body", "授权部门", "授權部門", must=True),
    Column("mandate", "授权方式", "授權方式", must=True),
    Column("title", "文书标题", "文書標題", must=True),
    Column("basis", "依据", "依據", lines=True),
    Column("receiving", "受托单位", "受託單位"),
    Column("supersedes", "替代文号", "替代文號"),
    Column("window", "窗口编码", "窗口編碼", must=True),
    Column("powers", "权力", "權力", must=True),
    Column("items", "事项编码", "事項編碼", must=True),
    Column("from_on", "生效日期", "生效日期", must=True),
    Column("until_on", "截止日期", "截止日期"),
    Column("post", "行使岗位", "行使崗位"),
    Column("handling", "办件类型", "辦件類型"),
    Column("most_yuan", "金额上限元", "金額上限元"),
    Column("territory", "适用区域", "適用區域"),
)
EVERY_ITEM = {"*", "全部", "all"}
MOST_INSTRUMENTS = 100  # the trial waits in the writers' queue like the import, so it must be short
MOST_GRANTS = 20_000  # powers and items of all clauses together

Words = Mapping[str, Mapping[str, str]]
"""For the columns mandate, powers, post and handling: word, as `imports.plain` writes it → code."""


class _NotKept(Exception):
    """Ends the transaction with nothing written."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(slots=True)
class _Paper:
    """The rows of one instrument, with what was read of them; a line for each clause."""

    line: int
    said: dict[str, str] = field(default_factory=dict)
    body_id: int = 0
    mandate: Mandate | None = None
    receiving_id: int | None = None
    supersedes_id: int | None = None
    clauses: list[services.ClauseText] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    is_fine: bool = True

    @property
    def text(self) -> services.InstrumentText | None:
        """The instrument, where enough of it was read to ask the rules."""
        if not self.body_id or self.mandate is None or not self.said["title"]:
            return None
        return services.InstrumentText(
            body_id=self.body_id, mandate=self.mandate, title=self.said["title"], clauses=tuple(self.clauses), basis=self.said["basis"],
            receiving_body_id=self.receiving_id, supersedes_id=self.supersedes_id,
        )  # fmt: skip


def import_instruments(table: Table, *, words: Words, is_trial: bool, actor: Actor, clock: Clock, once: Once | None = None) -> Outcome:
    """Draft the instruments of a file; one that stands there already is left as it is. With a fault nothing is kept.

    A trial does the same and keeps nothing, so what it says is what the import meets. NotAllowed for who is no county manager (G-6).
    """
    if actor.account_id is None:
        raise NotAllowed(may_draft(()))
    try:
        with transaction(clock=clock, once=None if is_trial else once) as tx:
            may_draft(queries.offices_of(actor.account_id, civil_date(tx.now))).or_raise()
            outcome = _draft_all(tx, table, words, actor, clock)
            if outcome.faults or is_trial:
                raise _NotKept(outcome)
            tx.result = "/manage/instruments?state=to_sign"
            return Outcome(outcome.rows, outcome.new, outcome.unchanged, is_kept=True)
    except _NotKept as end:
        return end.outcome


def _draft_all(tx: Transaction, table: Table, words: Words, actor: Actor, clock: Clock) -> Outcome:
    faults = list(table.faults)
    papers = _Reading(actor.county_id, civil_date(tx.now), words, faults).papers(table.rows)
    new: list[str] = []
    unchanged: list[str] = []
    if len(papers) > MOST_INSTRUMENTS or sum(map(_weight, papers)) > MOST_GRANTS:
        faults.append(RowFault(0, "", Why.TOO_MUCH, {"instruments": MOST_INSTRUMENTS, "grants": MOST_GRANTS}))
        papers = []
    known = _known(tx, actor.county_id, papers)
    titles: dict[tuple[object, ...], int] = {}
    for paper in papers:
        text = paper.text
        if text is None:
            continue
        name = _name(text)
        if name in titles:
            faults.append(RowFault(paper.line, "title", Why.TWICE, {"text": shown(text.title), "line": titles[name]}))
            continue
        titles[name] = paper.line
        same, waiting = _found(known.get(name, ()), text)
        if same and paper.is_fine:
            unchanged.append(text.title)
        elif waiting and not same:
            faults.append(RowFault(paper.line, "title", Why.WAITS_ALREADY, {"text": shown(text.title)}))
        elif not same:
            try:
                services.draft(text, actor=actor, clock=clock)
                new += [text.title] if paper.is_fine else []
            except services.DraftRefused as refusal:
                faults += _said_by_rules(paper, refusal, faults)
    faults.sort(key=lambda fault: fault.line)
    return Outcome(len(table.rows), tuple(new), tuple(unchanged), tuple(faults))


_EMPTIED = {Reason.NO_POWERS: "powers", Reason.NO_ITEMS: "items", Reason.NO_FIRST_DAY: "from_on"}


def _said_by_rules(paper: _Paper, refusal: services.DraftRefused, read: list[RowFault]) -> list[RowFault]:
    """The rules' faults by line; none that only says that what could not be read is missing."""
    unread = {(fault.line, fault.column) for fault in read}
    found = []
    for fault in refusal.faults:
        place = fault.facts.get("place")
        line = paper.lines[place - 1] if isinstance(place, int) else paper.line
        is_told = fault.reason is Reason.NO_CLAUSES or (fault.reason is not None and (line, _EMPTIED.get(fault.reason)) in unread)
        if not is_told:
            found.append(RowFault(line, "", None, decision=fault))
    return found


def _weight(paper: _Paper) -> int:
    return sum(len(clause.powers) + len(clause.item_ids or ()) for clause in paper.clauses)


# --- what stands there already --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    content: tuple[object, ...]
    is_signed: bool


def _name(text: services.InstrumentText) -> tuple[object, ...]:
    """By what an instrument is known again: body, receiver, mandate and title."""
    return text.body_id, text.receiving_body_id, text.mandate.value, text.title


def _known(tx: Transaction, county_id: int, papers: list[_Paper]) -> dict[tuple[object, ...], list[_Known]]:
    """What the county has under the titles of the file."""
    titles = {paper.said["title"] for paper in papers}
    query = (
        select(Instrument, InstrumentSignature.id)
        .outerjoin(InstrumentSignature, InstrumentSignature.instrument_id == Instrument.id)
        .where(Instrument.county_id == county_id, Instrument.title.in_(titles))
    )
    found: dict[tuple[object, ...], list[_Known]] = {}
    for row, signature_id in tx.session.execute(query).all():
        clauses = queries.clauses(county_id, instrument_id=row.id, also_drafts=True)
        said = frozenset((one.window_id, one.powers, one.item_ids, one.from_on, one.until_on, one.post, one.condition) for one in clauses)
        name = (row.body_id, row.receiving_body_id, row.mandate, row.title)
        found.setdefault(name, []).append(_Known((row.basis, row.supersedes_id, said), signature_id is not None))
    return found


def _found(known: list[_Known] | tuple[()], text: services.InstrumentText) -> tuple[bool, bool]:
    """Whether it stands there with the same content, and whether one of its name still waits to be signed."""
    said = frozenset((one.window_id, one.powers, one.item_ids, one.from_on, one.until_on, one.post, one.condition) for one in text.clauses)
    content = (text.basis, text.supersedes_id, said)
    return any(one.content == content for one in known), any(not one.is_signed for one in known)


# --- reading rows ---------------------------------------------------------------------------------------------------------------


class _Reading:
    """Rows to instruments, with what the county has looked up once."""

    def __init__(self, county_id: int, on: date, words: Words, faults: list[RowFault]) -> None:
        self.county_id, self.words, self.faults = county_id, words, faults
        self.bodies = {body.code: body.id for body in network.bodies_by_id(county_id).values()}
        self.windows = {window.code: window.id for window in queries.windows(county_id, on).values()}
        self.points = {point.code: point.id for point in queries.points(county_id).values()}
        standing = {item.id for item in queries.item_terms(county_id, on=on, with_offers=False).values()}
        self.items: dict[str, int] = {}
        for item_id, code, national in db.session.execute(
            select(Item.id, Item.code, Item.national_code).where(Item.county_id == county_id).order_by(Item.id.desc())
        ):
            if item_id in standing:
                self.items |= ({national: item_id} if national and national not in self.items else {}) | {code: item_id}
        self.numbers: dict[str, int | None] = {}

    def papers(self, rows: tuple[Row, ...]) -> list[_Paper]:
        found: dict[str, _Paper] = {}
        for row in rows:
            cell = RowReader(row, self.faults)
            key = cell.text("key", 60, must=True)
            paper = found.get(key)
            if paper is None:
                paper = _Paper(row.line)
                self._head(paper, cell)
                if key:
                    found[key] = paper
            else:
                self._again(paper, cell)
            clause = self._clause(cell)
            if clause is not None:
                paper.clauses.append(clause)
                paper.lines.append(row.line)
            paper.is_fine &= cell.is_fine
        return list(found.values())

    def _head(self, paper: _Paper, cell: RowReader) -> None:
        """What the first row says of the instrument as a whole."""
        said = {
            "body": cell.text("body", 40, must=True), "mandate": cell.text("mandate", 40, must=True), "title": cell.text("title", 200, must=True),
            "basis": cell.text("basis", 2000), "receiving": cell.text("receiving", 40), "supersedes": cell.text("supersedes", 60),
        }  # fmt: skip
        paper.said = said
        paper.body_id = self._code(cell, "body", said["body"], self.bodies)
        paper.receiving_id = self._code(cell, "receiving", said["receiving"], self.bodies) or None
        code = self.words["mandate"].get(plain(said["mandate"]), "")
        if code:
            paper.mandate = Mandate(code)
        elif said["mandate"]:
            cell.wrong("mandate", Why.NOT_ON_LIST, text=shown(said["mandate"]))
        number = said["supersedes"]
        if number:
            if number not in self.numbers:
                self.numbers[number] = queries.instrument_numbered(self.county_id, number)
            paper.supersedes_id = self.numbers[number]
            if paper.supersedes_id is None:
                cell.wrong("supersedes", Why.UNKNOWN, text=shown(number))

    def _again(self, paper: _Paper, cell: RowReader) -> None:
        """A further row says the same of the instrument, or nothing."""
        for column, said in paper.said.items():
            text = cell.text(column, 2000)
            if text and text != said:
                cell.wrong(column, Why.DIFFERS, line=paper.line)

    def _clause(self, cell: RowReader) -> services.ClauseText | None:
        """The clause as far as it could be read, so that the rules are asked about the rest at once; None without a window."""
        window_id = self._code(cell, "window", cell.text("window", 40, must=True), self.windows)
        powers = [(word, self.words["powers"].get(plain(word), "")) for word in cell.several("powers")]
        for word, code in powers:
            if not code:
                cell.wrong("powers", Why.NOT_ON_LIST, text=shown(word))
        parts = cell.several("items")
        is_every = len(parts) == 1 and plain(parts[0]) in EVERY_ITEM
        items = frozenset(self._code(cell, "items", part, self.items) for part in parts) - {0} if not is_every else None
        from_on, until_on = cell.day("from_on"), cell.day("until_on")
        post = cell.word("post", self.words["post"])
        handling = cell.word("handling", self.words["handling"])
        most = cell.fen("most_yuan")
        territory = self._code(cell, "territory", cell.text("territory", 40), self.points)
        if not window_id:
            return None
        return services.ClauseText(
            window_id=window_id,
            powers=frozenset(Power(code) for _word, code in powers if code),
            item_ids=items,
            from_on=from_on,
            until_on=until_on,
            post=Post(post) if post else None,
            condition=Condition(handling=Handling(handling) if handling else None, most_fen=most, territory_id=territory or None),
        )

    def _code(self, cell: RowReader, column: str, code: str, known: Mapping[str, int]) -> int:
        """The id of what a code names; 0 where there is none, which is noted unless nothing was written."""
        found = known.get(code, 0)
        if code and not found:
            cell.wrong(column, Why.UNKNOWN, text=shown(code))
        return found
