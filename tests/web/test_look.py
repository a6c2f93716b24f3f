"""The sheet, the vendored files and the templates keep the promises of docs/look.md."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import brotli
import pytest

ROOT = Path(__file__).parents[2]
SHEET = (ROOT / "static" / "site.css").read_text(encoding="utf-8")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

# letters → the grounds on which the sheet puts them
PAIRS = {
    "ink": ("paper", "card", "rest", "dai2", "seal2", "pine2", "amber2"),
    "soft": ("paper", "card", "rest", "pine2", "amber2"),
    "dai": ("paper", "card", "dai2"),
    "seal": ("paper", "card", "seal2"),
    "pine": ("card", "pine2"),
    "amber": ("card", "amber2"),
    "on": ("dai", "seal"),
}


def tokens(scheme: str) -> dict[str, str]:
    """The colors of a scheme: the light ones, and over them the dark ones."""
    found = dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})\b", SHEET.splitlines()[0]))
    if scheme == "dark":
        line = next(line for line in SHEET.splitlines() if "prefers-color-scheme:dark" in line)
        found |= dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})\b", line))
    return found


def luminance(color: str) -> float:
    digits = color[1:] if len(color) == 7 else "".join(char * 2 for char in color[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_of_colors_is_readable_in_the_elder_view_too(scheme: str) -> None:
    colors = tokens(scheme)
    weak = {
        f"{ink} on {ground}": round(contrast(colors[ink], colors[ground]), 2)
        for ink, grounds in PAIRS.items()
        for ground in grounds
        if contrast(colors[ink], colors[ground]) < 7
    }
    assert not weak, f"below 7:1 in the {scheme} scheme; darken or lighten the token: {weak}"
    assert contrast("#fff", colors["top"]) >= 7
    assert contrast(colors["edge"], colors["card"]) >= 3  # borders of fields


def test_the_sheet_fits_six_kilobytes() -> None:
    assert len(brotli.compress(SHEET.encode(), quality=11)) <= 6 * 1024


def test_no_letter_is_smaller_than_twelve_pixels() -> None:
    sizes = [float(size) for size in re.findall(r"(?:font-size:(?:max\()?|--(?:xs|sm):|font:\d+ )(\d*\.?\d+)rem", SHEET)]
    assert len(sizes) > 10
    assert min(sizes) >= 0.75


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_templates_hold_no_style_and_no_script_of_their_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"", text), "the policy forbids it: make a class in static/site.css"
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), "the policy forbids inline scripts"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_template_takes_a_refusal_for_nothing(path: Path) -> None:
    """A refused Decision is false: `if problem` shows a reason to nobody."""
    blind = re.findall(r"{%-?\s*(?:el)?if [^%]*\bproblem\b(?! is\b)(?!\.)[^%]*%}", path.read_text(encoding="utf-8"))
    assert not blind, f"ask `problem is not none`, or call components/nothing_done.html: {blind}"


def test_one_macro_a_file_and_named_like_it() -> None:
    for path in (ROOT / "templates" / "components").glob("*.html"):
        macros = re.findall(r"macro (\w+)\(", path.read_text(encoding="utf-8"))
        assert path.stem in macros or path.stem == "htmx", f"{path.name} holds {macros}"


def test_files_of_others_are_as_published() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", (ROOT / "static" / "vendor" / "README.md").read_text(), re.MULTILINE)
    assert rows
    for name, checksum in rows:
        assert hashlib.sha256((ROOT / "static" / "vendor" / name).read_bytes()).hexdigest() == checksum, f"{name} was changed"
