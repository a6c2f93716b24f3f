"""An explanation in plain words, the same on the page and from the command: what the rule says, then the paper, period or person it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.authority import terms
from portal.authority.explain_queries import Chief, Explained, Posted
from portal.i18n import _, _p, current_language, named
from portal.rules.authority import Explain, Step
from portal.rules.clauses import Condition, Mandate, Post, Power
from portal.rules.decision import Reason
from portal.web.filters import long_day, long_moment
from portal.web.reasons import step_words


@dataclass(frozen=True, slots=True)
class Said:
    """One step as it is told: rule, met or not, the sentence."""

    rule: str
    ok: bool
    text: str


def said(one: Explained) -> list[Said]:
    """The steps of an explanation in the language of the page."""
    return [Said(step.rule, step.ok, _joined([_sentence(one, step), _detail(one, step)])) for step in one.answer.steps]


def _joined(sentences: Iterable[str]) -> str:
    between = " " if current_language() == "en" else ""
    return between.join(sentence for sentence in sentences if sentence)


def _listed(words: Iterable[str]) -> str:
    return _p("list", ", ").join(words)


def _powers(powers: Iterable[Power]) -> str:
    return _listed(terms.power_word(power) for power in powers)


def _sentence(one: Explained, step: Step) -> str:
    """What the rule says; where it speaks to the person who acts, it speaks here about the person asked about."""
    if one.person is not None and not step.ok:
        name = named(one.person)
        if step.reason is Reason.NO_POSTING:
            return _("%(name)s was not posted at window %(window)s.", name=name, window=one.window.code)
        if step.reason is Reason.OTHER_POST:
            return _("The power is for another post than that of %(name)s at this window.", name=name)
    return step_words(step)


def _detail(one: Explained, step: Step) -> str:
    """The paper, the period or the person behind a step."""
    clause = one.answer.clause
    if step.text is Explain.POSTED:
        return _posting_words(one, step.ok)
    if step.text in (Explain.POWER_NAMED, Explain.ITEM_NAMED) and not step.ok:
        return _("On this matter it holds: %(powers)s.", powers=_powers(one.held)) if one.held else ""
    if clause is None:
        return ""
    if step.text is Explain.POWER_NAMED:
        powers = _powers(power for power in Power if power in clause.powers)
        return _("Clause %(number)s of %(instrument)s: %(powers)s.", number=one.number, instrument=clause.instrument_number, powers=powers)
    if step.text is Explain.ITEM_NAMED and step.ok:
        if clause.item_ids is None:
            return _("It gives all matters of %(body)s.", body=named(one.bodies[clause.body_id]))
        return _("It names the matter itself.")
    if step.text is Explain.BELOW_CEILING:
        return _ceiling_words(one, step.ok, clause.mandate)
    if step.text is Explain.BODY_SERVED:
        body = named(one.bodies[clause.exercising_body])
        if not one.served:
            return _("The power is used by %(body)s.", body=body)
        served = _listed(named(other) for other in one.served)
        return _("The power is used by %(body)s; the window serves %(served)s.", body=body, served=served)
    if step.text is Explain.REGISTERED and one.signature is not None:
        signed = _("Signed on %(day)s.", day=long_day(one.signature.signed_on))
        if clause.registered_at is None:
            return signed
        return _joined([signed, _("Registered at %(moment)s.", moment=long_moment(clause.registered_at))])
    if step.text is Explain.NOT_OVER:
        if not step.ok:
            return _("It was ended by %(number)s.", number=one.ended_by) if one.ended_by else ""
        # as the instrument says: an end recorded later changes no answer about the past (G-17)
        return _("Last day: %(day)s.", day=long_day(clause.until_on)) if clause.until_on else _("The instrument names no last day.")
    if step.text is Explain.CONDITION_MET:
        return _condition_words(one, clause.condition)
    if step.text is Explain.RIGHT_POST:
        return _post_words(one, step)
    if step.text is Explain.CERTIFICATE_HELD and step.ok:
        return _("Certificate: %(numbers)s.", numbers=_listed(held.posting.certificate for held in _here(one) if held.posting.certificate))
    return ""


def _here(one: Explained) -> list[Posted]:
    return [held for held in one.postings if held.posting.window_id == one.window.id]


def _until(held: Posted) -> str:
    return _("until %(day)s", day=long_day(held.until)) if held.until else _("no end named")


def _posting_words(one: Explained, is_here: bool) -> str:
    if one.person is None:
        return ""
    if not is_here:
        if not one.postings:
            return _("On that day the person was posted nowhere.")
        return _("On that day: %(windows)s.", windows=_listed(held.window.code for held in one.postings))
    return _joined(
        _(
            "%(name)s: %(post)s from %(day)s, %(until)s.",
            name=named(one.person),
            post=terms.post_word(held.posting.post),
            day=long_day(held.posting.from_on),
            until=_until(held),
        )
        for held in _here(one)
    )


def _ceiling_words(one: Explained, is_below: bool, mandate: Mandate) -> str:
    level, power = terms.level_word(one.point.level), terms.power_word(one.power)
    if is_below:
        return _("%(level)s · %(mandate)s · %(power)s.", level=level, mandate=terms.mandate_word(mandate), power=power)
    if not one.mandates:
        return _("No window of this level can hold it on any mandate.")
    return _("A window of this level can hold it: %(mandates)s.", mandates=_listed(terms.mandate_word(other) for other in one.mandates))


def _condition_words(one: Explained, condition: Condition) -> str:
    words = []
    if condition.handling is not None:
        words.append(terms.handling_word(condition.handling))
    if condition.most_fen is not None:
        words.append(_("up to %(amount)s yuan", amount=condition.most_fen // 100))
    if one.territory is not None:
        words.append(_("for applicants of %(place)s", place=named(one.territory)))
    return _("It is bound to: %(conditions)s.", conditions=_listed(words))


def _letter_words(chief: Chief) -> str:
    letter = chief.letter
    until = _("until %(day)s", day=long_day(letter.until_on)) if letter.until_on else _("no end named")
    return _("%(name)s by letter %(number)s, from %(day)s, %(until)s", name=named(chief.account), number=letter.number, day=long_day(letter.from_on), until=until)


def _post_words(one: Explained, step: Step) -> str:
    """By which post, letter or stand-in the person uses the power; or who would."""
    clause, post = one.answer.clause, Post(str(step.facts.get("post")))
    if clause is None or one.person is None:
        return ""
    if post is not Post.CHIEF:
        posts = _listed(terms.post_word(held.posting.post) for held in _here(one))
        return _("As %(post)s.", post=posts) if step.ok else _("It is used by: %(post)s.", post=terms.post_word(post))
    body = named(one.bodies[clause.exercising_body])
    own = [chief for chief in one.chiefs if chief.account.id == one.person.id]
    if step.ok and own:
        return _("Chief representative of %(body)s: %(letters)s.", body=body, letters=_listed(_letter_words(chief) for chief in own))
    by_absent = {chief.account.id: chief for chief in one.chiefs}
    stood = [found for found in one.substitutes if found.row.absent_id in by_absent]
    if step.ok and stood:
        row = stood[0].row
        return _joined(
            [
                _(
                    "Stands in for %(absent)s from %(day)s to %(until)s.",
                    absent=named(stood[0].absent), day=long_day(row.from_on), until=long_day(row.until_on),
                ),
                _("Chief representative of %(body)s: %(letters)s.", body=body, letters=_letter_words(by_absent[row.absent_id])),
            ]
        )  # fmt: skip
    if not one.chiefs:
        return _("Nobody is chief representative of %(body)s here.", body=body)
    return _("Chief representative of %(body)s: %(letters)s.", body=body, letters=_listed(_letter_words(chief) for chief in one.chiefs))
