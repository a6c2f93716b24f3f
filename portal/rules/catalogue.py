"""What a service item must say before it is published: the disclosures, the exhaustive lists, the limits (S-2, S-4, S-6).

`check_version` names every fault at once, so that nobody mends one only to meet the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from portal.rules.clauses import Level, Power
from portal.rules.deadlines import Unit
from portal.rules.decision import Decision, Reason
from portal.rules.texts import NOTHING, Text


class Disclosure(StrEnum):
    """The eight disclosures (八公开), and with them what art. 30 of the Licensing Law wants (S-2)."""

    NAME = "name"
    LEGAL_BASIS = "legal_basis"
    CONDITIONS = "conditions"
    PROCEDURE = "procedure"
    STATUTORY_LIMIT = "statutory_limit"
    PROMISED_LIMIT = "promised_limit"
    FEE_BASIS = "fee_basis"
    FEE_STANDARD = "fee_standard"
    MATERIALS = "materials"
    FORM = "form"
    SPECIMEN = "specimen"
    QUOTA = "quota"


MISSING: Mapping[Disclosure, Reason] = MappingProxyType(
    {
        Disclosure.NAME: Reason.NAME_MISSING,
        Disclosure.LEGAL_BASIS: Reason.LEGAL_BASIS_MISSING,
        Disclosure.CONDITIONS: Reason.CONDITIONS_MISSING,
        Disclosure.PROCEDURE: Reason.PROCEDURE_MISSING,
        Disclosure.STATUTORY_LIMIT: Reason.STATUTORY_LIMIT_MISSING,
        Disclosure.PROMISED_LIMIT: Reason.PROMISED_LIMIT_MISSING,
        Disclosure.FEE_BASIS: Reason.FEE_BASIS_MISSING,
        Disclosure.FEE_STANDARD: Reason.FEE_STANDARD_MISSING,
        Disclosure.MATERIALS: Reason.MATERIALS_UNLISTED,
        Disclosure.FORM: Reason.FORM_MISSING,
        Disclosure.SPECIMEN: Reason.SPECIMEN_MISSING,
        Disclosure.QUOTA: Reason.QUOTA_MISSING,
    }
)
"""Disclosure → why an item without it cannot be published."""


@dataclass(frozen=True, slots=True)
class LimitDraft:
    """A limit as somebody entered it. `number` is checked to be one number: an import may bring "5-10" (S-6)."""

    number: object
    unit: Unit = Unit.WORKING
    start: str = "accepted"


@dataclass(frozen=True, slots=True)
class StageDraft:
    """A stage of the promise: who has how long. A stage that does not count (a public notice) stands outside the limit."""

    name: Text
    limit: LimitDraft
    level: Level
    body: str = ""
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class MaterialDraft:
    """One line of the exhaustive list (S-4). `check_original`: the original is shown and handed back."""

    code: str
    name: Text
    original: int = 0
    copies: int = 0
    check_original: bool = False
    issuer: Text = NOTHING
    may_be_waived: bool = False
    may_come_later: bool = False
    sample: str = ""


@dataclass(frozen=True, slots=True)
class CertificateDraft:
    """The certificate that a granted case ends in; `years` None: without an end."""

    name: Text
    years: int | None = None


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """What an item will say from a day on. `has_statutory` False: the law sets no limit, which is a value and not an omission (S-2)."""

    name: Text
    type_code: str
    kind: str
    from_on: date
    legal_basis: Text
    conditions: tuple[Text, ...]
    procedure: tuple[Text, ...]
    promised: LimitDraft | None
    fee_basis: Text
    fee_standard: Text
    materials: tuple[MaterialDraft, ...]
    form: Text
    specimen: Text
    quota: Text
    statutory: LimitDraft | None = None
    has_statutory: bool = True
    stages: tuple[StageDraft, ...] = ()
    review_points: tuple[Text, ...] = ()
    theme: str = ""
    flags: frozenset[str] = frozenset()
    required: frozenset[Power] = frozenset({Power.ACCEPT, Power.REVIEW, Power.DECIDE, Power.DELIVER})
    certificate: CertificateDraft | None = None


def check_version(draft: VersionDraft) -> tuple[Decision, ...]:
    """Every reason why this version could not be published; empty if there is none."""
    return (*_undisclosed(draft), *_open_ended(draft), *_limits(draft))


def may_publish(draft: VersionDraft, *, today: date, has_version: bool) -> Decision:
    """May this version be published now? A version that follows another begins on a later day: no answer about the past changes (S-5, G-17)."""
    fault = next(iter(check_version(draft)), None)
    if fault is not None:
        return fault
    if has_version and draft.from_on <= today:
        return Decision.no(Reason.CHANGES_FROM_TOMORROW, rule="S-5", earliest=today + timedelta(days=1))
    return Decision.yes()


# --- disclosed (S-2) ---------------------------------------------------------------------------------------------------------


def _undisclosed(draft: VersionDraft) -> Iterator[Decision]:
    said: dict[Disclosure, bool] = {
        Disclosure.NAME: draft.name.is_whole,
        Disclosure.LEGAL_BASIS: draft.legal_basis.is_written,
        Disclosure.CONDITIONS: _all_written(draft.conditions),
        Disclosure.PROCEDURE: _all_written(draft.procedure),
        Disclosure.STATUTORY_LIMIT: draft.statutory is not None or not draft.has_statutory,
        Disclosure.PROMISED_LIMIT: draft.promised is not None,
        Disclosure.FEE_BASIS: draft.fee_basis.is_written,
        Disclosure.FEE_STANDARD: draft.fee_standard.is_written,
        Disclosure.MATERIALS: _all_written(tuple(material.name for material in draft.materials)),
        Disclosure.FORM: draft.form.is_written,
        Disclosure.SPECIMEN: draft.specimen.is_written,
        Disclosure.QUOTA: draft.quota.is_written,
    }
    for disclosure, is_said in said.items():
        if not is_said:
            yield Decision.no(MISSING[disclosure], rule="S-2")


def _all_written(texts: tuple[Text, ...]) -> bool:
    return bool(texts) and all(text.is_written for text in texts)


# --- exhaustive (S-4) --------------------------------------------------------------------------------------------------------

# 等级, 平等 and the like say nothing open; 等 that ends a list does. 其他土地 is a kind of land; 其他材料 is a door left open.
_OPEN_ENDED = re.compile(
    r"其[他它](?:有关|有關|相关|相關|必要|需要|所需)?的?(?:材料|资料|資料|证明|證明|证件|證件|文件|手续|手續|条件|條件|情形|程序)"
    r"|等(?=$|[\s，。；、,.;）)】]|材料|资料|資料|证明|證明|证件|證件|文件|手续|手續|有关|有關|相关|相關|其他|其它)"
    r"|\betc\b|\band so on\b|\bother (?:materials|documents|papers|conditions|steps)\b",
    re.IGNORECASE,
)


def is_open_ended(text: Text) -> bool:
    """Does the text leave room for asking more than it says: 其他材料, 等, etc. (S-4)?"""
    return any(_OPEN_ENDED.search(words) for words in (text.hans, text.hant, text.en))


def _open_ended(draft: VersionDraft) -> Iterator[Decision]:
    texts = (*(material.name for material in draft.materials), *draft.conditions, *draft.procedure)
    for text in texts:
        if is_open_ended(text):
            yield Decision.no(Reason.LIST_NOT_EXHAUSTIVE, rule="S-4", text=text.hans)


# --- limits (S-6) ------------------------------------------------------------------------------------------------------------

# How many calendar days a unit is at the least: a promise counted in working days may look shorter than it is.
_CALENDAR_DAYS: Mapping[Unit, Fraction] = MappingProxyType(
    {Unit.WORKING: Fraction(7, 5), Unit.CALENDAR: Fraction(1), Unit.MONTH: Fraction(28)}
)


def _number(limit: LimitDraft) -> int | None:
    return limit.number if isinstance(limit.number, int) and not isinstance(limit.number, bool) and 0 <= limit.number <= 1000 else None


def _limits(draft: VersionDraft) -> Iterator[Decision]:
    promised, statutory = draft.promised, draft.statutory
    for limit in (promised, statutory, *(stage.limit for stage in draft.stages)):
        if limit is not None and _number(limit) is None:
            yield Decision.no(Reason.LIMIT_NOT_ONE_NUMBER, rule="S-6", text=str(limit.number))
            return
    if promised is None:
        return
    most = _number(promised) or 0
    if statutory is not None and draft.has_statutory:
        bound = _number(statutory) or 0
        same = promised.unit is statutory.unit
        above = most > bound if same else most * _CALENDAR_DAYS[promised.unit] > bound * _CALENDAR_DAYS[statutory.unit]
        if above:
            yield Decision.no(Reason.PROMISE_ABOVE_STATUTORY, rule="S-6", promised=most, statutory=bound)
    counted = sum(_number(stage.limit) or 0 for stage in draft.stages if stage.is_counted and stage.limit.unit is promised.unit)
    if draft.stages and counted != most:
        yield Decision.no(Reason.STAGES_MISS_PROMISE, rule="S-6", promised=most, stages=counted)
