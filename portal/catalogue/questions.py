"""What the catalogue's pages ask the features to the right of it: what a point does of an item itself (S-7)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portal.network.models import ServicePoint


class Done(StrEnum):
    """How far a matter gets at one point."""

    FINISHED = "finished"
    ACCEPTED = "accepted"
    COLLECTED = "collected"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class DoneHere:
    """What a point does of an item itself, and where the matter is decided: `decided_at` None if here, above the county, or nowhere yet."""

    word: Done
    decided_at: ServicePoint | None
    is_forwarded: bool


# For (county id, point id, item ids, moment): item id → what is done there. Authority answers; `app.py` fills it.
done_here: list[Callable[[int, int, Collection[int], datetime], Mapping[int, DoneHere]]] = []
