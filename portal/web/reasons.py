"""The words of each Reason: one text a reason, placeholders filled from the Decision's facts."""

from __future__ import annotations

from typing import Any

from portal.i18n import _lp
from portal.rules.authority import Explain, Step
from portal.rules.decision import Decision, Reason

TEXTS: dict[Reason, Any] = {
    Reason.NOT_YOURS: _lp("reason", "This is not yours to do."),
    Reason.NOT_BUILT: _lp("reason", "This is not built yet."),
    Reason.REVIEW_POINT_NOT_MET: _lp("reason", "A review can be passed only when every point is met. Not met: %(points)s."),
    Reason.TOO_MANY_FILES: _lp("reason", "There are %(most)s files already; more are not taken here."),
    Reason.FILE_SHOWS_WHAT_IS_MASKED: _lp(
        "reason", "Only the window that holds the case, or is to receive it, opens its files: they show what is masked for others."
    ),
    # numbered paper sheets, double intake
    Reason.NOT_TO_ISSUE_SHEETS: _lp("reason", "Numbered sheets are issued by a county manager or the center's management."),
    Reason.SHEET_NOT_ISSUED: _lp("reason", "No sheet of this number was issued. Please compare it with the paper."),
    Reason.SHEET_OF_ANOTHER_POINT: _lp("reason", "Sheet %(number)s was issued to another service point."),
    Reason.SHEET_USED: _lp("reason", "Sheet %(number)s was entered already. Each number is used once."),
    Reason.SHEET_CANCELLED: _lp("reason", "Sheet %(number)s was cancelled. Please write on a new one."),
    Reason.SHEET_MOMENT_AHEAD: _lp("reason", "The moment on the sheet is still to come. Please compare day and time."),
    Reason.SHEET_BEFORE_ISSUE: _lp("reason", "The moment is before sheet %(number)s was issued. Please compare day and time."),
    Reason.SHEET_NEEDS_WORDS: _lp("reason", "Please say in words why paper was needed."),
    Reason.SHEET_CANCEL_NEEDS_REASON: _lp("reason", "A sheet is cancelled only with a reason."),
    Reason.SHEET_HAS_PHOTO: _lp("reason", "The photo of this sheet is there already."),
    Reason.NOT_TO_OPEN_FINDING: _lp("reason", "Findings of double intake are opened by the center's management or a supervisor."),
    Reason.NOT_TO_ANSWER_FINDING: _lp("reason", "The body answers: its head, or one of its chief representatives."),
    Reason.NOT_TO_CLOSE_FINDING: _lp("reason", "The center's management upholds or dismisses a finding."),
    Reason.FINDING_ANSWERED: _lp("reason", "This finding was answered already."),
    Reason.FINDING_CLOSED: _lp("reason", "This finding is closed."),
    Reason.FINDING_WAITS: _lp("reason", "The body has until %(due_on)s to answer. Without an answer by then it can be upheld."),
    Reason.FINDING_NEEDS_WORDS: _lp("reason", "Please say it in words."),
    # the calendar
    Reason.REGIONAL_DAY_NEEDS_LAW: _lp("reason", "A regional day off needs its law, and a name in all three languages."),
    Reason.DAY_BEFORE_CALENDAR: _lp("reason", "The county's calendar begins in %(year)s."),
    Reason.DAY_IS_WORKED_BY_NOTICE: _lp("reason", "%(day)s is a worked weekend by the State Council's notice."),
    Reason.DAY_IS_OFF_ALREADY: _lp("reason", "%(day)s is entered as a day off already."),
    Reason.DAY_IS_NOT_REGIONAL: _lp("reason", "%(day)s is not entered as a regional day off."),
    Reason.NOTICE_NOT_READ: _lp("reason", "The notice could not be read without a doubt, so nothing was entered."),
    # inspections: quiet production days
    Reason.DAY_IS_OVER: _lp("reason", "This day is over: %(day)s. Only a day to come can be planned."),
    Reason.DAY_IS_QUIET: _lp("reason", "%(day)s is a quiet production day: no inspections."),
    Reason.DAY_IS_ADDED_QUIET: _lp("reason", "%(day)s was made a quiet day by %(instrument)s."),
    Reason.DAY_IS_OFF: _lp("reason", "%(day)s is a day off, and it is not established that the enterprise works then."),
    Reason.EXEMPTION_UNKNOWN: _lp("reason", "This exemption is not on the county's list, or is switched off."),
    Reason.EXEMPTION_NOT_FOR_KIND: _lp(
        "reason", "This exemption does not cover a visit of this kind: routine safety inspections go on open days."
    ),
    Reason.BASIS_MISSING: _lp("reason", "An exemption needs its basis in writing."),
    Reason.ARTICLE_MISSING: _lp("reason", "An inspection that a law orders needs the article."),
    Reason.CAP_REACHED: _lp(
        "reason", "This body has already made or planned its %(cap)s routine inspection(s) of this enterprise in %(year)s."
    ),
    Reason.LINE_REPEATED: _lp("reason", "Another body of the same line inspects this enterprise in %(year)s, on %(visited)s."),
    Reason.ABOVE_THE_CAP: _lp("reason", "This is inspection no. %(number)s by this body in %(year)s; the cap for routine ones is %(cap)s."),
    Reason.ABOVE_THE_CAP_BY_LAW: _lp("reason", "Inspection no. %(number)s in %(year)s, above the cap because a law orders it: %(basis)s."),
    # applying online and rating
    Reason.CODE_OVER: _lp("reason", "This code has been used or is too old. Please ask for a new one."),
    Reason.CODE_TRIED_TOO_OFTEN: _lp("reason", "This code was typed wrongly %(most)s times. Please ask for a new one."),
    Reason.NOT_ONLINE: _lp("reason", "This matter cannot be applied for online. The guide says where to go."),
    Reason.POINT_TAKES_NOTHING: _lp("reason", "This service point is not open. Please choose another one."),
    Reason.NOT_OFFERED_THERE: _lp("reason", "This matter is not offered at this service point. Please choose another one."),
    Reason.NOBODY_TAKES_IT_THERE: _lp("reason", "Nobody at this service point can take this matter in now. Please choose another one."),
    Reason.DRAFT_IS_SENT: _lp("reason", "This application has been sent already."),
    Reason.DRAFT_LACKS: _lp("reason", "Please fill this in first: %(fields)s."),
    Reason.TOO_MANY_DRAFTS: _lp("reason", "There are %(most)s drafts of this phone already. Please send or delete one first."),
    Reason.NOTHING_TO_SUPPLEMENT: _lp("reason", "Nothing is asked for in this matter now."),
    Reason.STAFF_RATES_NOTHING: _lp("reason", "Only whoever was served rates. You are signed in as staff."),
    Reason.RATED_ALREADY: _lp("reason", "This has been rated already. Each matter is rated once."),
    Reason.RATED_AFTERWARDS: _lp("reason", "You can rate once the matter is finished, refused or turned away."),
    Reason.STEP_IS_DONE: _lp("reason", "This has been recorded already."),
    Reason.NOT_A_BAD_RATING: _lp("reason", "Only a bad rating that was not set aside is called back and set right."),
    Reason.CALL_BACK_FIRST: _lp("reason", "Call back first, then set right."),
    Reason.SET_RIGHT_NEEDS_WORDS: _lp("reason", "Say in words how it was set right."),
    Reason.SET_ASIDE_NEEDS_EVIDENCE: _lp("reason", "A rating is set aside only with evidence: say what it is."),
    # cases: what may follow, and handoffs
    Reason.NO_CASE_YET: _lp("reason", "There is no case yet: it begins when the papers are collected or received."),
    Reason.CASE_EXISTS: _lp("reason", "This case exists already; it is not collected a second time."),
    Reason.CASE_CLOSED: _lp("reason", "The case is closed."),
    Reason.STATE_DOES_NOT_ALLOW: _lp("reason", "The case is not at this step now."),
    Reason.NOT_THE_HOLDER: _lp("reason", "Another window holds this case."),
    Reason.UNDER_WAY: _lp("reason", "The case is under way to another window. Until it is received there you can only recall it."),
    Reason.NOT_UNDER_WAY: _lp("reason", "The case is not under way: there is nothing to receive, return or recall."),
    Reason.NOT_ADDRESSED: _lp("reason", "The case was sent to another window; only that window receives or returns it."),
    Reason.RECEIVE_FIRST: _lp("reason", "The case is under way to you: receive or return it first."),
    Reason.FILING_COMES_FIRST: _lp(
        "reason", "Refusing and not accepting are filed with the center first: they take effect once the filing has passed."
    ),
    Reason.REVIEW_FAILED: _lp(
        "reason", "The review found a point that is not met: it cannot be granted. Review it again, or file a refusal."
    ),
    Reason.NOTICED_ONCE: _lp("reason", "What is missing was said once, whole. A second notice needs the supervisor to allow it."),
    Reason.NOTHING_CAME_IN: _lp("reason", "Nothing that was noticed has come in."),
    Reason.STILL_MISSING: _lp("reason", "Something of the notice is still missing."),
    Reason.NO_UNDERTAKING: _lp("reason", "No material is to come later in this case."),
    Reason.UNDERTAKING_UNMET: _lp("reason", "Material that was promised for later has not come: it cannot be decided before."),
    Reason.UNDERTAKING_NOT_SIGNED: _lp("reason", "These materials may come later, but only by a signed undertaking: %(materials)s."),
    Reason.NOT_SECONDARY: _lp(
        "reason",
        "These materials are missing and may not come later: %(materials)s. Complete them on the spot, or give the one-time notice.",
    ),
    Reason.CLOCK_STANDS: _lp("reason", "The clock is stopped. End the stop first."),
    Reason.CLOCK_RUNS: _lp("reason", "The clock is not stopped."),
    Reason.STOP_CAUSE_UNKNOWN: _lp("reason", "Only the causes named by law stop a clock."),
    Reason.STOP_NEEDS_ARTICLE: _lp("reason", "This item's own law names no such cause: give the article that stands in the item."),
    Reason.STOP_END_PAST: _lp("reason", "Say until when the clock stands: a day after today."),
    Reason.STOP_ENDS_OUTSIDE: _lp("reason", "The cause cannot have ended before the notice or in days to come."),
    Reason.EXTENDED_ONCE: _lp("reason", "The limit was extended once already."),
    Reason.EXTENSION_TOO_LATE: _lp("reason", "The limit ended on %(due)s; it can be extended only before."),
    Reason.EXTENSION_NEEDS_REASON: _lp("reason", "An extension needs its reason: it goes to the applicant."),
    Reason.EXTENSION_BY_GOVERNMENT: _lp("reason", "What is handled jointly is extended by a head of the county government."),
    Reason.EXTENSION_BY_AGENCY: _lp("reason", "This item is handled by one agency: its head extends it by 10 working days."),
    Reason.NO_STATUTORY_LIMIT: _lp("reason", "This item has no statutory limit that runs."),
    Reason.URGENT_ALREADY: _lp("reason", "It is on the urgent track already."),
    Reason.NOT_URGENT: _lp("reason", "It is not on the urgent track."),
    Reason.URGENT_NEEDS_GROUND: _lp("reason", "Choose a ground from the list."),
    Reason.FILED_AND_WAITING: _lp("reason", "A filing waits for the center's answer already."),
    Reason.NOTHING_FILED: _lp("reason", "No filing waits for an answer."),
    Reason.RETURNED_ONCE: _lp("reason", "A filing is sent back once only; this one was sent back before."),
    Reason.FILING_NEEDS_GROUND: _lp("reason", "A filing needs its ground in words."),
    Reason.FILING_NEEDS_BASIS: _lp("reason", "A filing needs its legal basis: law and article."),
    Reason.FILING_NEEDS_POINT: _lp("reason", "A refusal names the review point that is not met."),
    Reason.FILING_TOO_LATE: _lp("reason", "This is filed at least one working day before the promised day, %(due)s."),
    Reason.RETURN_NEEDS_GROUND: _lp("reason", "Say what the filing lacks."),
    Reason.NOTICE_NAMES_NOTHING: _lp("reason", "Choose what is missing."),
    Reason.NOTICE_BEYOND_LIST: _lp("reason", "Only what stands on the item's list can be asked for."),
    Reason.TURN_AWAY_NEEDS_GROUND: _lp("reason", "Say why, in words."),
    Reason.TURN_AWAY_NAMES_NOBODY: _lp("reason", "Name whose matter it is."),
    Reason.ENDING_NEEDS_GROUND: _lp("reason", "Say why, in words."),
    Reason.NO_COMMITMENT: _lp("reason", "This item cannot be done by commitment."),
    Reason.BROKE_A_COMMITMENT: _lp("reason", "The applicant broke a commitment before: it is not open again."),
    Reason.NEEDS_AN_OFFICE: _lp("reason", "This is an act of office; you do not hold the office that it needs."),
    Reason.NOTHING_TO_CORRECT: _lp("reason", "Choose what to correct."),
    Reason.RENEWS_ALREADY: _lp("reason", "This case renews a licence already."),
    Reason.ANOTHER_LICENCE: _lp("reason", "This licence is of another item or holder."),
    Reason.LICENCE_NOT_VALID: _lp("reason", "This licence is not valid on this day, or has no end."),
    Reason.CHECK_STEP_NOT_NOW: _lp("reason", "This step cannot follow now: first time to put it right, then hearing the person."),
    Reason.CORRECT_BY_TO_COME: _lp("reason", "Give a day to come by which it is to be put right."),
    Reason.HEARING_OPEN: _lp("reason", "A hearing was asked for and has not been held: it is due by %(due)s."),
    Reason.PARTY_NOT_HEARD: _lp("reason", "An interested party was told and has until %(until)s to say something."),
    Reason.AGENT_NEEDS_PAPER: _lp("reason", "An agent acts by a power of attorney: say which paper, and for what."),
    Reason.DAY_IN_PAST: _lp("reason", "This day is past."),
    Reason.PARTY_NEEDS_DAYS: _lp("reason", "An interested party has until %(least)s at least to say something."),
    Reason.DAY_TO_COME: _lp("reason", "This day has not come yet."),
    Reason.HEARING_TOO_LATE: _lp("reason", "A hearing could be asked for until %(last)s."),
    Reason.NO_HEARING: _lp("reason", "No hearing was asked for, or it was not announced, or its day has not come."),
    Reason.CHAIR_IS_REVIEWER: _lp("reason", "Who reviewed the case does not chair its hearing."),
    Reason.HEARING_NOTICE_SHORT: _lp("reason", "The notice goes out seven days before: on %(first)s at the earliest."),
    Reason.HEARING_HELD_LATE: _lp("reason", "The hearing is held by %(due)s at the latest."),
    Reason.TWO_OFFICERS: _lp("reason", "A site is checked by two officers or more."),
    Reason.HANDOFF_TO_ITSELF: _lp("reason", "The case is at this window already."),
    Reason.TARGET_HOLDS_NO_POWER: _lp("reason", "That window holds no power for this item, so the case cannot go there."),
    Reason.OTHER_ROUTE_NEEDS_REASON: _lp("reason", "This is not the proposed window: say why the case goes there."),
    Reason.RETURN_NEEDS_REASON: _lp("reason", "Say why the case is returned."),
    Reason.RETURN_NAMES_NOBODY: _lp("reason", "A return as “not ours” must say whose it is."),
    Reason.NOT_CORRECTABLE: _lp("reason", "This cannot be corrected."),
    Reason.DATE_NEEDS_OFFICE: _lp("reason", "Only a supervisor can correct a date that moves a limit."),
    Reason.DATE_OUT_OF_ORDER: _lp(
        "reason", "The corrected date does not fit: it is no date, lies in the future, or breaks the order of the steps."
    ),
    # authority: who holds which power
    Reason.NO_POSTING: _lp("reason", "You are not posted at this window."),
    Reason.NO_CLAUSE: _lp("reason", "No instrument gives window %(window)s this power for item %(item)s."),
    Reason.NO_CODE_AT_WINDOW: _lp("reason", "Window %(window)s holds no power of any kind for item %(item)s now."),
    Reason.OTHER_ITEM: _lp("reason", "%(instrument)s gives window %(window)s this power for other items, not for %(item)s."),
    Reason.ITEM_CONCENTRATED: _lp(
        "reason", "Item %(item)s has passed to the approval bureau; the department that gave it away can grant and use nothing on it."
    ),
    Reason.ABOVE_CEILING: _lp("reason", "A window of this level cannot hold this power on this mandate."),
    Reason.NOT_ON_VILLAGE_LIST: _lp("reason", "Item %(item)s is not on the county's list of matters that a village room does wholly."),
    Reason.BODY_NOT_SERVED: _lp("reason", "Window %(window)s does not serve the body that would use the power."),
    Reason.NOT_REGISTERED: _lp("reason", "%(instrument)s is not registered yet, so it is not in force."),
    Reason.STARTS_LATER: _lp("reason", "%(instrument)s is in force only from %(begins_on)s, %(begins_time)s."),
    Reason.CLAUSE_LAPSED: _lp("reason", "The power under %(instrument)s has lapsed; its last day was %(until)s."),
    Reason.CLAUSE_ENDED: _lp(
        "reason", "The power under %(instrument)s was revoked or replaced; it ended on %(ended_on)s at %(ended_time)s."
    ),
    Reason.OTHER_HANDLING: _lp("reason", "%(instrument)s gives this power for another kind of handling only."),
    Reason.AMOUNT_ABOVE: _lp("reason", "%(instrument)s gives this power up to an amount that this case exceeds or does not state."),
    Reason.OTHER_TERRITORY: _lp("reason", "%(instrument)s gives this power for applicants of another territory only."),
    Reason.CLAUSES_OVERLAP: _lp(
        "reason",
        "%(instrument)s, in force, already gives window %(window)s this power on the same item. Name it as the one that is replaced, or end it first.",
    ),
    Reason.NO_AMOUNT_ASKED: _lp("reason", "Item %(item)s asks for no amount, so a largest amount would never be met."),
    Reason.AMOUNT_NOT_POSITIVE: _lp("reason", "The largest amount is above nothing."),
    Reason.TERRITORY_ELSEWHERE: _lp("reason", "The territory does not lie at or below the point of window %(window)s."),
    Reason.FILED_ALREADY: _lp("reason", "It is filed there already."),
    Reason.NOT_TO_FILE: _lp("reason", "The center's management files its copy, the department its own."),
    Reason.NOT_TO_ATTACH: _lp("reason", "The scan of the signed paper is added by a county manager or the head of the issuing body."),
    Reason.CHANGES_FROM_TOMORROW: _lp(
        "reason", "It changes from a later day on, %(earliest)s at the earliest: no answer about the past changes."
    ),
    Reason.SEAL_NOT_LOGGED: _lp("reason", "No use of a seal is logged for this paper, so it is not issued."),
    Reason.CEILING_NOT_LIFTED: _lp("reason", "The rule itself does not allow this, so no county can."),
    Reason.CLAUSE_SUSPENDED: _lp("reason", "The power under %(instrument)s was suspended on %(ended_on)s at %(ended_time)s."),
    Reason.NOT_CHIEF: _lp("reason", "Only the chief representative of the body, or the one who stands in, may do this here."),
    Reason.OTHER_POST: _lp("reason", "The power is for another post than yours at this window."),
    Reason.NO_ENFORCEMENT_CERTIFICATE: _lp("reason", "Reviewing item %(item)s needs an enforcement certificate."),
    Reason.REVIEWED_BY_SAME_PERSON: _lp("reason", "You reviewed this case, so someone else must decide it."),
    Reason.ITEM_FORWARDED: _lp("reason", "By law item %(item)s is forwarded up; it is not decided here."),
    # authority: instruments, given and ended
    Reason.NO_CLAUSES: _lp("reason", "The instrument grants nothing yet: add a clause."),
    Reason.NOT_A_TOWN_GOVERNMENT: _lp("reason", "An entrustment goes to a town government or subdistrict office: name it."),
    Reason.NO_LAW_NAMED: _lp("reason", "Name the law, or the provincial list, that allows this."),
    Reason.MANDATES_MIXED: _lp("reason", "Only an entrustment has a receiving body."),
    Reason.NO_POWERS: _lp("reason", "Choose at least one power."),
    Reason.NO_ITEMS: _lp("reason", "Choose at least one item, or all of the body's items."),
    Reason.NO_FIRST_DAY: _lp("reason", "Say from which day it holds."),
    Reason.BACKDATED: _lp("reason", "It cannot begin on %(from_on)s: that day is past, and nothing is backdated."),
    Reason.PERIOD_REVERSED: _lp("reason", "The last day, %(until_on)s, is before the first, %(from_on)s."),
    Reason.OWN_WINDOW: _lp("reason", "Nobody grants to window %(window)s while posted there."),
    Reason.NOT_ITS_CENTER: _lp("reason", "An entrustment is used at a window of that town's own center; %(window)s is none."),
    Reason.CARRIES_NO_POWER: _lp("reason", "Receive and forward carries no power: only collecting and delivering."),
    Reason.CONCENTRATED_ONE_BY_ONE: _lp("reason", "Under the concentrated mandate items are named one by one, not all of a body."),
    Reason.SUPERSEDES_ANOTHER_BODY: _lp("reason", "An instrument supersedes only one of the same body."),
    Reason.NOT_CONCENTRATED_HERE: _lp("reason", "Item %(item)s was not concentrated at this body."),
    Reason.ENTRUSTED_NOT_PASSED_ON: _lp("reason", "Item %(item)s was entrusted to this body; what is entrusted cannot be passed on."),
    Reason.NOT_RESPONSIBLE: _lp("reason", "%(body)s is not responsible for item %(item)s, so it cannot grant powers on it."),
    Reason.NOT_COUNTY_MANAGER: _lp("reason", "Only a county manager drafts and registers instruments."),
    Reason.NOT_HEAD_OF_AGENCY: _lp("reason", "Only the head of the issuing body signs."),
    Reason.DRAFTER_SIGNS: _lp("reason", "You drafted this instrument; someone else must sign it."),
    Reason.ALREADY_SIGNED: _lp("reason", "The instrument is signed; nothing of it changes any more."),
    Reason.NOT_SIGNED: _lp("reason", "The head of the body has not signed it yet."),
    Reason.ALREADY_REGISTERED: _lp("reason", "The instrument is registered already."),
    Reason.NOT_TO_END: _lp("reason", "Only a county manager or the head of the issuing body can end this power."),
    Reason.NO_GROUND: _lp("reason", "Say why."),
    Reason.NO_INSTRUMENT_NAMED: _lp("reason", "Name the number of the instrument that ends it."),
    Reason.SUSPENDS_AT_ONCE: _lp("reason", "A suspension works at once; it has no other day."),
    Reason.ENDS_TOO_EARLY: _lp("reason", "The end must be a day after today, %(today)s. Nothing ends in the past."),
    Reason.ENDS_ANYHOW: _lp("reason", "The power under %(instrument)s ends before that anyhow; its last day is %(until)s."),
    # joint approval and packages
    Reason.JOINT_NEEDS_TWO: _lp("reason", "One department alone needs no joint approval: register the matter in the usual way."),
    Reason.JOINT_LIMIT_TOO_LONG: _lp("reason", "A joint matter takes %(most)s working days at most (Administrative Licensing Law, art. 42)."),
    Reason.JOINT_QUESTION_UNUSED: _lp("reason", "Each question of a package chooses an item, and each item stands in it once."),
    Reason.BRANCH_WITHOUT_WINDOW: _lp("reason", "No window holds acceptance, joint approval and decision for %(items)s, so it cannot be opened."),
    Reason.JOINT_NOTICE_BY_LEAD: _lp(
        "reason", "This case is a branch of %(joint)s: say there what is missing; the leading window sends the one notice."
    ),
    Reason.JOINT_HALTED: _lp(
        "reason", "Another branch of %(joint)s was refused, so the whole has ended unless the leading window shows that the others stand alone."
    ),
    Reason.JOINT_NOTICED_ONCE: _lp("reason", "The one notice has gone out already."),
    Reason.JOINT_ASK_TOO_LATE: _lp("reason", "What is missing had to be said by %(until)s."),
    Reason.JOINT_NOTHING_ASKED: _lp("reason", "No branch has said that anything is missing."),
    Reason.JOINT_ASKS_WAIT: _lp("reason", "%(number)s more branches can say what is missing until %(until)s; after that the one notice goes out."),
    Reason.JOINT_SITE_ONCE: _lp("reason", "There is one joint site visit, and it was held."),
    Reason.JOINT_SITE_PAST: _lp("reason", "The day of the visit is today or later."),
    Reason.JOINT_SITE_NOT_SET: _lp("reason", "No joint site visit was called."),
    Reason.JOINT_SITE_TO_COME: _lp("reason", "The joint site visit is on %(on)s."),
    Reason.JOINT_NOTHING_REFUSED: _lp("reason", "No branch was refused that the others would have to stand without."),
    Reason.JOINT_BRANCHES_WAIT: _lp("reason", "%(number)s branches have no result yet. Nothing is assumed of a silent one."),
    Reason.JOINT_ENDED: _lp("reason", "This joint matter has ended."),
    Reason.NOT_THE_LEAD: _lp("reason", "Only the leading window does this."),
    # network: where a point stands, and what becomes of it
    Reason.POINT_HOLDS_CASES: _lp("reason", "A window of this point still holds cases; hand each of them off first."),
    Reason.POINT_NEEDS_PARENT: _lp("reason", "Every point but the county center stands below another one: name it."),
    Reason.ROOT_HAS_NO_PARENT: _lp("reason", "The county center is the root: it stands below no other point."),
    Reason.LEVEL_NOT_BELOW: _lp(
        "reason", "A point of this level cannot stand below that one: from the county to sub-centers and towns, from a town to its rooms."
    ),
    Reason.POINT_IS_CLOSED: _lp("reason", "A point that was closed or merged does not open again; make a new one."),
    Reason.STATUS_IS_THE_SAME: _lp("reason", "The point has this status already."),
    # catalogue: what an item must say before it is published
    Reason.NAME_MISSING: _lp("reason", "Cannot be published: the name is missing in one of the three languages."),
    Reason.LEGAL_BASIS_MISSING: _lp("reason", "Cannot be published: the legal basis is missing."),
    Reason.CONDITIONS_MISSING: _lp("reason", "Cannot be published: the conditions are missing."),
    Reason.PROCEDURE_MISSING: _lp("reason", "Cannot be published: the procedure is missing."),
    Reason.STATUTORY_LIMIT_MISSING: _lp(
        "reason", "Cannot be published: the statutory limit is missing. “None” is an answer, empty is not."
    ),
    Reason.PROMISED_LIMIT_MISSING: _lp("reason", "Cannot be published: the promised limit is missing."),
    Reason.FEE_BASIS_MISSING: _lp("reason", "Cannot be published: the basis of the fee is missing. “No fee” is an answer, empty is not."),
    Reason.FEE_STANDARD_MISSING: _lp("reason", "Cannot be published: the fee standard is missing. “No fee” is an answer, empty is not."),
    Reason.MATERIALS_UNLISTED: _lp("reason", "Cannot be published: the list of materials is missing."),
    Reason.FORM_MISSING: _lp("reason", "Cannot be published: the application form is missing."),
    Reason.SPECIMEN_MISSING: _lp("reason", "Cannot be published: the filled-in specimen of the form is missing."),
    Reason.QUOTA_MISSING: _lp("reason", "Cannot be published: it does not say whether the number is limited."),
    Reason.LIST_NOT_EXHAUSTIVE: _lp(
        "reason",
        "Cannot be published: “%(text)s” leaves the list open. Materials, conditions and steps are named one by one, without “other” and “etc.”.",
    ),
    Reason.LIMIT_NOT_ONE_NUMBER: _lp("reason", "A limit is one whole number, not “%(text)s”."),
    Reason.PROMISE_ABOVE_STATUTORY: _lp("reason", "The promised limit (%(promised)s) is longer than the statutory one (%(statutory)s)."),
    Reason.STAGES_MISS_PROMISE: _lp("reason", "The stages add up to %(stages)s, the promise is %(promised)s."),
    # fees: what can be charged
    Reason.FEE_NOT_PUBLISHED: _lp("reason", "Only a published fee can be charged: say where it is published."),
    Reason.FEE_NEEDS_LAW: _lp("reason", "A fee on a licence needs a law or an administrative regulation as its basis."),
    Reason.FEE_RANGE_REVERSED: _lp("reason", "The lower standard is above the upper one."),
    # authority: stand-ins, postings, confirmation, stationing
    Reason.NOT_TO_APPOINT_STAND_IN: _lp("reason", "Only the head of the body or the center's management appoints a stand-in."),
    Reason.CHIEF_FOR_OTHERS_TOO: _lp(
        "reason", "The absent person is also chief representative for another body here, so the center's management appoints."
    ),
    Reason.STAND_IN_NEEDS_END: _lp("reason", "A stand-in has a last day, at most %(most)s days from the first."),
    Reason.STAND_IN_TOO_LONG: _lp("reason", "%(days)s days is too long: a stand-in lasts %(most)s days at most, until %(latest)s."),
    Reason.STAND_IN_NEEDS_REASON: _lp("reason", "Write down why the chief representative is absent."),
    Reason.STANDS_IN_FOR_ONESELF: _lp("reason", "Nobody stands in for themselves."),
    Reason.APPOINTS_ONESELF: _lp("reason", "Nobody appoints themselves."),
    Reason.ABSENT_NOT_CHIEF: _lp(
        "reason",
        "No letter makes the absent person chief representative at this point for the whole time from %(from_on)s to %(until_on)s.",
    ),
    Reason.STAND_IN_NOT_POSTED: _lp(
        "reason", "Who stands in must be posted as staff at this window for the whole time from %(from_on)s to %(until_on)s."
    ),
    Reason.STAND_IN_OVERLAPS: _lp("reason", "Somebody already stands in for this person here from %(from_on)s to %(until_on)s."),
    Reason.STAND_IN_IS_ABSENT: _lp("reason", "This person is absent too, from %(from_on)s to %(until_on)s."),
    Reason.STANDS_IN_ALREADY: _lp("reason", "This person already stands in for somebody at this window from %(from_on)s to %(until_on)s."),
    Reason.STAND_IN_OVER: _lp("reason", "This stand-in is over already."),
    Reason.NOT_TO_DRAFT_LETTER: _lp("reason", "Only a county manager or the center's management drafts a letter of appointment."),
    Reason.LETTER_DRAFTER_SIGNS: _lp("reason", "You drafted this letter; someone else must sign it."),
    Reason.LETTER_SIGNED: _lp("reason", "The letter is signed; nothing of it changes any more."),
    Reason.LETTER_NOT_SIGNED: _lp("reason", "The head of the body has not signed this letter yet."),
    Reason.NOT_TO_REGISTER_LETTER: _lp("reason", "Only a county manager registers a letter of appointment."),
    Reason.LETTER_REGISTERED: _lp("reason", "The letter is registered already."),
    Reason.NOT_TO_END_LETTER: _lp("reason", "Only a county manager or the head of the body can end an appointment."),
    Reason.LETTER_NOT_REGISTERED: _lp("reason", "The letter is not registered yet."),
    Reason.LETTER_OVER: _lp("reason", "The appointment ends before that anyhow."),
    Reason.NOT_TO_FILE_LETTER: _lp("reason", "The center's management files its copy of the letter, the department its own."),
    Reason.POST_NOT_AT_THIS_LEVEL: _lp("reason", "An agent works at a village or community room, a member of staff at a window above it."),
    Reason.AGENT_NOT_APPOINTED: _lp("reason", "A village agent is appointed by the village."),
    Reason.AGENT_NOT_CONFIRMED: _lp("reason", "A village agent is confirmed by the town."),
    Reason.STAFF_IS_TEMPORARY: _lp("reason", "Temporary staff are not posted at a window. An exception needs a written reason."),
    Reason.POSTING_NEEDS_CERTIFICATE: _lp(
        "reason", "An item of this window needs an enforcement certificate. An exception needs a written reason."
    ),
    Reason.POSTING_TOO_SHORT: _lp("reason", "A posting lasts two years, here until %(earliest)s. An exception needs a written reason."),
    Reason.POSTING_TOLD_TOO_LATE: _lp(
        "reason", "A change is told %(days)s working days ahead, by %(latest)s. An exception needs a written reason."
    ),
    Reason.NOT_TO_POST: _lp(
        "reason",
        "Only the center's management, a county manager, or the head of the body whose own window this is decides who is posted here.",
    ),
    Reason.POSTS_ONESELF: _lp("reason", "Nobody posts themselves."),
    Reason.POSTED_ALREADY: _lp("reason", "This person is already posted there with this post since %(from_on)s."),
    Reason.POSTING_IS_OVER: _lp("reason", "This posting was over on %(until_on)s."),
    Reason.POSTING_ENDS_IN_PAST: _lp("reason", "The last day is today or later: who was posted on a past day is not changed."),
    Reason.POSTING_ENDS_ANYHOW: _lp("reason", "This posting ends on %(until_on)s anyhow."),
    Reason.NOT_CONFIRMED_IN_TIME: _lp("reason", "%(instrument)s was not confirmed in time: since %(closed_on)s it covers no new case."),
    Reason.NOT_TO_CONFIRM: _lp("reason", "Only the head of the body that gave the instrument confirms it."),
    Reason.NOT_TO_WITHDRAW: _lp("reason", "Only a county manager or the center's management does this."),
    Reason.NOT_STATIONED: _lp("reason", "Item %(item)s is not stationed at any point, so it cannot be withdrawn."),
    Reason.WITHDRAWAL_NEEDS_REVIEW: _lp("reason", "Withdrawing an item needs a legal review."),
    Reason.WITHDRAWAL_NEEDS_APPROVAL: _lp("reason", "Withdrawing an item needs the county government's approval."),
    Reason.WITHDRAWAL_NEEDS_FILING: _lp("reason", "Withdrawing an item needs to be filed."),
    Reason.WITHDRAWAL_OUT_OF_ORDER: _lp(
        "reason", "First the legal review, then the approval, then the filing; none of them is dated after today."
    ),
    Reason.LISTED_ALREADY: _lp("reason", "On that day it stands on the negative list already, by %(instrument)s."),
    Reason.NEGATIVE_LIST_NEEDS_INSTRUMENT: _lp("reason", "An item stands on the negative list only by an instrument: give its number."),
}

# The words of a step of an explanation that is met; one that is not met says its Reason.
STEPS: dict[Explain, Any] = {
    Explain.POSTED: _lp("explain", "The person is posted at window %(window)s."),
    Explain.POWER_NAMED: _lp("explain", "An instrument gives window %(window)s this power."),
    Explain.ITEM_NAMED: _lp("explain", "%(instrument)s covers item %(item)s."),
    Explain.BELOW_CEILING: _lp("explain", "A window of this level can hold this power on this mandate."),
    Explain.ON_VILLAGE_LIST: _lp("explain", "Item %(item)s is on the county's list of matters that a village room does wholly."),
    Explain.BODY_SERVED: _lp("explain", "Window %(window)s serves the body that uses the power."),
    Explain.REGISTERED: _lp("explain", "%(instrument)s is signed and registered."),
    Explain.NOT_OVER: _lp("explain", "%(instrument)s has not lapsed and was not ended."),
    Explain.BEGUN: _lp("explain", "%(instrument)s is in force since %(begins_on)s, %(begins_time)s."),
    Explain.CONDITION_MET: _lp("explain", "The conditions of the clause are met (kind of handling, amount, territory)."),
    Explain.CONFIRMED: _lp("explain", "%(instrument)s was last confirmed on %(confirmed_on)s."),
    Explain.RIGHT_POST: _lp("explain", "The person holds the post that uses this power."),
    Explain.CERTIFICATE_HELD: _lp("explain", "The person holds the enforcement certificate that item %(item)s needs."),
    Explain.DECIDED_HERE: _lp("explain", "Item %(item)s is decided in the county, not forwarded up by law."),
    Explain.NOT_REVIEWER: _lp("explain", "The person did not review this case."),
}


class _Facts(dict[str, object]):
    """A fact that a Decision does not carry shows as nothing, never as an error page."""

    def __missing__(self, key: str) -> str:
        return ""


def words(decision: Decision) -> str:
    """Why not, in one sentence, in the language of the page."""
    if decision.reason is None:
        return ""
    return str(TEXTS[decision.reason]) % _Facts(decision.facts)


def step_words(step: Step) -> str:
    """One step of why or why not, in one sentence, in the language of the page."""
    return str(STEPS[step.text]) % _Facts(step.facts) if step.ok else words(step.refusal)
