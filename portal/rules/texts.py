"""A text in the three languages of the site, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Simplified, hand-checked Traditional, English. Long legal text has no English: there it stands in Chinese."""

    hans: str
    hant: str
    en: str = ""

    @property
    def is_written(self) -> bool:
        """Whether both Chinese texts say something."""
        return bool(self.hans.strip() and self.hant.strip())

    @property
    def is_whole(self) -> bool:
        """Whether all three languages say something: what names need."""
        return self.is_written and bool(self.en.strip())

    def stored(self) -> dict[str, str]:
        """As JSON columns keep it."""
        return {"hans": self.hans, "hant": self.hant, "en": self.en}

    def named(self) -> dict[str, str]:
        """As the three name columns keep it."""
        return {"name": self.hans, "name_hant": self.hant, "name_en": self.en}


NOTHING = Text("", "")
"""No text: what a field holds that may be empty."""
