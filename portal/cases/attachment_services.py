"""Files come to a case or to an applicant's draft, at once or in parts, and go from the draft to its case. Nobody else writes these tables.

Who acts is an `Actor`: staff with an account, or an applicant without one. For a case the posting at its window is asked here; for a draft
the caller has made sure that it is this applicant's. Faults of a file are `files.NotTaken` with one word; `attachment_forms.FAULTS` says
it to people.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, delete, select, text

from portal import files
from portal.audit import Actor, machine, record
from portal.cases import attachment_queries as queries
from portal.cases.attachment_queries import Target
from portal.cases.models import Attachment, Case, Upload, UploadPart
from portal.clock import Clock
from portal.database import NotFound, Once, Stale, Transaction, db, is_sqlite, transaction
from portal.files import Harmless, NotTaken
from portal.rules import attachments as rules
from portal.rules.decision import Decision


def may_attach(target: Target, actor: Actor, at: datetime) -> Decision:
    """May a file be added now? The answer that draws the form, and that guards each write."""
    number = queries.count_attachments(actor.county_id, target)
    if target.case_id is None:
        return rules.may_attach_to_draft(number)
    case = _case(target.case_id, actor.county_id)
    holds = actor.account_id is not None and queries.is_posted(actor.account_id, case.holder_id, at)
    return rules.may_attach(holds=holds, is_open=case.is_open, number=number)


def attach(
    target: Target, content: bytes, material_seq: int | None, *, actor: Actor, clock: Clock, once: Once | None = None, result: str = ""
) -> int:
    """Add a whole file; returns its id. NotTaken, NotAllowed or NotFound where it is not added. `result` is where a repetition is led."""
    may_attach(target, actor, clock.now()).or_raise()  # before a picture is taken apart, and again below
    made = files.made_harmless(content)
    with transaction(clock=clock, once=once) as tx:
        tx.result = result
        return _add(tx, target, made, material_seq, actor)


def part(target: Target, key: str, at: int, size: int, piece: bytes, *, actor: Actor, clock: Clock) -> int:
    """Add the part that begins at byte `at` of a file of `size` bytes; returns how many bytes are here now.

    A part out of its turn changes nothing: who sends goes on from the number that is returned. NotTaken for a file that is too large
    or not the one that was begun under this key; NotAllowed, NotFound.
    """
    if not 0 < size <= rules.MOST_BYTES:
        raise NotTaken("too_large" if size > 0 else "empty")
    with transaction(clock=clock) as tx:
        _one_at_a_time(tx, actor.county_id, target.holder(actor), key)
        upload = queries.find_upload(actor.county_id, target, key, actor)
        if upload is not None and upload.attachment_id is not None:
            return upload.size
        may_attach(target, actor, tx.now).or_raise()
        if upload is None:
            if at:
                return 0
            upload = _begin(tx, target, key, size, actor)
        if upload.size != size:
            raise NotTaken("other_file")
        try:
            received = rules.next_part(upload.received, size, at, len(piece))
        except ValueError:
            raise NotTaken("no_part") from None
        if received is not None:
            sealed = files.seal_part(piece, upload.id, at)
            tx.session.add(UploadPart(county_id=actor.county_id, upload_id=upload.id, at=at, content=sealed))
            upload.received = received
        return upload.received


def finish(target: Target, key: str, material_seq: int | None, *, actor: Actor, clock: Clock) -> int:
    """Make the attachment of what has come under this key; returns its id, the same one however often it is asked (C-16).

    NotTaken (`not_whole` while parts are missing, else what is wrong with the file), NotAllowed, NotFound.
    """
    upload = queries.find_upload(actor.county_id, target, key, actor)
    if upload is None:
        raise NotFound(f"upload {key}")
    if upload.attachment_id is not None:
        return upload.attachment_id
    may_attach(target, actor, clock.now()).or_raise()
    if upload.received != upload.size:
        raise NotTaken("not_whole")
    made = files.made_harmless(queries.content_of(upload))  # slow, and so before anybody waits for us
    with transaction(clock=clock) as tx:
        _one_at_a_time(tx, actor.county_id, target.holder(actor), key)
        upload = queries.find_upload(actor.county_id, target, key, actor)
        if upload is None:
            raise NotFound(f"upload {key}")
        if upload.attachment_id is None:
            upload.attachment_id = _add(tx, target, made, material_seq, actor)
            tx.session.execute(delete(UploadPart).where(UploadPart.upload_id == upload.id))
        return upload.attachment_id


def detach(
    owner: str, attachment_id: int, *, actor: Actor, clock: Clock, once: Once | None = None, result: str = "", stale: int | None = None
) -> None:
    """Take a file out of a draft, as its applicant; those of a case stay. NotFound for any other.

    `result` is where a repetition leads; `stale` the version of the draft, where the form was drawn from another one.
    """
    with transaction(clock=clock, once=once) as tx:
        if stale is not None:
            raise Stale(stale)
        tx.result = result
        row = queries.get_attachment(actor.county_id, Target(owner=owner), attachment_id)
        tx.session.execute(delete(Upload).where(Upload.attachment_id == row.id))
        tx.session.delete(row)
        record(tx, actor, "attachment.detach", owner, file=row.id)


def move_draft_to_case(tx: Transaction, owner: str, case_id: int, *, actor: Actor) -> int:
    """The draft has become a case, in this transaction: its files are the case's from now on; returns how many. What was on its way is dropped."""
    case = tx.session.get_one(Case, case_id)
    rows = list(
        tx.session.scalars(
            select(Attachment).where(Attachment.county_id == case.county_id, Attachment.owner == owner).order_by(Attachment.id)
        )
    )
    _drop(tx, select(Upload.id).where(Upload.county_id == case.county_id, Upload.owner == owner))
    for row in rows:
        row.owner, row.case_id = None, case_id
    tx.session.flush()
    if rows:
        record(tx, actor, "attachment.move", f"case:{case.number}", draft=owner, files=[row.id for row in rows])
    return len(rows)


def drop_draft(tx: Transaction, owner: str, *, actor: Actor) -> int:
    """The draft is given up, in this transaction: its files are no longer listed anywhere; returns how many there were."""
    _drop(tx, select(Upload.id).where(Upload.county_id == actor.county_id, Upload.owner == owner))
    ids = list(tx.session.scalars(select(Attachment.id).where(Attachment.county_id == actor.county_id, Attachment.owner == owner)))
    if ids:
        tx.session.execute(delete(Attachment).where(Attachment.id.in_(ids)))
        record(tx, actor, "attachment.drop", owner, files=ids)
    return len(ids)


def record_look(subject: str, attachment_id: int, *, actor: Actor, clock: Clock) -> None:
    """That a file was opened, each time (R-1). `subject` is "case:" and its number, or the draft."""
    with transaction(clock=clock) as tx:
        record(tx, actor, "attachment.look", subject, file=attachment_id)


def purge_unfinished(county_id: int, clock: Clock) -> int:
    """Delete uploads that began more than a week ago, with their parts; returns how many. Attachments stay."""
    before = clock.wall() - rules.UNFINISHED_FOR
    with transaction(clock=clock) as tx:
        gone = _drop(tx, select(Upload.id).where(Upload.county_id == county_id, Upload.started_at < before))
        if gone:
            record(tx, machine(county_id, "nightly"), "upload.purge", f"county:{county_id}", rows=gone, started_before=before)
    return gone


# --- inside ---------------------------------------------------------------------------------------------------------------------


def _case(case_id: int, county_id: int) -> Case:
    case = db.session.scalar(select(Case).where(Case.id == case_id, Case.county_id == county_id))
    if case is None:
        raise NotFound(f"case {case_id}")
    return case


def _add(tx: Transaction, target: Target, made: Harmless, material_seq: int | None, actor: Actor) -> int:
    subject = target.owner
    if target.case_id is not None:
        cases: list[Case] = tx.lock(select(Case).where(Case.id == target.case_id, Case.county_id == actor.county_id))
        subject = f"case:{cases[0].number}" if cases else ""
    may_attach(target, actor, tx.now).or_raise()
    kept = files.keep(made.content)
    row = Attachment(
        county_id=actor.county_id, case_id=target.case_id, owner=target.owner, material_seq=material_seq, media_type=kept.media_type,
        size=kept.size, digest=kept.digest, stored_at=tx.now, stored_by_id=actor.account_id,
    )  # fmt: skip
    tx.session.add(row)
    tx.session.flush()
    record(tx, actor, "attachment.add", subject or "", file=row.id, sha256=kept.digest, size=kept.size, material=material_seq)
    return row.id


def _begin(tx: Transaction, target: Target, key: str, size: int, actor: Actor) -> Upload:
    holder = target.holder(actor)
    mine = select(Upload.id).where(Upload.county_id == actor.county_id, Upload.holder == holder, Upload.attachment_id.is_(None))
    _drop(tx, mine.order_by(Upload.id.desc()).offset(rules.MOST_UNFINISHED - 1))
    upload = Upload(
        county_id=actor.county_id, case_id=target.case_id, owner=target.owner, holder=holder, key=key, size=size, received=0,
        started_at=tx.clock.wall(),
    )  # fmt: skip
    tx.session.add(upload)
    tx.session.flush()
    return upload


def _drop(tx: Transaction, uploads: Select[int]) -> int:
    """Delete uploads and their parts; the query gives their ids."""
    ids = list(tx.session.scalars(uploads))
    if ids:
        tx.session.execute(delete(UploadPart).where(UploadPart.upload_id.in_(ids)))
        tx.session.execute(delete(Upload).where(Upload.id.in_(ids)))
    return len(ids)


def _one_at_a_time(tx: Transaction, county_id: int, holder: str, key: str) -> None:
    """Two requests of one upload, as when an answer was lost, wait for each other; SQLite's writers do so anyhow."""
    if not is_sqlite():
        tx.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:k, 0))"), {"k": f"upload {county_id} {holder} {key}"})
