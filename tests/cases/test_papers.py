"""Papers are made in the act that they tell of, with number, seal and code; who holds one in hand can check it (C-3, C-9, C-18, G-7)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from portal.audit import AuditRecord, machine, record
from portal.cases.models import Case, CaseEvent
from portal.cases.paper_models import CasePaper
from portal.database import db, transaction
from portal.network.models import CalendarDay
from portal.network.queries import the_county
from portal.rules.decision import NotAllowed
from portal.rules.papers import PaperKind
from tests.cases import paper_story, story
from tests.cases.story import Browse
from tests.people import ManualClock, signed_in


def papers_of(app: Flask, number: str) -> dict[str, CasePaper]:
    """kind → the last paper of that kind."""
    with app.app_context():
        query = select(CasePaper).join(Case, Case.id == CasePaper.case_id).where(Case.number == number).order_by(CasePaper.id)
        return {row.kind: row for row in db.session.scalars(query)}


def logged(app: Flask, number: str) -> list[str]:
    """The papers for which the record says that a seal was used."""
    with app.app_context():
        query = select(AuditRecord.body).where(AuditRecord.verb == "use_seal", AuditRecord.subject == f"case:{number}")
        return [re.search(r'"paper":"([^"]+)"', body)[1] for body in db.session.scalars(query)]  # type: ignore[index]


def to_decided(browse: Browse) -> str:
    number = story.to_county(browse)
    story.do(browse("window-mr"), number, "review")
    story.do(browse("chief-mr"), number, "decide")
    return number


def test_each_act_writes_its_paper_and_the_record_logs_the_seal(app: Flask, browse: Browse) -> None:
    number = to_decided(browse)
    found = papers_of(app, number)
    assert list(found) == ["receipt", "acceptance", "decision"]
    assert (found["receipt"].seal, found["receipt"].number) == (None, None)
    assert found["acceptance"].seal == "window" and re.fullmatch(r"柞市监受〔2026〕\d+号", found["acceptance"].number or "")
    assert re.fullmatch(r"柞市监准〔2026〕\d+号", found["decision"].number or "")
    assert found["acceptance"].told["promised"] > "2026-11-23"
    assert len({row.code for row in found.values()}) == 3 and all(len(row.code) == 12 for row in found.values())
    with app.app_context():
        given = db.session.scalar(
            select(CaseEvent.payload).join(Case, Case.id == CaseEvent.case_id).where(Case.number == number, CaseEvent.kind == "decided")
        )
    assert found["decision"].number == f"柞市监准〔2026〕{given['number']}号", "the decision has one number"
    sealed = {row.number for row in found.values() if row.seal}
    assert set(logged(app, number)) == sealed, "a sealed paper without a logged use is not issued (G-7)"


def test_the_numbers_of_a_body_have_no_holes(app: Flask, browse: Browse) -> None:
    first, second = (str(papers_of(app, story.to_county(browse))["acceptance"].number) for _each in range(2))
    assert int(second[second.index("〕") + 1 : -1]) == int(first[first.index("〕") + 1 : -1]) + 1


def test_a_paper_without_a_seal_stops_the_act(app: Flask, browse: Browse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the rule says no to is not written, and the act is not done."""
    from portal.cases import paper_services, services
    from portal.rules.decision import Decision, Reason

    number = story.to_town(browse)
    monkeypatch.setattr(paper_services, "may_issue_paper", lambda *_: (None, Decision.no(Reason.SEAL_NOT_LOGGED, rule="G-7")))
    with app.app_context():
        person = signed_in(app, "town-xialiang", clock)
        case = db.session.scalar(select(Case).where(Case.number == number))
        assert case is not None
        given = {"version": case.version, "actor": person, "clock": clock, "once": None}
        got = [{"code": str(seq), "got": True} for seq in range(1, 9)]
        with pytest.raises(NotAllowed):
            services.accept(number, got, dict.fromkeys(range(1, 9), "示例"), "", **given)
        db.session.rollback()
        assert db.session.scalar(select(Case.state).where(Case.number == number)) == "received"
    assert "acceptance" not in papers_of(app, number)


def test_papers_are_never_changed(app: Flask, browse: Browse) -> None:
    story.collect(browse("village-xialiang"))
    with app.app_context():
        with pytest.raises(DatabaseError, match="append only"):
            db.session.execute(text("UPDATE case_paper SET code = 'X'"))
        db.session.rollback()


# --- pages ----------------------------------------------------------------------------------------------------------------------


def test_the_decision_says_by_whose_authority_and_how_to_check_it(app: Flask, browse: Browse) -> None:
    number = to_decided(browse)
    paper = papers_of(app, number)["decision"]
    page = browse("chief-mr").get(f"/cases/{number}/papers/{paper.id}")
    assert page.status == 200, page.words[:500]
    for words in (
        "准予行政许可决定书",
        paper.number,
        "第三十八条第一款",
        "第四十四条",
        "依据授权书 柞市监授〔2026〕",
        "陈小满",
        "盖章处",
        "小餐饮",
    ):
        assert str(words) in page.words, words
    code = "-".join(paper.code[at : at + 4] for at in (0, 4, 8))
    assert code in page.words and "<svg" in page.text
    other = browse("town-xialiang").get(f"/cases/{number}/papers/{paper.id}")
    assert "陈小满" not in other.text and "陈" in other.text, "who does not hold the case sees a masked name (C-18)"


def test_the_public_check_shows_no_name_in_clear(app: Flask, browse: Browse) -> None:
    number = to_decided(browse)
    paper = papers_of(app, number)["acceptance"]
    page = browse().get(f"/papers/{paper.code}")
    assert page.status == 200
    assert "文书属实" in page.words and "有效" in page.words and str(paper.number) in page.words
    assert "陈小满" not in page.text and story.APPLICANT["number"] not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert browse().get(f"/papers?code={paper.code.lower()}").path.startswith("/papers/")
    for wrong in ("ABCDEFGHJKLM", "x", "%00", "a" * 200):
        assert browse().get(f"/papers/{wrong}").status in {400, 404}


def test_papers_of_a_case_that_is_not_yours_do_not_exist(app: Flask, browse: Browse) -> None:
    number = story.to_town(browse)
    paper = papers_of(app, number)["receipt"]
    other = browse("town-yingpan")
    for address in ("papers", f"papers/{paper.id}", "papers/form/delivery"):
        assert other.get(f"/cases/{number}/{address}").status == 404
    mine = browse("town-xialiang")
    second = papers_of(app, story.to_town(browse))["receipt"]
    assert mine.get(f"/cases/{number}/papers/{second.id}").status == 404, "a paper stands under its own case only"
    assert mine.get(f"/cases/{number}/papers/{paper.id + 9999}").status == 404
    assert mine.get(f"/cases/{number}/papers/{2**40}").status == 404
    assert mine.get(f"/cases/{number}/papers/form/refusal").status == 404


def test_every_size_and_language_from_one_set(app: Flask, browse: Browse) -> None:
    number = to_decided(browse)
    agent = browse("chief-mr")
    list_page = agent.get(f"/cases/{number}/papers")
    assert "行政许可申请受理通知书" in list_page.words and "送达回证" in list_page.words
    for kind, row in papers_of(app, number).items():
        for size, mark in (("a4", 'class="paper"'), ("a5", 'class="paper a5"'), ("80mm", 'class="paper slip"'), ("x", 'class="paper"')):
            assert mark in agent.get(f"/cases/{number}/papers/{row.id}?size={size}").text, (kind, size)
    decision = papers_of(app, number)["decision"]
    english = agent.get(f"/cases/{number}/papers/{decision.id}?lang=en")
    assert "准予行政许可决定书" in english.words and "The paper holds in Chinese" in english.words
    assert "准予行政許可決定書" in agent.get(f"/cases/{number}/papers/{decision.id}?lang=zh-Hant").words


def test_forms_are_printed_before_they_are_signed(app: Flask, browse: Browse) -> None:
    number = story.to_town(browse)
    page = browse("town-xialiang").get(f"/cases/{number}/papers/form/{PaperKind.DELIVERY.value}")
    assert page.status == 200 and "送达回证" in page.words and "陈小满" in page.words
    assert "/papers/" not in page.words, "what is not issued yet has no code"


# --- what each paper says -------------------------------------------------------------------------------------------------------

SAYS: dict[str, tuple[str, ...]] = {
    "receipt": ("补正材料收件凭证", "收齐当日即予受理"),
    "notice": ("补正告知书", "首次告知的补正内容中", "页码不全（示例）"),
    "turned_away": ("不予受理决定书", "第三十二条第一款第二项", "国家税务总局柞水县税务局", "60 日内", "6 个月内", "柞水县人民法院"),
    "no_licence": ("不需要取得行政许可告知书", "第三十二条第一款第一项", "即时告知"),
    "non_acceptance": ("不予受理决定书", "第三十二条", "经营场所与申报不一致", "行政复议", "乾佑街道行政复议窗口"),
    "acceptance": ("受理通知书", "第三十二条第一款第五项", "承诺办结日期", "2026年12月7日", "第四十五条"),
    "stop": ("特别程序所需时间告知书", "检测", "第四十五条", "2026年11月27日", "自动继续计算"),
    "extension": (
        "延长办理期限告知书",
        "第四十二条第一款",
        "10 个工作日",
        "需要现场核查",
        "批准：柞水县市场监督管理局 部门主要负责人 陈国庆",
        "部门印章",
    ),
    "refusal": ("不予行政许可决定书", "第三十八条第二款", "审查要点", "经营场所与申报不一致", "60 日内", "柞水县人民政府", "6 个月内"),
    "undertaking": ("容缺受理承诺书", "2026年12月1日", "签名或盖章", "承诺人：陈小满"),
    "accepted_later": ("容缺受理", "2026年12月1日"),
    "commitment": ("告知承诺书", "一、行政机关告知", "二、申请人承诺", "《中华人民共和国食品安全法》", "签名或盖章"),
    "decision": ("准予行政许可决定书", "第三十八条第一款", "第四十四条"),
    "delivery": ("送达回证", "准予行政许可决定书", "S-03-2026-", "收件人签名", "申请人本人"),
    "withdrawn": ("撤回申请", "不开店了"),
    "terminated": ("终止办理决定书", "申请人死亡、终止", "个体户已注销", "行政复议"),
    "by_law": ("受理通知书", "第三十二条第一款第四项", "即为受理", "依据法律规定"),
    "lapsed": ("逾期未补正", "这不是不予许可", "依据法律规定"),
}


def test_each_paper_says_what_the_law_wants(app: Flask, browse: Browse, clock: ManualClock) -> None:
    made = paper_story.every_paper(app, browse, clock)
    assert set(made) == set(SAYS)
    for name, (who, number, paper_id, code) in made.items():
        for language in ("zh-Hans", "zh-Hant", "en"):
            page = browse(who).get(f"/cases/{number}/papers/{paper_id}?lang={language}")
            assert page.status == 200, (name, page.words[:300])
            missing = [words for words in SAYS[name] if words not in page.words] if language == "zh-Hans" else []
            assert not missing, (name, missing, page.words)
            assert "%(" not in page.text and "None" not in page.words.replace("None yet", ""), (name, language)
        assert browse().get(f"/papers/{code}?lang=zh-Hans").status == 200
    with app.app_context():
        for row in db.session.scalars(select(CasePaper).where(CasePaper.seal.is_not(None))):
            number = db.session.scalar(select(Case.number).where(Case.id == row.case_id))
            assert row.number in logged(app, str(number)), row.kind
    by_law = papers_of(app, made["by_law"][1])["acceptance"]
    assert (by_law.seal, by_law.issued_by_id) == ("body", None), "an effect of law bears no window's seal"
    extension = papers_of(app, made["extension"][1])["extension"]
    assert extension.seal == "body" and extension.issued_by_id is not None


def test_what_the_center_sends_back_is_told_to_who_checks_it(app: Flask, browse: Browse) -> None:
    number = paper_story.at_county(browse)
    paper_story.act(browse("chief-mr"), number, "not_accept", ground=paper_story.GROUND, basis=paper_story.BASIS)
    paper = papers_of(app, number)["non_acceptance"]
    assert "有效" in browse().get(f"/papers/{paper.code}").words
    paper_story.act(browse("center"), number, "send_back", reason="未写明救济途径（示例）")
    assert "报备被退回，不生效" in browse().get(f"/papers/{paper.code}").words
    assert "报备被退回，不生效" in browse("chief-mr").get(f"/cases/{number}/papers/{paper.id}").words, "a reprint says so"


def test_a_reprint_says_what_was_handed_out(app: Flask, browse: Browse, clock: ManualClock) -> None:
    """A calendar that changes afterwards moves the case, not the paper that the applicant holds."""
    number = paper_story.at_county(browse)
    story.do(browse("window-mr"), number, "accept")
    with app.app_context(), transaction(clock=clock) as tx:  # type: ignore[arg-type]
        county_id = the_county().id
        tx.session.add(
            CalendarDay(
                county_id=county_id,
                day_on=date(2026, 11, 25),
                kind="holiday",
                notice="示例",
                name="示例",
                name_hant="示例",
                name_en="Sample",
            )
        )
        record(tx, machine(county_id, "test"), "test.holiday", "calendar:2026-11-25")
    paper = papers_of(app, number)["acceptance"]
    assert "2026年12月7日" in browse("window-mr").get(f"/cases/{number}/papers/{paper.id}").words
    assert "12月8日" in browse("window-mr").get(f"/cases/{number}").words
