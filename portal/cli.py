"""The operators' commands. Each takes --json; exit 0 when the question was answered, 1 with a reason when it could not be."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NoReturn

import click
from flask import Flask
from flask.cli import AppGroup

from portal.database import NotFound
from portal.rules.decision import NotAllowed
from portal.web.reasons import words


class CommandError(Exception):
    """A question that could not be answered: a code (or a rule's id) and a sentence."""

    def __init__(self, text: str, *, code: str = "error", rule: str | None = None) -> None:
        super().__init__(text)
        self.text, self.code, self.rule = text, code, rule


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value)


def say(data: Any, as_json: bool, lines: Callable[[Any], list[str]] | None = None) -> None:
    """Print an answer: JSON on one line, or words."""
    if as_json or lines is None:
        print(json.dumps(data, ensure_ascii=False, default=_plain))
    else:
        print("\n".join(lines(data)))


def fail(error: CommandError, as_json: bool) -> NoReturn:
    """Print why there is no answer and exit 1."""
    if as_json:
        key, value = ("rule", error.rule) if error.rule else ("code", error.code)
        print(json.dumps({"error": {key: value, "text": error.text}}, ensure_ascii=False))
    else:
        print(error.text, file=sys.stderr)
    raise SystemExit(1)


def command(group: AppGroup, name: str, *, lines: Callable[[Any], list[str]] | None = None) -> Callable[[Callable[..., Any]], Any]:
    """A command of a group: the function returns the answer (or (answer, exit code)); `--json` is added; errors become words."""

    def decorate(function: Callable[..., Any]) -> Any:
        @functools.wraps(function)
        def run(*args: Any, as_json: bool, **kwargs: Any) -> None:
            try:
                answer = function(*args, **kwargs)
            except CommandError as error:
                fail(error, as_json)
            except NotFound as error:
                fail(CommandError(f"not found: {error}", code="not_found"), as_json)
            except NotAllowed as error:
                fail(CommandError(words(error.decision), rule=error.decision.rule), as_json)
            data, code = answer if isinstance(answer, tuple) else (answer, 0)
            say(data, as_json, lines)
            if code:
                raise SystemExit(code)

        return group.command(name)(click.option("--json", "as_json", is_flag=True, help="answer in JSON")(run))

    return decorate


# groups that features fill in their own `commands.py`; what stands right under `flask` is in `root`
groups: dict[str, AppGroup] = {}
root = AppGroup("root")


def group(name: str, help_text: str) -> AppGroup:
    """The group of this name, made when first asked for."""
    if name not in groups:
        groups[name] = AppGroup(name, help=help_text)
    return groups[name]


def init_app(app: Flask) -> None:
    """Put the commands of all features on `flask`."""
    for made in (*groups.values(), *root.commands.values()):
        app.cli.add_command(made)
