"""The forms of the ledger of licences and of the checks of commitments."""

from __future__ import annotations

from typing import Any

from portal.i18n import _lp
from portal.rules.commitments import CheckStep
from portal.rules.licences import EndGround, LicenceEventKind, Standing
from portal.web.forms import ChoiceField, DayField, Form, LinesField, TextField

STANDINGS: dict[Standing, Any] = {
    Standing.VALID: _lp("licence", "valid"),
    Standing.EXPIRED: _lp("licence", "expired"),
    Standing.REVOKED: _lp("licence", "revoked"),
    Standing.CANCELLED: _lp("licence", "cancelled"),
}
HAPPENED: dict[LicenceEventKind, Any] = {
    LicenceEventKind.ISSUED: _lp("licence", "Issued"),
    LicenceEventKind.RENEWED: _lp("licence", "Renewed"),
    LicenceEventKind.RENEWED_BY_LAW: _lp("licence", "Renewed by silence"),
    LicenceEventKind.REVOKED: _lp("licence", "Revoked"),
    LicenceEventKind.CANCELLED: _lp("licence", "Cancelled"),
}
GROUNDS: dict[EndGround, Any] = {
    EndGround.ABUSE: _lp("licence", "Granted by abuse of power or neglect of duty"),
    EndGround.BEYOND_POWERS: _lp("licence", "Granted beyond the powers"),
    EndGround.PROCEDURE: _lp("licence", "Granted against the procedure of the law"),
    EndGround.NOT_QUALIFIED: _lp("licence", "Granted to who does not meet the conditions"),
    EndGround.FRAUD: _lp("licence", "Obtained by fraud or bribery"),
    EndGround.BROKEN_COMMITMENT: _lp("licence", "A commitment was not kept"),
    EndGround.NOT_RENEWED: _lp("licence", "The period ended and was not renewed"),
    EndGround.HOLDER_GONE: _lp("licence", "The holder died or was dissolved"),
    EndGround.IMPOSSIBLE: _lp("licence", "What was licensed cannot be done any more"),
    EndGround.GIVEN_UP: _lp("licence", "The holder gave it up"),
}
STEPS: dict[CheckStep, Any] = {
    CheckStep.MET: _lp("commitment", "The conditions are met"),
    CheckStep.FOUND: _lp("commitment", "Not met: to be put right"),
    CheckStep.CORRECTED: _lp("commitment", "Put right"),
    CheckStep.NOT_CORRECTED: _lp("commitment", "Not put right in time"),
    CheckStep.HEARD: _lp("commitment", "The person was heard"),
    CheckStep.REVOKED: _lp("commitment", "Revoked"),
}


class RenewForm(Form):
    number = TextField(_lp("licence", "Number of the licence that is renewed"), required=True, length=60)


class EndForm(Form):
    kind = ChoiceField(
        _lp("licence", "What is decided"),
        choices=[("revoked", _lp("licence", "Revoke it (article 69)")), ("cancelled", _lp("licence", "Cancel it (article 70)"))],
    )
    ground = ChoiceField(_lp("licence", "On which ground"), choices=[(code.value, word) for code, word in GROUNDS.items()])
    words = LinesField(_lp("filing", "Why, in words"), required=True)


class CheckForm(Form):
    step = ChoiceField(_lp("commitment", "What was found"), choices=[(code.value, word) for code, word in STEPS.items()])
    correct_by = DayField(_lp("commitment", "To be put right by"), required=False)
    words = LinesField(_lp("commitment", "In words"), required=True)
