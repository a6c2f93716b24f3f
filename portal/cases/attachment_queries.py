"""The files of a case or of an applicant's draft, and what is on its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal import files
from portal.accounts.models import Account, Posting
from portal.audit import Actor
from portal.authority.conditions import posting_holds
from portal.cases.models import Attachment, Upload, UploadPart
from portal.database import NotFound, db


@dataclass(frozen=True, slots=True)
class Target:
    """What a file belongs to: a case, or what an applicant prepares before there is one (`owner`, say "draft:17"). Exactly one of them."""

    case_id: int | None = None
    owner: str | None = None

    def __post_init__(self) -> None:
        if (self.case_id is None) == (not self.owner):
            raise ValueError("a file belongs to a case or to a draft")

    def holder(self, actor: Actor) -> str:
        """Whose uploads these are: the account's; of a draft those of the draft, whoever has signed in to it anew."""
        return actor.key[:80] if self.owner is None else self.owner


@dataclass(frozen=True, slots=True)
class Shown:
    """A file in a list, and who of the staff put it there (None: the applicant)."""

    row: Attachment
    by: Account | None


def list_attachments(county_id: int, target: Target) -> list[Shown]:
    """The files, the first one first."""
    query = (
        select(Attachment, Account)
        .outerjoin(Account, Account.id == Attachment.stored_by_id)
        .where(Attachment.county_id == county_id, Attachment.case_id == target.case_id, Attachment.owner == target.owner)
        .order_by(Attachment.id)
    )
    return [Shown(row, by) for row, by in db.session.execute(query)]


def count_attachments(county_id: int, target: Target) -> int:
    """How many there are."""
    query = select(func.count()).where(
        Attachment.county_id == county_id, Attachment.case_id == target.case_id, Attachment.owner == target.owner
    )
    return db.session.scalar(query) or 0


def get_attachment(county_id: int, target: Target, attachment_id: int) -> Attachment:
    """A file of this case or draft; NotFound for one of another."""
    row = db.session.scalar(
        select(Attachment).where(
            Attachment.county_id == county_id,
            Attachment.id == attachment_id,
            Attachment.case_id == target.case_id,
            Attachment.owner == target.owner,
        )
    )
    if row is None:
        raise NotFound(f"attachment {attachment_id}")
    return row


def find_upload(county_id: int, target: Target, key: str, actor: Actor) -> Upload | None:
    """An upload of this person by its key; None before its first part."""
    return db.session.scalar(
        select(Upload).where(
            Upload.county_id == county_id, Upload.holder == target.holder(actor), Upload.key == key, Upload.case_id == target.case_id,
            Upload.owner == target.owner,
        )
    )  # fmt: skip


def received(county_id: int, target: Target, key: str, actor: Actor) -> int:
    """How many bytes of an upload are here: where the next part begins."""
    upload = find_upload(county_id, target, key, actor)
    return 0 if upload is None else upload.received


def content_of(upload: Upload) -> bytes:
    """What has come so far, in order."""
    query = select(UploadPart).where(UploadPart.upload_id == upload.id).order_by(UploadPart.at)
    return b"".join(files.open_part(part.content, upload.id, part.at) for part in db.session.scalars(query))


def is_posted(account_id: int, window_id: int, at: datetime) -> bool:
    """Does this person work at the window at this moment?"""
    query = select(Posting.id).where(Posting.account_id == account_id, Posting.window_id == window_id, posting_holds(at)).limit(1)
    return db.session.scalar(query) is not None
