"""Files that people hand in: how large, how many, who adds and who opens them (C-18, C-30, R-1). Sizes are bytes unless they say otherwise."""

from __future__ import annotations

from datetime import timedelta

from portal.rules.decision import Decision, Reason

MOST_BYTES = 2 * 1024 * 1024
"""The largest file that is taken."""
PART_BYTES = 32 * 1024
"""The largest part in which one comes: four seconds of a 64 kbit/s line."""
PHOTO_BYTES = 300 * 1024
"""What a photo is shrunk to before it is sent."""
PHOTO_SIDE = 1600
"""Pixels of the longer side that a shrunk photo keeps: an A4 sheet stays readable."""
MOST_PIXELS = 40_000_000
MOST_SCANS = 100
"""Of a progressive JPEG; a camera writes ten."""
MOST_PAGES = 200
MOST_OF_CASE = 60
MOST_OF_DRAFT = 20
MOST_UNFINISHED = 3
"""Uploads begun and not ended that are kept for a person; the oldest gives way to a new one."""
UNFINISHED_FOR = timedelta(days=7)


def may_attach(*, holds: bool, is_open: bool, number: int) -> Decision:
    """May a file be added to a case that has `number` of them? By who holds it, while it is open (C-30)."""
    if not is_open:
        return Decision.no(Reason.CASE_CLOSED, rule="C-2")
    if not holds:
        return Decision.no(Reason.NOT_THE_HOLDER, rule="C-30")
    if number >= MOST_OF_CASE:
        return Decision.no(Reason.TOO_MANY_FILES, rule="C-1", most=MOST_OF_CASE)
    return Decision.yes()


def may_attach_to_draft(number: int) -> Decision:
    """May an applicant add a file to a draft that has `number` of them?"""
    if number >= MOST_OF_DRAFT:
        return Decision.no(Reason.TOO_MANY_FILES, rule="C-1", most=MOST_OF_DRAFT)
    return Decision.yes()


def may_open(*, knows: bool) -> Decision:
    """May a file be opened? It shows in clear what is masked for all but who holds the case, or is to receive it (C-18)."""
    return Decision.yes() if knows else Decision.no(Reason.FILE_SHOWS_WHAT_IS_MASKED, rule="C-18")


def next_part(received: int, size: int, at: int, length: int) -> int | None:
    """How many bytes there are once a part of this length at this place is added; None where it is not the next one and is passed over.

    A part sent twice, or after one that was lost, changes nothing: who sends goes on from what is there. ValueError for what is no part.
    """
    if not 0 < length <= PART_BYTES or at < 0 or at + length > size:
        raise ValueError("no part of this file")
    return received + length if at == received else None
