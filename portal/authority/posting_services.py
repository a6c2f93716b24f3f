"""Posting people at windows and ending it: the facts are loaded under a lock and the rule is asked again (N-4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.accounts import services as accounts
from portal.accounts.models import Account, Posting, PostingEnd
from portal.audit import Actor, record
from portal.authority import posting_queries, queries
from portal.authority.acting import acting_account
from portal.clock import Clock
from portal.database import NotFound, Once, transaction
from portal.network import queries as network
from portal.rules.clauses import Post
from portal.rules.decision import Decision, NotAllowed, Reason
from portal.rules.moments import civil_date
from portal.rules.postings import EndDraft, PostingDraft, Staff, check_end, check_posting, is_free, may_post

# Asked with the posting and its last day: does anything of it stay behind (N-2)? The feature on the right answers; `app.py` fills it.
before_ending: list[Callable[[int, date, date], Decision]] = []


class PostingRefused(NotAllowed):
    """A posting, or its end, that the rule does not let through. `faults` are all of them; nothing was stored."""

    def __init__(self, faults: Sequence[Decision]) -> None:
        super().__init__(faults[0])
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class PostingText:
    """What is said of a posting: who, where, as what, on what footing, when, and the papers that it rests on."""

    account_id: int
    window_id: int
    post: Post
    staff: Staff
    from_on: date
    until_on: date | None = None
    told_on: date | None = None
    certificate: str = ""
    reason: str = ""
    village_paper: str = ""
    town_paper: str = ""


def post(text: PostingText, *, actor: Actor, clock: Clock, once: Once | None = None) -> int:
    """Post a person at a window; returns the posting's id. PostingRefused names everything that speaks against it at once (N-4)."""
    actor_id, county_id = acting_account(actor, Decision.no(Reason.NOT_TO_POST, rule="N-4")), actor.county_id
    with transaction(clock=clock, once=once) as tx:
        people = select(Account).where(Account.county_id == county_id, Account.id == text.account_id, Account.disabled_at.is_(None))
        if not tx.lock(people):
            raise NotFound(f"account {text.account_id}")
        today = civil_date(tx.now)
        window = queries.windows(county_id, max(text.from_on, today), window_id=text.window_id).get(text.window_id)
        if window is None:
            raise NotFound(f"window {text.window_id}")
        offices = queries.offices_of(actor_id, today)
        permission = may_post(offices, window, actor_id=actor_id, account_id=text.account_id).or_raise()
        needs_certificate = posting_queries.needs_certificate(county_id, window.id, posting_queries.from_moment(text.from_on, tx.now))
        draft = PostingDraft(
            post=text.post, level=window.level, staff=text.staff, from_on=text.from_on, until_on=text.until_on, told_on=text.told_on,
            needs_certificate=needs_certificate, has_certificate=bool(text.certificate.strip()), reason=text.reason,
            appointed_by_village=bool(text.village_paper.strip()), confirmed_by_town=bool(text.town_paper.strip()),
        )  # fmt: skip
        check = check_posting(draft, network.calendar_of(county_id), today)
        mine = posting_queries.terms_of(county_id, text.account_id)
        free = is_free(text.account_id, window.id, text.post, text.from_on, text.until_on, mine)
        faults = (*check.faults, *(() if free else (free,)))
        if faults:
            raise PostingRefused(faults)
        papers = accounts.PostingPapers(
            text.certificate, text.reason, text.staff, text.told_on, check.exceptions, text.village_paper, text.town_paper
        )
        posting_id = accounts.post_to_window(
            text.account_id, window.id, text.post.value, from_on=text.from_on, until_on=text.until_on, papers=papers, actor=actor, clock=clock
        )
        office = permission.by.office if permission.by else None
        record(tx, actor, "post", f"posting:{posting_id}", office=office, excused=[reason.value for reason in check.exceptions])
        tx.result = f"/manage/postings/{posting_id}"
        return posting_id


def end_posting(posting_id: int, draft: EndDraft, *, actor: Actor, clock: Clock, once: Once | None = None) -> None:
    """End a posting with its last day, in a row beside it; PostingRefused names everything that speaks against it (N-4)."""
    actor_id, county_id = acting_account(actor, Decision.no(Reason.NOT_TO_POST, rule="N-4")), actor.county_id
    with transaction(clock=clock, once=once) as tx:
        if not tx.lock(select(Posting).where(Posting.county_id == county_id, Posting.id == posting_id)):
            raise NotFound(f"posting {posting_id}")
        shown = posting_queries.get_posting(county_id, posting_id).shown  # read after the lock, with every end that there is
        today = civil_date(tx.now)
        offices = queries.offices_of(actor_id, today)
        permission = posting_queries.may_tend(county_id, shown.window, offices, actor_id, shown.account.id, today).or_raise()
        check = check_end(shown.terms, draft, network.calendar_of(county_id), today)
        left = [answer for ask in before_ending if not (answer := ask(posting_id, draft.last_on, today))]
        if faults := (*check.faults, *left):
            raise PostingRefused(faults)
        end = PostingEnd(
            county_id=county_id, posting_id=posting_id, last_on=draft.last_on, told_on=draft.told_on, reason=draft.reason,
            excused=[reason.value for reason in check.exceptions], ended_by_id=actor_id, recorded_at=tx.now,
        )  # fmt: skip
        tx.session.add(end)
        tx.session.flush()
        office = permission.by.office if permission.by else None
        record(tx, actor, "end_posting", f"posting:{posting_id}", last_on=draft.last_on, excused=end.excused, office=office)
        tx.result = f"/manage/postings/{posting_id}"
