"""Mutation testing of the rules of authority (`make mutants`): every small change of `portal/rules/authority.py` must fail a test.

The changes are those of mutmut, at the level of the module as well as inside functions and properties. Each is tried in a process of its own,
forked with everything else loaded: first the tables of `tests/rules/test_authority.py`, then, if they let it pass, the properties against the
naive model. What survives must stand in `tests/mutants.toml` with a reason, and what stands there must survive: both ways are a failure.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import resource
import signal
import sys
import time
import tomllib
import types
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "portal" / "rules" / "authority.py"
MODULE = "portal.rules.authority"
LISTED = Path(__file__).with_suffix(".toml")
TESTS = ["tests/rules/test_authority.py"]
SECONDS = 60
"""Of processor time: a change that makes a test run for so long has been noticed."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change: in which function (empty: in none), which lines become which; `nth` of those that read alike there."""

    where: str
    was: str
    becomes: str
    nth: int
    code: str

    @property
    def key(self) -> tuple[str, str, str, int]:
        return self.where, self.was, self.becomes, self.nth


def mutants(source: str) -> Iterator[Mutant]:
    """Every change that the tool knows, as the source that it makes."""
    from mutmut.mutation.file_mutation import create_mutations

    module, mutations, _, _ = create_mutations(str(SOURCE), source)
    before, names, seen = source.splitlines(), _names(source), Counter[tuple[str, str, str]]()
    texts = [module.code_for_node(part) for part in module.body]
    whole = "".join(texts)
    head, foot = source.split(whole)
    place_of = {id(node): place for place, part in enumerate(module.body) for node in _within(part)}
    for mutation in mutations:  # only the statement of the module is made anew: the whole would take a tenth of a second each time
        place = place_of[id(mutation.original_node)]
        changed = module.code_for_node(module.body[place].deep_replace(mutation.original_node, mutation.mutated_node))
        code = head + "".join([*texts[:place], changed, *texts[place + 1 :]]) + foot
        after = code.splitlines()
        same = next((line for line, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), None)
        if same is None or before[same].startswith(("__all__", '    "')):
            continue  # names for a star that nobody writes
        tail = 0
        while tail < min(len(before), len(after)) - same and before[-1 - tail] == after[-1 - tail]:
            tail += 1
        told = (names.get(same + 1, ""), _joined(before[same : len(before) - tail]), _joined(after[same : len(after) - tail]))
        seen[told] += 1
        yield Mutant(*told, seen[told], code)


def _within(node: Any) -> Iterator[Any]:
    yield node
    for child in node.children:
        yield from _within(child)


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)


def _names(source: str) -> dict[int, str]:
    """Line → the function that it belongs to, with its class."""
    names: dict[int, str] = {}

    def visit(node: ast.AST, outer: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = outer
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                name = f"{outer}.{child.name}".lstrip(".")
                names.update(dict.fromkeys(range(child.lineno, (child.end_lineno or child.lineno) + 1), name))
            visit(child, name)

    visit(ast.parse(source), "")
    return names


# --- one trial ---------------------------------------------------------------------------------------------------------------


def _tests(*args: str) -> int:
    import pytest

    # without the conftest, which makes databases; a seed, so that the same changes survive every time
    return int(pytest.main(["-x", "-q", "--noconftest", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0", *args, *TESTS]))


def _passes(code: str) -> bool:
    """In a process forked for this: load the module so changed, and ask the tests."""
    module = types.ModuleType(MODULE)
    module.__file__ = str(SOURCE)
    module.__package__ = "portal.rules"
    sys.modules[MODULE] = module
    sys.modules["portal.rules"].authority = module  # type: ignore[attr-defined]
    exec(compile(code, str(SOURCE), "exec"), module.__dict__)
    return _tests("-m", "not property") == 0 and _tests("-m", "property") == 0


def survives(mutant: Mutant) -> int:
    """Try it in a process of its own; the id of the process, whose exit says 0 for a survivor."""
    child = os.fork()
    if child:
        return child
    try:
        devnull = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(devnull, stream)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        passed = _passes(mutant.code)
    except BaseException:
        passed = False
    os._exit(0 if passed else 1)


# --- all of them -------------------------------------------------------------------------------------------------------------


def run(wanted: Iterator[Mutant], workers: int) -> tuple[int, list[Mutant]]:
    """How many there were, and the survivors in order. The next is made while others are tried."""
    started, survived = time.monotonic(), []
    running: dict[int, tuple[int, Mutant]] = {}
    tried = 0

    def wait() -> None:
        child, status = os.wait()
        place, mutant = running.pop(child)
        if status == 0:
            survived.append((place, mutant))
            print(f"survives: {_told(mutant)}", flush=True)

    for mutant in wanted:
        tried += 1
        running[survives(mutant)] = (tried, mutant)
        if tried % 100 == 0:
            print(f"{tried} in {time.monotonic() - started:.0f} s, {len(survived)} survive", flush=True)
        while len(running) >= workers:
            wait()
    while running:
        wait()
    return tried, [mutant for _, mutant in sorted(survived, key=lambda one: one[0])]


def _told(mutant: Mutant) -> str:
    return f"{mutant.where or '(module)'}: {mutant.was}  →  {mutant.becomes}" + (f"  ({mutant.nth})" if mutant.nth > 1 else "")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="only what changes a line that holds this text, or a function of this name; no check of the list")
    options = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ["TEST_SCALE"] = "0.005"  # a hundred examples of each property
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    listed = {(one["where"], one["was"], one["becomes"], one.get("nth", 1)): one["why"] for one in tomllib.loads(LISTED.read_text("utf-8")).get("mutant", ())}
    source = SOURCE.read_text(encoding="utf-8")
    for name in ("pytest", "_pytest.assertion.rewrite", "hypothesis.strategies", "portal.rules.clauses", "portal.rules.decision"):
        importlib.import_module(name)  # once for all
    child = os.fork()  # the tests must pass as things stand, or every change would seem noticed
    if not child:
        os._exit(0 if _passes(source) else 1)
    if os.waitpid(child, 0)[1]:
        print("The tests fail on the unchanged rules: make them pass first.")
        return 1
    wanted = (one for one in mutants(source) if options.only in one.was or options.only == one.where)
    tried, survived = run(wanted, options.workers)
    print(f"{tried} changes, {tried - len(survived)} noticed, {len(survived)} survive; {LISTED.name} lets {len(listed)} pass")
    if options.only:
        return 0
    unlisted = [one for one in survived if one.key not in listed]
    gone = set(listed) - {one.key for one in survived}
    unreasoned = [key for key, why in listed.items() if not why.strip()]
    for mutant in unlisted:
        print(f"not noticed by any test, and not listed: {_told(mutant)}")
    for where, was, becomes, nth in sorted(gone):
        print(f"listed, but does not survive: {where or '(module)'}: {was}  →  {becomes} ({nth})")
    for key in unreasoned:
        print(f"listed without a reason: {key}")
    return 1 if unlisted or gone or unreasoned else 0


if __name__ == "__main__":
    sys.exit(main())
