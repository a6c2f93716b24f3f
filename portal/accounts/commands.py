"""`flask users …`: accounts from the command line."""

from __future__ import annotations

import sys
from typing import Any

import click
from flask import current_app

from portal.accounts import queries, services
from portal.accounts.passwords import PasswordFault, fault_of, hash_password, one_time_password
from portal.audit import machine
from portal.cli import CommandError, command, group
from portal.clock import Clock
from portal.network.queries import the_county

users = group("users", "Accounts: make one, disable one, give out a new password.")

_WHY = {
    PasswordFault.SHORT: "the password is too short: at least 10 characters",
    PasswordFault.LONG: "the password is too long: at most 128 characters",
    PasswordFault.HOLDS_NAME: "the password must not contain the user name",
    PasswordFault.COMMON: "the password is guessed at once",
    PasswordFault.SAME: "the password is the old one",
}


def _clock() -> Clock:
    found: Clock = current_app.extensions["clock"]
    return found


def _password(username: str, from_stdin: bool) -> tuple[str, bool]:
    """A password from standard input, or one made to be given out and changed at the first sign-in."""
    if not from_stdin:
        return one_time_password(), True
    typed = sys.stdin.readline().rstrip("\r\n")
    fault = fault_of(typed, username)
    if fault is not None:
        raise CommandError(_WHY[fault], code="weak_password")
    return typed, False


def _told(answer: dict[str, Any]) -> list[str]:
    lines = [f"{answer['username']}: {answer['done']}"]
    if answer.get("password"):
        lines.append(f"one-time password (shown once, changed at the first sign-in): {answer['password']}")
    return lines


@command(users, "create", lines=_told)
@click.argument("username", metavar="NAME")
@click.option("--role", required=True, help="what the account is for, e.g. clerk, chief, manager, admin")
@click.option("--at", required=True, metavar="CODE", help="a point, window, body or enterprise")
@click.option("--name", default="", help="the person's own name")
@click.option("--title", default="", help="the person's title")
@click.option("--certificate", default="", help="number of the enforcement certificate")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input instead of making a one-time one")
@click.option("--county", "county_code", default=None, help="the county's code, where there are several")
def create(
    username: str, role: str, at: str, name: str, title: str, certificate: str, password_stdin: bool, county_code: str | None
) -> dict[str, Any]:
    """Make an account; clerks, chiefs and agents are posted at their window, heads and leaders hold their office, from today."""
    county_id = the_county(county_code).id
    username = services.plain_username(username)
    password, is_one_time = _password(username, password_stdin)
    try:
        services.open_account(
            county_id,
            username,
            role,
            at=at,
            password_hash=hash_password(password),
            is_one_time=is_one_time,
            name=name,
            title=title,
            certificate=certificate,
            actor=machine(county_id, "users create"),
            clock=_clock(),
        )
    except services.BadAccount as error:
        raise CommandError(str(error), code="bad_account") from error
    answer = {"username": username, "role": role, "at": at, "done": "created"}
    return answer | ({"password": password} if is_one_time else {})


@command(users, "disable", lines=_told)
@click.argument("username", metavar="NAME")
@click.option("--county", "county_code", default=None, help="the county's code, where there are several")
def disable(username: str, county_code: str | None) -> dict[str, Any]:
    """Close an account and end its sessions."""
    county_id = the_county(county_code).id
    account = queries.account_by_name(county_id, services.plain_username(username))
    name = account.username
    ended = services.disable_account(account.id, actor=machine(county_id, "users disable"), clock=_clock())
    return {"username": name, "done": "disabled", "sessions_ended": ended}


@command(users, "reset-password", lines=_told)
@click.argument("username", metavar="NAME")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input instead of making a one-time one")
@click.option("--county", "county_code", default=None, help="the county's code, where there are several")
def reset_password(username: str, password_stdin: bool, county_code: str | None) -> dict[str, Any]:
    """Give out another password and end the account's sessions."""
    county_id = the_county(county_code).id
    account = queries.account_by_name(county_id, services.plain_username(username))
    account_id, name = account.id, account.username
    password, is_one_time = _password(name, password_stdin)
    ended = services.reset_password(
        account_id,
        password_hash=hash_password(password),
        is_one_time=is_one_time,
        actor=machine(county_id, "users reset-password"),
        clock=_clock(),
    )
    return {"username": name, "done": "password reset", "sessions_ended": ended} | ({"password": password} if is_one_time else {})
