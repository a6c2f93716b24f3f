"""The one answer type of the house: may this be done, and on what does the answer rest?

A `Decision` is true and names its `Basis` (clause, office, applicant, article), or false and carries a `Reason` with the id of
the rule in the domain. The same Decision draws the button, explains its absence and guards the POST.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Sort(StrEnum):
    """The four sorts of event on a case; there is no fifth (G-2)."""

    WINDOW_ACT = "window_act"
    ACT_OF_OFFICE = "act_of_office"
    ACT_OF_APPLICANT = "act_of_applicant"
    EFFECT_OF_LAW = "effect_of_law"


@dataclass(frozen=True, slots=True)
class Basis:
    """What an allowed act rests on; exactly one of clause, office and article is set, none for an act of the applicant (G-2)."""

    sort: Sort
    clause: int | None = None
    office: int | None = None
    article: str | None = None


class Reason(StrEnum):
    """Why something is refused. The words that people read stand in `portal/web/reasons.py`, one text a reason."""

    # every feature
    NOT_YOURS = "not_yours"
    NOT_BUILT = "not_built"

    # what moves
    NOT_TO_MOVE = "not_to_move"
    LEAVES_CASES = "leaves_cases"
    LEAVES_PEOPLE = "leaves_people"
    LEAVES_LETTERS = "leaves_letters"
    LEAVES_POINTS = "leaves_points"
    LEAVES_ASSIGNED = "leaves_assigned"
    LEAVES_WINDOW_ALONE = "leaves_window_alone"
    WINDOW_ENDS_ANYHOW = "window_ends_anyhow"
    POINT_IS_NOT_WORKING = "point_is_not_working"
    ROOT_HAS_NO_REFUGE = "root_has_no_refuge"

    # disputes between bodies
    IN_DISPUTE = "in_dispute"
    DISPUTE_IS_OVER = "dispute_is_over"
    DISPUTE_HAS_MET = "dispute_has_met"
    DISPUTE_HAS_NOT_MET = "dispute_has_not_met"
    NOT_TO_CALL_MEETING = "not_to_call_meeting"
    NOT_TO_RULE = "not_to_rule"
    MEETING_OF_ANOTHER_DAY = "meeting_of_another_day"
    MEETING_NEEDS_TWO = "meeting_needs_two"

    # from approval to supervision
    TASK_IS_CONFIRMED = "task_is_confirmed"
    NOT_OF_SUPERVISING_BODY = "not_of_supervising_body"
    DECIDED_IT_ONESELF = "decided_it_oneself"

    # materials
    REVIEW_POINT_NOT_MET = "review_point_not_met"
    TOO_MANY_FILES = "too_many_files"
    FILE_SHOWS_WHAT_IS_MASKED = "file_shows_what_is_masked"

    # authority: who holds which power
    NO_POSTING = "no_posting"
    NO_CLAUSE = "no_clause"
    NO_CODE_AT_WINDOW = "no_code_at_window"
    OTHER_ITEM = "other_item"
    ITEM_CONCENTRATED = "item_concentrated"
    ABOVE_CEILING = "above_ceiling"
    NOT_ON_VILLAGE_LIST = "not_on_village_list"
    BODY_NOT_SERVED = "body_not_served"
    NOT_REGISTERED = "not_registered"
    STARTS_LATER = "starts_later"
    CLAUSE_LAPSED = "clause_lapsed"
    CLAUSE_ENDED = "clause_ended"
    CLAUSE_SUSPENDED = "clause_suspended"
    OTHER_HANDLING = "other_handling"
    AMOUNT_ABOVE = "amount_above"
    OTHER_TERRITORY = "other_territory"
    NOT_CHIEF = "not_chief"
    OTHER_POST = "other_post"
    NO_ENFORCEMENT_CERTIFICATE = "no_enforcement_certificate"
    REVIEWED_BY_SAME_PERSON = "reviewed_by_same_person"
    ITEM_FORWARDED = "item_forwarded"

    # authority: instruments, given and ended
    NO_CLAUSES = "no_clauses"
    NOT_A_TOWN_GOVERNMENT = "not_a_town_government"
    NO_LAW_NAMED = "no_law_named"
    MANDATES_MIXED = "mandates_mixed"
    NO_POWERS = "no_powers"
    NO_ITEMS = "no_items"
    NO_FIRST_DAY = "no_first_day"
    BACKDATED = "backdated"
    PERIOD_REVERSED = "period_reversed"
    OWN_WINDOW = "own_window"
    NOT_ITS_CENTER = "not_its_center"
    CARRIES_NO_POWER = "carries_no_power"
    NOT_CONCENTRATED_HERE = "not_concentrated_here"
    CONCENTRATED_ONE_BY_ONE = "concentrated_one_by_one"
    SUPERSEDES_ANOTHER_BODY = "supersedes_another_body"
    ENTRUSTED_NOT_PASSED_ON = "entrusted_not_passed_on"
    NOT_RESPONSIBLE = "not_responsible"
    NOT_COUNTY_MANAGER = "not_county_manager"
    NOT_HEAD_OF_AGENCY = "not_head_of_agency"
    DRAFTER_SIGNS = "drafter_signs"
    ALREADY_SIGNED = "already_signed"
    NOT_SIGNED = "not_signed"
    ALREADY_REGISTERED = "already_registered"
    NOT_TO_END = "not_to_end"
    NO_GROUND = "no_ground"
    NO_INSTRUMENT_NAMED = "no_instrument_named"
    SUSPENDS_AT_ONCE = "suspends_at_once"
    ENDS_TOO_EARLY = "ends_too_early"
    ENDS_ANYHOW = "ends_anyhow"
    CLAUSES_OVERLAP = "clauses_overlap"
    NO_AMOUNT_ASKED = "no_amount_asked"
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    TERRITORY_ELSEWHERE = "territory_elsewhere"
    FILED_ALREADY = "filed_already"
    NOT_TO_FILE = "not_to_file"
    NOT_TO_ATTACH = "not_to_attach"
    CHANGES_FROM_TOMORROW = "changes_from_tomorrow"
    CEILING_NOT_LIFTED = "ceiling_not_lifted"
    SEAL_NOT_LOGGED = "seal_not_logged"

    # cases: what may follow, and handoffs
    NO_CASE_YET = "no_case_yet"
    CASE_EXISTS = "case_exists"
    CASE_CLOSED = "case_closed"
    STATE_DOES_NOT_ALLOW = "state_does_not_allow"
    NOT_THE_HOLDER = "not_the_holder"
    UNDER_WAY = "under_way"
    NOT_UNDER_WAY = "not_under_way"
    NOT_ADDRESSED = "not_addressed"
    RECEIVE_FIRST = "receive_first"
    FILING_COMES_FIRST = "filing_comes_first"
    HANDOFF_TO_ITSELF = "handoff_to_itself"
    TARGET_HOLDS_NO_POWER = "target_holds_no_power"
    OTHER_ROUTE_NEEDS_REASON = "other_route_needs_reason"
    ROUTE_NEEDS_REASON = "route_needs_reason"
    ROUTED_WHERE_IT_IS = "routed_where_it_is"
    ROUTED_WHERE_NOBODY_COULD = "routed_where_nobody_could"
    RETURN_NEEDS_REASON = "return_needs_reason"
    RETURN_NAMES_NOBODY = "return_names_nobody"
    RETURN_NAMES_NO_DOOR = "return_names_no_door"
    BATCH_EMPTY = "batch_empty"
    BATCH_TOO_LARGE = "batch_too_large"
    ASKS_ITSELF = "asks_itself"
    ASK_NEEDS_WORDS = "ask_needs_words"
    NOT_ASKED = "not_asked"
    ASKED_AND_ANSWERED = "asked_and_answered"
    ANSWER_NEEDS_WORDS = "answer_needs_words"
    PAPER_WITHOUT_COUNT = "paper_without_count"
    TOO_MANY_PAPERS = "too_many_papers"
    PAPERS_NOT_AWAITED = "papers_not_awaited"
    PAPERS_NAME_NOTHING = "papers_name_nothing"
    PAPERS_BEYOND_LIST = "papers_beyond_list"
    REVIEW_FAILED = "review_failed"
    NOTICED_ONCE = "noticed_once"
    NOTHING_CAME_IN = "nothing_came_in"
    STILL_MISSING = "still_missing"
    NO_UNDERTAKING = "no_undertaking"
    UNDERTAKING_UNMET = "undertaking_unmet"
    UNDERTAKING_NOT_SIGNED = "undertaking_not_signed"
    NOT_SECONDARY = "not_secondary"
    CLOCK_STANDS = "clock_stands"
    CLOCK_RUNS = "clock_runs"
    STOP_CAUSE_UNKNOWN = "stop_cause_unknown"
    STOP_NEEDS_ARTICLE = "stop_needs_article"
    STOP_END_PAST = "stop_end_past"
    STOP_ENDS_OUTSIDE = "stop_ends_outside"
    EXTENDED_ONCE = "extended_once"
    EXTENSION_TOO_LATE = "extension_too_late"
    EXTENSION_NEEDS_REASON = "extension_needs_reason"
    EXTENSION_BY_GOVERNMENT = "extension_by_government"
    EXTENSION_BY_AGENCY = "extension_by_agency"
    NO_STATUTORY_LIMIT = "no_statutory_limit"
    URGENT_ALREADY = "urgent_already"
    NOT_URGENT = "not_urgent"
    URGENT_NEEDS_GROUND = "urgent_needs_ground"
    FILED_AND_WAITING = "filed_and_waiting"
    NOTHING_FILED = "nothing_filed"
    RETURNED_ONCE = "returned_once"
    FILING_NEEDS_GROUND = "filing_needs_ground"
    FILING_NEEDS_BASIS = "filing_needs_basis"
    FILING_NEEDS_POINT = "filing_needs_point"
    FILING_TOO_LATE = "filing_too_late"
    RETURN_NEEDS_GROUND = "return_needs_ground"
    NOTICE_NAMES_NOTHING = "notice_names_nothing"
    NOTICE_BEYOND_LIST = "notice_beyond_list"
    TURN_AWAY_NEEDS_GROUND = "turn_away_needs_ground"
    TURN_AWAY_NAMES_NOBODY = "turn_away_names_nobody"
    ENDING_NEEDS_GROUND = "ending_needs_ground"
    NO_COMMITMENT = "no_commitment"
    BROKE_A_COMMITMENT = "broke_a_commitment"
    NEEDS_AN_OFFICE = "needs_an_office"
    NOTHING_TO_CORRECT = "nothing_to_correct"
    RENEWS_ALREADY = "renews_already"
    ANOTHER_LICENCE = "another_licence"
    LICENCE_NOT_VALID = "licence_not_valid"
    CHECK_STEP_NOT_NOW = "check_step_not_now"
    CORRECT_BY_TO_COME = "correct_by_to_come"
    HEARING_OPEN = "hearing_open"
    PARTY_NOT_HEARD = "party_not_heard"
    AGENT_NEEDS_PAPER = "agent_needs_paper"
    DAY_IN_PAST = "day_in_past"
    PARTY_NEEDS_DAYS = "party_needs_days"
    DAY_TO_COME = "day_to_come"
    HEARING_TOO_LATE = "hearing_too_late"
    NO_HEARING = "no_hearing"
    CHAIR_IS_REVIEWER = "chair_is_reviewer"
    HEARING_NOTICE_SHORT = "hearing_notice_short"
    HEARING_HELD_LATE = "hearing_held_late"
    TWO_OFFICERS = "two_officers"

    # agent service (C-14)
    CONSENT_NAMES_NOTHING = "consent_names_nothing"
    CONSENT_TOO_LONG = "consent_too_long"
    SIGNS_WITHOUT_POWER = "signs_without_power"
    SIGNS_LONGER_THAN_POWER = "signs_longer_than_power"
    NO_CONSENT = "no_consent"
    NOT_IN_CONSENT = "not_in_consent"
    NOTHING_CARRIED = "nothing_carried"
    NOT_WITH_WORKER = "not_with_worker"
    CARRIED_NOWHERE = "carried_nowhere"
    RESULT_NOT_IN_CONSENT = "result_not_in_consent"
    WHO_TOOK_IT = "who_took_it"
    NOT_CORRECTABLE = "not_correctable"
    DATE_NEEDS_OFFICE = "date_needs_office"
    DATE_OUT_OF_ORDER = "date_out_of_order"

    # applying online and rating
    CODE_OVER = "code_over"
    CODE_TRIED_TOO_OFTEN = "code_tried_too_often"
    NOT_ONLINE = "not_online"
    POINT_TAKES_NOTHING = "point_takes_nothing"
    NOT_OFFERED_THERE = "not_offered_there"
    NOBODY_TAKES_IT_THERE = "nobody_takes_it_there"
    DRAFT_IS_SENT = "draft_is_sent"
    DRAFT_LACKS = "draft_lacks"
    TOO_MANY_DRAFTS = "too_many_drafts"
    NOTHING_TO_SUPPLEMENT = "nothing_to_supplement"
    STAFF_RATES_NOTHING = "staff_rates_nothing"
    RATED_ALREADY = "rated_already"
    RATED_AFTERWARDS = "rated_afterwards"
    TOO_MANY_FILTERS = "too_many_filters"
    NONE_MARKED = "none_marked"
    TOO_MANY_MARKED = "too_many_marked"
    NAME_TOO_SHORT = "name_too_short"
    NO_PROPOSAL = "no_proposal"
    STEP_IS_DONE = "step_is_done"
    NOT_A_BAD_RATING = "not_a_bad_rating"
    CALL_BACK_FIRST = "call_back_first"
    SET_RIGHT_NEEDS_WORDS = "set_right_needs_words"
    SET_ASIDE_NEEDS_EVIDENCE = "set_aside_needs_evidence"

    # numbered paper sheets, double intake
    NOT_TO_ISSUE_SHEETS = "not_to_issue_sheets"
    SHEET_NOT_ISSUED = "sheet_not_issued"
    SHEET_OF_ANOTHER_POINT = "sheet_of_another_point"
    SHEET_USED = "sheet_used"
    SHEET_CANCELLED = "sheet_cancelled"
    SHEET_MOMENT_AHEAD = "sheet_moment_ahead"
    SHEET_BEFORE_ISSUE = "sheet_before_issue"
    SHEET_NEEDS_WORDS = "sheet_needs_words"
    SHEET_CANCEL_NEEDS_REASON = "sheet_cancel_needs_reason"
    SHEET_HAS_PHOTO = "sheet_has_photo"
    NOT_TO_OPEN_FINDING = "not_to_open_finding"
    NOT_TO_ANSWER_FINDING = "not_to_answer_finding"
    NOT_TO_CLOSE_FINDING = "not_to_close_finding"
    FINDING_ANSWERED = "finding_answered"
    FINDING_CLOSED = "finding_closed"
    FINDING_WAITS = "finding_waits"
    FINDING_NEEDS_WORDS = "finding_needs_words"

    # inquiries, the "could not get it done" window, visits and tickets
    INQUIRY_NEEDS_WINDOW = "inquiry_needs_window"
    INQUIRY_NEEDS_WORDS = "inquiry_needs_words"
    INQUIRY_IS_OVER = "inquiry_is_over"
    INQUIRY_WITH_ANOTHER = "inquiry_with_another"
    INQUIRY_HANDED_ON_TOO_OFTEN = "inquiry_handed_on_too_often"
    INQUIRY_NOT_BACK = "inquiry_not_back"
    MATTER_IS_OPEN = "matter_is_open"
    MATTER_TOO_EARLY = "matter_too_early"
    MATTER_NEEDS_WORDS = "matter_needs_words"
    NOT_TO_CHOOSE_COORDINATOR = "not_to_choose_coordinator"
    COORDINATOR_NOT_OF_CENTER = "coordinator_not_of_center"
    NOT_THE_COORDINATOR = "not_the_coordinator"
    MATTER_IS_OVER = "matter_is_over"
    MATTER_IS_ANSWERED = "matter_is_answered"
    MATTER_ANSWER_FIRST = "matter_answer_first"
    MATTER_NEEDS_CAUSE = "matter_needs_cause"
    VISIT_OUTSIDE_HOURS = "visit_outside_hours"
    VISIT_IS_PAST = "visit_is_past"
    VISIT_TOO_FAR_AHEAD = "visit_too_far_ahead"
    VISIT_IS_FULL = "visit_is_full"
    VISITS_OF_PHONE = "visits_of_phone"
    VISIT_IS_OVER = "visit_is_over"
    VISIT_OTHER_DAY = "visit_other_day"
    TICKET_POINT_CLOSED = "ticket_point_closed"
    TICKET_AT_WINDOW = "ticket_at_window"
    NOBODY_WAITS = "nobody_waits"
    TICKET_OF_ANOTHER_WINDOW = "ticket_of_another_window"
    TICKET_NOT_AT_THIS_STEP = "ticket_not_at_this_step"

    # the calendar
    REGIONAL_DAY_NEEDS_LAW = "regional_day_needs_law"
    DAY_BEFORE_CALENDAR = "day_before_calendar"
    DAY_IS_WORKED_BY_NOTICE = "day_is_worked_by_notice"
    DAY_IS_OFF_ALREADY = "day_is_off_already"
    DAY_IS_NOT_REGIONAL = "day_is_not_regional"
    NOTICE_NOT_READ = "notice_not_read"

    # inspections: quiet production days
    DAY_IS_OVER = "day_is_over"
    DAY_IS_QUIET = "day_is_quiet"
    DAY_IS_ADDED_QUIET = "day_is_added_quiet"
    DAY_IS_OFF = "day_is_off"
    EXEMPTION_UNKNOWN = "exemption_unknown"
    EXEMPTION_NOT_FOR_KIND = "exemption_not_for_kind"
    BASIS_MISSING = "basis_missing"
    ARTICLE_MISSING = "article_missing"
    CAP_REACHED = "cap_reached"
    LINE_REPEATED = "line_repeated"
    ABOVE_THE_CAP = "above_the_cap"
    ABOVE_THE_CAP_BY_LAW = "above_the_cap_by_law"
    CAP_OF_ALL_REACHED = "cap_of_all_reached"
    COORDINATE_FIRST = "coordinate_first"
    OTHER_LEVEL_NAMED = "other_level_named"
    QUIET_FROM_TOMORROW = "quiet_from_tomorrow"
    QUIET_DAYS_OPENED = "quiet_days_opened"
    QUIET_NOT_READ = "quiet_not_read"
    QUIET_STANDS_ALREADY = "quiet_stands_already"
    QUIET_PAPER_MISSING = "quiet_paper_missing"
    CATEGORY_STANDS = "category_stands"
    CATEGORY_IS_SO = "category_is_so"

    # inspections: plans
    PLAN_BODY_WITHOUT_RIGHT = "plan_body_without_right"
    PLAN_MATTER_NOT_LISTED = "plan_matter_not_listed"
    PLAN_NEEDS_TWO = "plan_needs_two"
    PLAN_INSPECTOR_OF_ANOTHER = "plan_inspector_of_another"
    PLAN_CERTIFICATE_OVER = "plan_certificate_over"
    PLAN_INSPECTOR_CONFLICT = "plan_inspector_conflict"
    PLAN_NOT_AT_THIS_STEP = "plan_not_at_this_step"
    PLAN_NEEDS_HEAD = "plan_needs_head"
    PLAN_SPECIAL_ABOVE = "plan_special_above"
    PLAN_OWN_INSPECTION = "plan_own_inspection"
    PLAN_SPECIALS_USED = "plan_specials_used"
    PLAN_FILED_TOO_LATE = "plan_filed_too_late"
    PLAN_ONLY_EMERGENCY_AFTER = "plan_only_emergency_after"
    PLAN_VISIT_NOT_OVER = "plan_visit_not_over"

    # joint approval and packages
    JOINT_NEEDS_TWO = "joint_needs_two"
    JOINT_LIMIT_TOO_LONG = "joint_limit_too_long"
    JOINT_QUESTION_UNUSED = "joint_question_unused"
    BRANCH_WITHOUT_WINDOW = "branch_without_window"
    JOINT_NOTICE_BY_LEAD = "joint_notice_by_lead"
    JOINT_HALTED = "joint_halted"
    JOINT_NOTICED_ONCE = "joint_noticed_once"
    JOINT_ASK_TOO_LATE = "joint_ask_too_late"
    JOINT_NOTHING_ASKED = "joint_nothing_asked"
    JOINT_ASKS_WAIT = "joint_asks_wait"
    JOINT_SITE_ONCE = "joint_site_once"
    JOINT_SITE_PAST = "joint_site_past"
    JOINT_SITE_NOT_SET = "joint_site_not_set"
    JOINT_SITE_TO_COME = "joint_site_to_come"
    JOINT_NOTHING_REFUSED = "joint_nothing_refused"
    JOINT_BRANCHES_WAIT = "joint_branches_wait"
    JOINT_ENDED = "joint_ended"
    NOT_THE_LEAD = "not_the_lead"

    # network: where a point stands, and what becomes of it
    POINT_HOLDS_CASES = "point_holds_cases"
    POINT_NEEDS_PARENT = "point_needs_parent"
    ROOT_HAS_NO_PARENT = "root_has_no_parent"
    LEVEL_NOT_BELOW = "level_not_below"
    POINT_IS_CLOSED = "point_is_closed"
    STATUS_IS_THE_SAME = "status_is_the_same"

    # catalogue: what an item must say before it is published
    NAME_MISSING = "name_missing"
    LEGAL_BASIS_MISSING = "legal_basis_missing"
    CONDITIONS_MISSING = "conditions_missing"
    PROCEDURE_MISSING = "procedure_missing"
    STATUTORY_LIMIT_MISSING = "statutory_limit_missing"
    PROMISED_LIMIT_MISSING = "promised_limit_missing"
    FEE_BASIS_MISSING = "fee_basis_missing"
    FEE_STANDARD_MISSING = "fee_standard_missing"
    MATERIALS_UNLISTED = "materials_unlisted"
    FORM_MISSING = "form_missing"
    SPECIMEN_MISSING = "specimen_missing"
    QUOTA_MISSING = "quota_missing"
    LIST_NOT_EXHAUSTIVE = "list_not_exhaustive"
    LIMIT_NOT_ONE_NUMBER = "limit_not_one_number"
    PROMISE_ABOVE_STATUTORY = "promise_above_statutory"
    STAGES_MISS_PROMISE = "stages_miss_promise"

    # fees: what can be charged
    FEE_NOT_PUBLISHED = "fee_not_published"
    FEE_NEEDS_LAW = "fee_needs_law"
    FEE_RANGE_REVERSED = "fee_range_reversed"

    # authority: stand-ins, postings, confirmation, stationing
    NOT_TO_APPOINT_STAND_IN = "not_to_appoint_stand_in"
    CHIEF_FOR_OTHERS_TOO = "chief_for_others_too"
    STAND_IN_NEEDS_END = "stand_in_needs_end"
    STAND_IN_TOO_LONG = "stand_in_too_long"
    STAND_IN_NEEDS_REASON = "stand_in_needs_reason"
    STANDS_IN_FOR_ONESELF = "stands_in_for_oneself"
    APPOINTS_ONESELF = "appoints_oneself"
    ABSENT_NOT_CHIEF = "absent_not_chief"
    STAND_IN_NOT_POSTED = "stand_in_not_posted"
    STAND_IN_OVERLAPS = "stand_in_overlaps"
    STAND_IN_IS_ABSENT = "stand_in_is_absent"
    STANDS_IN_ALREADY = "stands_in_already"
    STAND_IN_OVER = "stand_in_over"
    NOT_TO_DRAFT_LETTER = "not_to_draft_letter"
    LETTER_DRAFTER_SIGNS = "letter_drafter_signs"
    LETTER_SIGNED = "letter_signed"
    LETTER_NOT_SIGNED = "letter_not_signed"
    NOT_TO_REGISTER_LETTER = "not_to_register_letter"
    LETTER_REGISTERED = "letter_registered"
    NOT_TO_END_LETTER = "not_to_end_letter"
    LETTER_NOT_REGISTERED = "letter_not_registered"
    LETTER_OVER = "letter_over"
    NOT_TO_FILE_LETTER = "not_to_file_letter"
    POST_NOT_AT_THIS_LEVEL = "post_not_at_this_level"
    AGENT_NOT_APPOINTED = "agent_not_appointed"
    AGENT_NOT_CONFIRMED = "agent_not_confirmed"
    STAFF_IS_TEMPORARY = "staff_is_temporary"
    POSTING_NEEDS_CERTIFICATE = "posting_needs_certificate"
    POSTING_TOO_SHORT = "posting_too_short"
    POSTING_TOLD_TOO_LATE = "posting_told_too_late"
    NOT_TO_POST = "not_to_post"
    POSTS_ONESELF = "posts_oneself"
    POSTED_ALREADY = "posted_already"
    POSTING_IS_OVER = "posting_is_over"
    POSTING_ENDS_IN_PAST = "posting_ends_in_past"
    POSTING_ENDS_ANYHOW = "posting_ends_anyhow"
    NOT_CONFIRMED_IN_TIME = "not_confirmed_in_time"
    NOT_TO_CONFIRM = "not_to_confirm"
    NOT_TO_WITHDRAW = "not_to_withdraw"
    NOT_STATIONED = "not_stationed"
    WITHDRAWAL_NEEDS_REVIEW = "withdrawal_needs_review"
    WITHDRAWAL_NEEDS_APPROVAL = "withdrawal_needs_approval"
    WITHDRAWAL_NEEDS_FILING = "withdrawal_needs_filing"
    WITHDRAWAL_OUT_OF_ORDER = "withdrawal_out_of_order"
    NEGATIVE_LIST_NEEDS_INSTRUMENT = "negative_list_needs_instrument"
    LISTED_ALREADY = "listed_already"
    # the public side of visits
    REPORT_IS_AHEAD = "report_is_ahead"
    REPORT_IS_ANSWERED = "report_is_answered"


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes with a basis, or no with a reason, the rule's id, and the facts that the words need."""

    allowed: bool
    by: Basis | None = None
    reason: Reason | None = None
    rule: str | None = None
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def __bool__(self) -> bool:
        return self.allowed

    @classmethod
    def yes(cls, by: Basis | None = None, **facts: object) -> Decision:
        return cls(True, by=by, facts=MappingProxyType(facts))

    @classmethod
    def no(cls, reason: Reason, *, rule: str, **facts: object) -> Decision:
        return cls(False, reason=reason, rule=rule, facts=MappingProxyType(facts))

    def or_raise(self) -> Decision:
        """Return this Decision if it allows; raise `NotAllowed` with it otherwise."""
        if not self.allowed:
            raise NotAllowed(self)
        return self


class NotAllowed(Exception):
    """An act was refused by a rule. Carries the Decision, so that the page can say why."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(f"{decision.rule}: {decision.reason}")
        self.decision = decision
