"""The words of the course of a case: acts, causes, grounds, filings. One text a code."""

from __future__ import annotations

from typing import Any

from portal.i18n import _lp, current_language
from portal.rules.authority import Act
from portal.rules.course import EndGround, StopCause, UrgentGround
from portal.rules.lifecycle import FilingKind

CAUSES: dict[StopCause, Any] = {
    StopCause.HEARING: _lp("stop", "Hearing"),
    StopCause.TENDER: _lp("stop", "Tender"),
    StopCause.AUCTION: _lp("stop", "Auction"),
    StopCause.INSPECTION: _lp("stop", "Technical inspection"),
    StopCause.TEST: _lp("stop", "Laboratory test"),
    StopCause.QUARANTINE: _lp("stop", "Quarantine"),
    StopCause.APPRAISAL: _lp("stop", "Appraisal"),
    StopCause.EXPERT_REVIEW: _lp("stop", "Expert review"),
    StopCause.OWN_LAW: _lp("stop", "Named by the item's own law"),
}
URGENT_GROUNDS: dict[UrgentGround, Any] = {
    UrgentGround.DISASTER: _lp("urgent", "Disaster or accident"),
    UrgentGround.PUBLIC_HEALTH: _lp("urgent", "Public health"),
    UrgentGround.MAJOR_PROJECT: _lp("urgent", "Major project of the county"),
    UrgentGround.LIVELIHOOD: _lp("urgent", "Urgent need of a household's life"),
    UrgentGround.HARDSHIP: _lp("urgent", "Old, ill or disabled applicant"),
}
END_GROUNDS: dict[EndGround, Any] = {
    EndGround.APPLICANT_GONE: _lp("ending", "The applicant died, was dissolved or can no longer hold it"),
    EndGround.MATTER_GONE: _lp("ending", "What it is about does not exist any more"),
    EndGround.UNDERTAKING_UNMET: _lp("ending", "What was promised for later did not come"),
    EndGround.SAME_MATTER: _lp("ending", "Another case is about the same"),
}
FILED: dict[FilingKind, Any] = {
    FilingKind.NOT_ACCEPT: _lp("filing", "Not accepting"),
    FilingKind.REFUSE: _lp("filing", "Refusing"),
    FilingKind.LATE: _lp("filing", "Cannot finish in time"),
}
HANDED_TO: dict[str, Any] = {
    "applicant": _lp("delivery", "The applicant"),
    "agent": _lp("delivery", "Someone with a power of attorney"),
    "post": _lp("delivery", "By post"),
    "household": _lp("delivery", "An adult of the household"),
}
# the articles on which events rest, as they are stored, in Traditional characters
_HANT = {
    "《中华人民共和国行政许可法》": "《中華人民共和國行政許可法》", "第三十二条第一款第四项": "第三十二條第一款第四項", "第三十二条第一款第五项": "第三十二條第一款第五項",
    "第四十五条": "第四十五條", "第四十二条": "第四十二條", "第五十条第二款": "第五十條第二款", "第六十九条": "第六十九條", "第七十条": "第七十條",
    "《一次性补正告知书》所定补正期限届满": "《一次性補正告知書》所定補正期限屆滿",
    "否定报备：次一工作日结束前未退回，视为同意": "否定報備：次一工作日結束前未退回，視為同意",
}  # fmt: skip


def article_word(article: str) -> str:
    """An article as the page's language writes it; one that an item's own law names stays as it was entered."""
    if current_language() == "zh-Hant":
        for hans, hant in _HANT.items():
            article = article.replace(hans, hant)
    return article


# act → heading of its page, what it does, its button, what is said when it is done
WORDS: dict[Act, tuple[Any, Any, Any, Any]] = {
    Act.NOTICE: (
        _lp("act", "One-time notice of what is missing"),
        _lp("act", "Say once, whole, what is missing. Nothing beyond this list can be asked for, and nothing more can be asked for later."),
        _lp("button", "Give the notice"), _lp("done", "Notice given. Print it and hand it over."),
    ),
    Act.OPEN_NOTICE: (
        _lp("act", "Allow a second notice"),
        _lp("act", "What was there the first time can be asked for again only with your reason; it counts against the window."),
        _lp("button", "Allow it"), _lp("done", "A second notice is allowed."),
    ),
    Act.SUPPLEMENT: (
        _lp("act", "Take the supplement in"),
        _lp("act", "Tick what came in and is in order. When all is there, the case is accepted today; else the answer names what is still missing."),
        _lp("button", "Take it in"), _lp("done", "Supplement taken in."),
    ),
    Act.JUDGE_SUPPLEMENT: (
        _lp("act", "Examine the supplement"),
        _lp("act", "Tick what is in order. What is not ticked is still missing, of the first notice."),
        _lp("button", "Answer"), _lp("done", "Answered."),
    ),
    Act.TURN_AWAY: (
        _lp("act", "Tell at once that it is not accepted here"),
        _lp("act", "Only on the day of receipt. The center sees it the same day and can send it back within one working day."),
        _lp("button", "Tell the applicant"), _lp("done", "Told. It is filed with the center."),
    ),
    Act.FILE_NOT_ACCEPT: (
        _lp("act", "File that it is not accepted"),
        _lp("act", "The center looks at the form within one working day; silence is consent. Until then nothing takes effect, and the clock runs on."),
        _lp("button", "File it"), _lp("done", "Filed with the center."),
    ),
    Act.NOT_ACCEPT: (
        _lp("act", "Not accept the application"),
        _lp("act", "A numbered, sealed paper with the ground and the remedies goes to the applicant."),
        _lp("button", "Not accept"), _lp("done", "Not accepted. Print the paper and hand it over."),
    ),
    Act.FILE_REFUSE: (
        _lp("act", "File a refusal"),
        _lp("act", "The center looks at the form within one working day; silence is consent. Until then nothing takes effect, and the clock runs on."),
        _lp("button", "File it"), _lp("done", "Filed with the center."),
    ),
    Act.REFUSE: (
        _lp("act", "Refuse"),
        _lp("act", "The filing has passed. A numbered, sealed decision with the ground and the remedies goes to the applicant."),
        _lp("button", "Refuse"), _lp("done", "Refused. Print the decision and hand it over."),
    ),
    Act.FILE_LATE: (
        _lp("act", "File that it cannot be finished in time"),
        _lp("act", "At least one working day before the promised day. The promise does not move; the applicant is told."),
        _lp("button", "File it"), _lp("done", "Filed with the center."),
    ),
    Act.SEND_BACK: (
        _lp("act", "Send the filing back"),
        _lp("act", "Once, when its form lacks ground, review point, article or remedy, or when interested parties were not heard."),
        _lp("button", "Send it back"), _lp("done", "Sent back."),
    ),
    Act.PASS_FILING: (
        _lp("act", "Let the filing pass"), _lp("act", "The form is complete: the window may go on."),
        _lp("button", "Let it pass"), _lp("done", "The filing passed."),
    ),
    Act.STOP: (
        _lp("act", "Stop the clock"),
        _lp("act", "Only for a cause named by law, with a written notice and a told end. The day after the notice is the first stopped day; past the told end the clock runs again by itself."),
        _lp("button", "Stop the clock"), _lp("done", "The clock stands from tomorrow. Print the notice and hand it over."),
    ),
    Act.END_STOP: (
        _lp("act", "End the stop"), _lp("act", "The day on which the cause ended does not count; the next one does."),
        _lp("button", "End the stop"), _lp("done", "The clock runs again."),
    ),
    Act.EXTEND: (
        _lp("act", "Extend the statutory limit"),
        _lp("act", "Once, before it is over: 10 working days by the head of the agency, 15 by the head of the county government. The promise does not move; your reason goes to the applicant."),
        _lp("button", "Extend it"), _lp("done", "Extended. The applicant is told."),
    ),
    Act.OPEN_URGENT: (
        _lp("act", "Urgent track"),
        _lp("act", "For 30 days it comes first. No condition, material, hearing or limit is waived, and it is counted."),
        _lp("button", "Put it on the urgent track"), _lp("done", "It is on the urgent track."),
    ),
    Act.END_URGENT: (
        _lp("act", "Take it off the urgent track"), _lp("act", "It goes back to its place among the others."),
        _lp("button", "Take it off"), _lp("done", "It is off the urgent track."),
    ),
    Act.PUT_ON_HOLD: (
        _lp("act", "Put it aside"), _lp("act", "This stops no clock, and the case stands on a list of its own."),
        _lp("button", "Put it aside"), _lp("done", "Put aside. The clock runs on."),
    ),
    Act.END_HOLD: (
        _lp("act", "Take it up again"), _lp("act", "It leaves the list of what was put aside."),
        _lp("button", "Take it up again"), _lp("done", "Taken up again."),
    ),
    Act.FORWARD: (
        _lp("act", "Forward it to the superior body"), _lp("act", "By law the superior body decides. Here the case is closed."),
        _lp("button", "Forward it"), _lp("done", "Forwarded."),
    ),
    Act.WITHDRAW: (
        _lp("act", "The applicant withdraws"), _lp("act", "Write down what the applicant says. The case is closed, without prejudice to another application."),
        _lp("button", "Withdrawn"), _lp("done", "Withdrawn. The case is closed."),
    ),
    Act.TERMINATE: (
        _lp("act", "End it without a decision"), _lp("act", "Only on one of these grounds, in writing, with its remedies."),
        _lp("button", "End it"), _lp("done", "Ended. The case is closed."),
    ),
    Act.ROUTE: (
        _lp("act", "Say where it goes"),
        _lp("act", "By office, where no window can or will send it on. What is under way is called back; both windows are told, with your reason."),
        _lp("button", "Send it there"), _lp("done", "Sent there. It stays with its holder until the window has received it."),
    ),
    Act.VOID: (
        _lp("act", "Declare it void"), _lp("act", "For a case that should never have been entered. It stays readable."),
        _lp("button", "Declare it void"), _lp("done", "Declared void."),
    ),
    Act.CORRECT: (
        _lp("act", "Correct the record"),
        _lp("act", "The wrong and the right stay readable. Every date is computed anew, and the record keeps what moved."),
        _lp("button", "Correct it"), _lp("done", "Corrected. The dates were computed anew."),
    ),
}  # fmt: skip
