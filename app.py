"""The composition root: read top to bottom, it is the map of the site."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from flask_login import LoginManager
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import cli, database, i18n, messages, operations_commands, seed_commands
from portal.accounts import commands as account_commands
from portal.accounts import contact_queries
from portal.accounts import routes as accounts
from portal.authority import commands as authority_commands
from portal.authority import (
    explain_routes,
    import_commands,
    import_routes,
    letter_routes,
    posting_routes,
    posting_services,
    powers_queries,
    powers_routes,
    stand_in_routes,
    stand_in_services,
    stationing_routes,
)
from portal.authority import matrix_routes as matrix
from portal.authority import message_words as authority_words
from portal.authority import queries as authority_queries
from portal.authority import routes as authority
from portal.cases import (
    agent_routes,
    agent_services,
    apply_routes,
    attachment_routes,
    batch_routes,
    batch_services,
    beside_routes,
    calendar_routes,
    consultation_queries,
    consultation_routes,
    course_routes,
    dispute_queries,
    dispute_routes,
    dispute_services,
    dispute_words,
    handoff_routes,
    in_flight_queries,
    inquiry_routes,
    inquiry_services,
    intake_routes,
    joint_queries,
    joint_routes,
    joint_words,
    leg_routes,
    leg_services,
    lending,
    licence_queries,
    licence_routes,
    licence_services,
    messages_after,
    moving_queries,
    moving_routes,
    paper_routes,
    paper_services,
    rating_routes,
    replay_routes,
    replays,
    review_points_routes,
    review_points_services,
    sheet_routes,
    sheet_services,
    task_routes,
    task_services,
    task_words,
    unfinished_queries,
    unfinished_routes,
    visit_queries,
    visit_routes,
    way_routes,
    worklist_queries,
    worklist_routes,
)
from portal.cases import message_queries as case_messages
from portal.cases import message_words as case_words
from portal.cases import pages as case_pages
from portal.cases import queries as case_queries
from portal.cases import routes as cases
from portal.cases import services as case_services
from portal.catalogue import questions as catalogue_questions
from portal.catalogue import routes as catalogue
from portal.clock import Clock
from portal.config import Config, ConfigError, keys, load_config, make_data_dir
from portal.crypto import FieldCipher
from portal.fees import card_routes, cashier_routes, notice_routes
from portal.fees import routes as fees
from portal.inspections import (
    audit_routes,
    draw_commands,
    draw_routes,
    match_routes,
    plan_routes,
    quiet_routes,
    space_queries,
    space_routes,
    yearly_commands,
)
from portal.inspections import commands as inspection_commands
from portal.inspections import routes as inspections
from portal.inspections import visit_routes as inspection_visit_routes
from portal.network import clock_command, message_routes
from portal.network import routes as network
from portal.network import services as network_services
from portal.openness import routes as openness
from portal.supervision import routes as supervision
from portal.supervision import services as supervision_services
from portal.web import access, csrf, errors, filters, headers, htmx, once, page, seen, static

# Every blueprint of the site, from left to right: a feature imports only those before it.
FEATURES = (network, message_routes, accounts, catalogue, authority, powers_routes, explain_routes, matrix, import_routes, letter_routes, stand_in_routes, posting_routes, stationing_routes, cases, worklist_routes, attachment_routes, course_routes, licence_routes, apply_routes, beside_routes, agent_routes, way_routes, handoff_routes, leg_routes, consultation_routes, batch_routes, rating_routes, paper_routes, sheet_routes, intake_routes, joint_routes, review_points_routes, replay_routes, calendar_routes, task_routes, dispute_routes, moving_routes, inquiry_routes, unfinished_routes, visit_routes, fees, notice_routes, cashier_routes, card_routes, inspections, plan_routes, draw_routes, match_routes, quiet_routes, audit_routes, inspection_visit_routes, space_routes, supervision, openness)
# Their commands are on `flask` once these modules are imported.
COMMANDS = (operations_commands, seed_commands, clock_command, account_commands, authority_commands, import_commands, inspection_commands, yearly_commands, draw_commands)


def create_app(config: Config | None = None, *, clock: Clock | None = None, **settings: Any) -> Flask:
    """Build the site from a checked environment; `settings` override Flask's own configuration (tests)."""
    config = config or load_config(os.environ)
    make_data_dir(config)
    secrets = keys(config)
    app = Flask(__name__, template_folder="templates", static_folder=None)
    app.config.update(
        PORTAL=config,
        DATA_DIR=config.data_dir,
        DEMO=config.demo,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SECRET_KEY=secrets.secret_key,
        RECORD_KEY=secrets.record_key,
        PUBLIC_URL=config.public_url,
        TRUSTED_HOSTS=list(config.allowed_hosts),
        **settings,
    )
    app.extensions["clock"] = clock or Clock(config.clock_offset)
    app.extensions["cipher"] = FieldCipher(secrets.field_key)
    if config.trusted_proxies:
        count = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]

    if config.is_secure:
        app.wsgi_app = _over_tls(app.wsgi_app)  # type: ignore[method-assign]

    database.init_app(app)
    i18n.init_app(app)
    filters.init_app(app)
    static.init_app(app)
    headers.init_app(app)
    htmx.init_app(app)
    csrf.init_app(app)
    once.init_app(app)
    errors.init_app(app)
    page.init_app(app)

    # who is here: the county of the host, then the account of the session, then the three gates
    app.before_request(network.find_county)
    app.before_request(errors.gate)
    login = LoginManager(app)
    login.session_protection = None  # our own session table; Flask's cookie session is not used
    login.request_loader(accounts.load_signed_in)
    app.before_request(csrf.check)
    access.init_app(app)
    seen.init_app(app)

    for feature in FEATURES:
        app.register_blueprint(feature.bp)
    cli.init_app(app)
    _fill_questions()
    _refuse_to_go_back(app, config)
    return app


def _over_tls(site: Any) -> Any:
    """People reach the site over TLS, whatever the last stretch says: cookies, links and headers follow PUBLIC_URL."""

    def secured(environ: dict[str, Any], start_response: Any) -> Any:
        environ["wsgi.url_scheme"] = "https"
        return site(environ, start_response)

    return secured


def _refuse_to_go_back(app: Flask, config: Config) -> None:
    """`NOW` may not lie before the last event: history does not go back (docs/operations.md)."""
    if config.now is None:
        return
    with app.app_context():
        last = case_queries.last_moment()
        database.db.session.remove()
    if last is not None and last > app.extensions["clock"].now():
        raise ConfigError(f"NOW={config.now.isoformat()} lies before the last event of the database, {last.isoformat()}.")


def _fill_questions() -> None:
    """Questions that a feature on the left asks to the right; one that nobody answers fails the start."""
    network_services.before_closing[:] = [case_queries.may_close_point]
    network_services.before_closing_window[:] = [moving_queries.may_close_window]
    posting_services.before_ending[:] = [moving_queries.may_end_posting]
    catalogue_questions.done_here[:] = [powers_queries.done_at]
    authority_queries.in_flight[:] = [in_flight_queries.relying_on]
    authority_queries.savings[:] = [replays.saved_by]
    network_services.after_calendar[:] = [case_services.compute_anew, agent_services.compute_anew]
    stand_in_services.pending_work[:] = [lending.prepare]
    case_services.broken_promises[:] = [licence_queries.has_broken_promise]
    case_queries.renewal_expiry[:] = [licence_queries.renewal_of]
    worklist_queries.more_boxes[:] = [joint_routes.box]
    case_queries.in_dispute[:] = [dispute_queries.standing_dispute]
    case_queries.ruled_route[:] = [dispute_queries.ruling_for]
    case_queries.branch_of[:] = [joint_queries.as_branch]
    case_queries.also_asked[:] = [consultation_queries.asked_windows, joint_queries.lead_of]
    accounts.homes.update(enterprise="/enterprise")
    cases.other_codes[:] = [joint_queries.address_by_code]
    case_pages.case_fees[:] = [notice_routes.case_fees]
    space_queries.cards[:] = [space_routes.fee_card]
    case_services.after_closing[:] = [supervision_services.count_closing]
    case_services.after_event[:] = [paper_services.after_event, licence_services.after_event, messages_after.after_event, sheet_services.count_intake, review_points_services.keep_answers, agent_services.keep_service, task_services.after_event, dispute_services.after_event, leg_services.after_event, inquiry_services.link_case, batch_services.after_event]
    messages.templates.update(
        recertification=authority_words.recertification, warnings=case_words.warnings, case_staff=case_words.case_staff, leg=case_words.leg, batch=case_words.batch, consultation=case_words.consultation,
        case_applicant=case_words.case_applicant, apply_code=case_words.apply_code, licence=case_words.licence, inquiry=case_words.inquiry,
        inquiry_due=case_words.inquiry_due, unfinished_due=case_words.unfinished_due,
        unfinished=case_words.unfinished, unfinished_staff=case_words.unfinished_staff, visit=case_words.visit,
        supervision_task=task_words.message, dispute=dispute_words.message,
        joint_staff=joint_words.joint_staff, joint_applicant=joint_words.joint_applicant,
    )  # fmt: skip
    messages.mailed.update({"recertification", "warnings"})
    messages.contacts[:] = [contact_queries.contacts_of]
    messages.addresses.update(account=contact_queries.mail_of, person=contact_queries.phone_of, apply_code=case_messages.phone_of_code, unfinished=unfinished_queries.phone_of, visit=visit_queries.phone_of)
    questions = {
        "before_closing": network_services.before_closing,
        "before_closing_window": network_services.before_closing_window,
        "before_ending": posting_services.before_ending,
        "done_here": catalogue_questions.done_here,
        "after_calendar": network_services.after_calendar,
        "in_flight": authority_queries.in_flight,
        "savings": authority_queries.savings,
        "after_closing": case_services.after_closing,
        "after_event": case_services.after_event,
        "pending_work": stand_in_services.pending_work,
        "renewal_expiry": case_queries.renewal_expiry,
        "in_dispute": case_queries.in_dispute,
        "ruled_route": case_queries.ruled_route,
        "broken_promises": case_services.broken_promises,
        "branch_of": case_queries.branch_of,
        "also_asked": case_queries.also_asked,
        "other_codes": cases.other_codes,
        "case_fees": case_pages.case_fees,
    }
    unanswered = [name for name, answers in questions.items() if not answers]
    if unanswered:
        raise RuntimeError(f"nobody answers {', '.join(unanswered)}")


_app: Flask | None = None


def __getattr__(name: str) -> Any:
    """`app` is built when it is asked for, so that importing `create_app` reads no environment."""
    global _app
    if name == "app":
        if _app is None:
            _app = create_app()
        return _app
    raise AttributeError(name)
