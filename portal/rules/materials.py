"""The checklist of materials: what was handed in, and whether it is enough to accept (C-3, S-4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Material:
    """One line of the item version's exhaustive list."""

    code: str
    name: str
    may_be_waived: bool = False
    may_come_later: bool = False


def missing(required: Sequence[Material], got: Collection[str]) -> tuple[Material, ...]:
    """What the list asks for and was not handed in. What data sharing waives is not missing (S-4)."""
    return tuple(material for material in required if material.code not in got and not material.may_be_waived)


