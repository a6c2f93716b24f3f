"""Files of a case: what is taken and what not, parts that resume, who adds and who opens them, and that each look is recorded."""

from __future__ import annotations

import io
import json
import re
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from portal import files
from portal.audit import Actor, AuditRecord, machine, record
from portal.cases import attachment_services as services
from portal.cases.attachment_queries import Target
from portal.cases.models import Attachment, Case, Upload, UploadPart
from portal.database import NotFound, db, transaction
from portal.files import NotTaken
from portal.jobs import run_jobs
from portal.rules import attachments as rules
from tests.cases import story, uploads
from tests.cases.story import Browse
from tests.people import Browser, ManualClock, Page

# --- what is inside --------------------------------------------------------------------------------------------------------------


def bomb() -> bytes:
    """A PNG that says it has 30,000 × 30,000 pixels, in few bytes."""
    small = uploads.photo((8, 8), kind="PNG")
    header = b"IHDR" + (30_000).to_bytes(4, "big") * 2 + small[24:29]
    return small[:12] + header + zlib.crc32(header).to_bytes(4, "big") + small[33:]


def square_bomb() -> bytes:
    """One that is what it says: 50 million equal pixels."""
    return uploads.photo((10_000, 5_000), kind="PNG")


def packed(objects: bytes, **options: bytes) -> bytes:
    """A PDF whose objects stand in a packed stream, as most programs write them."""
    body = zlib.compress(objects)
    how = options.get("how", b"/Filter /FlateDecode")
    stream = b"9 0 obj\n<< /Type /ObjStm /N 1 /First 5 %s /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (how, len(body), body)
    return uploads.pdf().replace(b"trailer", stream + b"trailer")


NOT_TAKEN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty"),
    "a program": (b"MZ" + b"\0" * 100, "unknown_kind"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "unknown_kind"),
    "a drawing with a script": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "unknown_kind"),
    "a gif": (b"GIF89a" + b"\0" * 50, "unknown_kind"),
    "a page before a PDF": (b"<script>alert(1)</script>\n" + uploads.pdf(), "unknown_kind"),
    "too large": (b"\xff\xd8\xff" + b"\0" * rules.MOST_BYTES, "too_large"),
    "a page that begins like a photo": (b"\xff\xd8\xff<script>alert(1)</script>", "damaged"),
    "half a photo": (uploads.photo(noise=40)[:3000], "damaged"),
    "a png named so by its first bytes": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "damaged"),
    "a bomb of pixels": (bomb(), "too_many_pixels"),
    "a bomb that keeps its word": (square_bomb(), "too_many_pixels"),
    "a photo of a thousand passes": (
        uploads.photo()[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00" * 1000 + b"\xff\xd9",
        "too_many_pixels",
    ),
    "10,000 pages": (uploads.pdf(10_000), "too_many_pages"),
    "10,000 pages of which each is the same": (uploads.pdf(1).replace(b"/Count 1", b"/Count 10000"), "too_many_pages"),
    "201 pages, packed": (packed(b"<< /Type /Page >> " * 201), "too_many_pages"),
    "a PDF that runs a script": (uploads.pdf(more=b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "has_script"),
    "a script with its name in disguise": (uploads.pdf(more=b"/OpenAction << /S /J#61vaScript >>"), "has_script"),
    "a script whose kind stands elsewhere": (uploads.pdf(more=b"/OpenAction << /S 9 0 R /JS (app.alert(1)) >>"), "has_script"),
    "a script in disguise inside of a stream": (
        uploads.pdf().replace(b"trailer", b"9 0 obj\n<< >>\nstream\n8 0 obj << /S /J#61vaScript >>\nendstream\nendobj\ntrailer"),
        "has_script",
    ),
    "a script, packed": (packed(b"<< /S /Rendition /JS (app.alert(1)) >>"), "has_script"),
    "a PDF that starts a program": (uploads.pdf(more=b"/OpenAction << /S /Launch /F (cmd.exe) >>"), "has_script"),
    "a PDF with a file inside": (uploads.pdf(more=b"/Names << /EmbeddedFiles 9 0 R >>"), "has_script"),
    "a PDF with a lock": (uploads.pdf(trailer=b"/Encrypt 9 0 R"), "locked"),
    "a PDF cut off": (uploads.pdf()[:-60], "damaged"),
    "objects packed in a strange way": (packed(b"x", how=b"/Filter [/ASCIIHexDecode /FlateDecode]"), "damaged"),
    "a bomb of objects": (packed(b" " * 30_000_000), "damaged"),
}


@pytest.mark.parametrize("what", NOT_TAKEN)
def test_hostile_and_broken_files_are_refused(what: str) -> None:
    content, fault = NOT_TAKEN[what]
    with pytest.raises(NotTaken) as told:
        files.made_harmless(content)
    assert str(told.value) == fault


def gps_photo() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side
    exif[0x010F] = "示例相机"
    exif.get_ifd(0x8825).update({1: "N", 2: (33.0, 41.0, 5.0), 3: "E", 4: (109.0, 6.0, 40.0)})
    return uploads.photo((400, 200), exif=exif.tobytes(), comment=b"<script>alert(1)</script>")


def test_a_photo_is_made_anew_without_position_upright_and_with_nothing_behind_it() -> None:
    hostile = gps_photo() + b"<html><script>alert(1)</script></html>PK\x03\x04"
    assert Image.open(io.BytesIO(hostile)).getexif().get_ifd(0x8825), "the sample has a position"
    made = files.made_harmless(hostile)
    picture = Image.open(io.BytesIO(made.content))
    assert made.media_type == "image/jpeg" and picture.size == (200, 400)
    assert not picture.getexif() and "comment" not in picture.info and "exif" not in picture.info
    assert b"script" not in made.content and "示例".encode() not in made.content and b"PK" not in made.content


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_every_kind_of_png_becomes_a_plain_one(mode: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), "red").convert("P").save(file, "PNG") if mode == "P" else Image.new(mode, (30, 20)).save(file, "PNG")
    made = files.made_harmless(file.getvalue() + b"<script>")
    picture = Image.open(io.BytesIO(made.content))
    assert made.media_type == "image/png" and picture.mode in {"L", "RGB"} and picture.size == (30, 20) and b"script" not in made.content


def test_making_anew_makes_no_photo_larger_than_it_came() -> None:
    for quality in (30, 60, 90):
        content = uploads.photo((1600, 1200), noise=30, quality=quality)
        assert len(files.made_harmless(content).content) <= max(len(content), rules.PHOTO_BYTES), quality


def test_an_honest_pdf_is_taken_as_it_is() -> None:
    for content in (uploads.pdf(), uploads.pdf(200), packed(b"<< /Type /Page /A (x) >> " * 50)):
        assert files.made_harmless(content).content == content


# --- the page -------------------------------------------------------------------------------------------------------------------


def looks(app: Flask) -> list[AuditRecord]:
    with app.app_context():
        return list(db.session.scalars(select(AuditRecord).where(AuditRecord.verb == "attachment.look")))


def rows_of(app: Flask) -> list[Attachment]:
    with app.app_context():
        found = list(db.session.scalars(select(Attachment).order_by(Attachment.id)))
        db.session.expunge_all()
        return found


def test_the_holder_adds_a_file_and_opens_it_and_each_look_is_recorded(app: Flask, browse: Browse) -> None:
    town, number = browse("town-xialiang"), story.to_town(browse)
    page = uploads.hand_in(town, number, gps_photo(), name="../../etc/passwd")
    assert page.status == 200 and "文件已保存" in page.words
    (row,) = rows_of(app)
    assert "passwd" not in page.text and row.material_seq == 1 and row.media_type == "image/jpeg" and row.stored_by_id is not None
    (file_id,) = uploads.kept(page)
    for times in (1, 2):
        answer = town.client.get(f"/cases/{number}/attachments/{file_id}")
        assert answer.status_code == 200 and answer.mimetype == "image/jpeg" and len(looks(app)) == times
    assert answer.headers["Content-Disposition"].startswith("inline; filename=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert not Image.open(io.BytesIO(answer.data)).getexif()
    assert json.loads(looks(app)[0].body)["facts"] == {"file": file_id} and looks(app)[0].subject == f"case:{number}"
    stored = list((Path(app.config["DATA_DIR"]) / "attachments").rglob("*"))
    inside = [path.read_bytes() for path in stored if path.is_file()]
    assert len(inside) == 1 and b"\xff\xd8\xff" not in inside[0], "encrypted"


def test_a_pdf_is_served_as_a_download_only(app: Flask, browse: Browse) -> None:
    town, number = browse("town-xialiang"), story.to_town(browse)
    (file_id,) = uploads.kept(uploads.hand_in(town, number, uploads.pdf()))
    answer = town.client.get(f"/cases/{number}/attachments/{file_id}")
    assert answer.mimetype == "application/pdf" and answer.data == uploads.pdf()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{number}-{file_id}.pdf"'
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_what_is_wrong_is_said_beside_the_field_and_the_choice_is_kept(app: Flask, browse: Browse) -> None:
    town, number = browse("town-xialiang"), story.to_town(browse)
    large = b"\xff\xd8\xff" + b"\0" * (8 * 1024 * 1024)
    wrong = {b"": "请选择文件", b"MZ": "PDF、JPEG", large: "最大 2 MB", NOT_TAKEN["a PDF that runs a script"][0]: "有程序"}
    for content, text in wrong.items():
        page = uploads.hand_in(town, number, content, material="2")
        assert page.status == 422, text
        assert re.search(r'id="file-e"[^>]*>[^<]*' + text, page.text), text
        assert page.form("/attachments")["fields"]["material"] == "2"
    page = uploads.hand_in(town, number, uploads.photo(), material="")
    assert page.status == 422 and 'id="material-e"' in page.text
    page = uploads.hand_in(town, number, b"\0" * (13 * 1024 * 1024))
    assert page.status == 413 and "最大 2 MB" in page.words and page.has_form("/attachments")
    assert not rows_of(app)
    assert "最大 2 MB" in town.get(f"/cases/{number}/attachments").words


def test_the_same_form_twice_is_one_file_and_another_file_is_another(app: Flask, browse: Browse) -> None:
    town, number = browse("town-xialiang"), story.to_town(browse)
    form = town.get(f"/cases/{number}/attachments").form("/attachments")
    for content in (uploads.photo(), uploads.photo(), uploads.photo((100, 100))):
        answer = town.post(form["action"], {**form["fields"], "material": "1", "file": (io.BytesIO(content), "a.jpg")}, follow=False)
    assert answer.status == 422 and len(rows_of(app)) == 1, "a used key does not pass for another file"


def test_who_does_not_hold_the_case_adds_and_opens_nothing(app: Flask, browse: Browse) -> None:
    agent, town = browse("village-xialiang"), browse("town-xialiang")
    number = story.collect(agent)
    form = agent.get(f"/cases/{number}/attachments").form("/attachments")
    (file_id,) = uploads.kept(uploads.hand_in(agent, number, uploads.photo()))
    address = f"/cases/{number}/attachments/{file_id}"
    assert browse("town-yingpan").get(address).status == 404
    story.send(agent, number)
    assert town.client.get(address).status_code == 200, "who is to receive it compares the papers"
    story.do(town, number, "receive")
    for who in ("village-xialiang", "manager", "supervisor", "auditor"):
        browser = browse(who)
        page = browser.get(f"/cases/{number}/attachments")
        assert page.status == 200 and not uploads.kept(page) and not page.has_form("/attachments") and "C-18" in page.words, who
        assert browser.get(address).status == 403, who
    page = agent.post(form["action"], {**form["fields"], "material": "1", "file": (io.BytesIO(uploads.photo((9, 9))), "a.jpg")})
    assert page.status == 403 and len(rows_of(app)) == 1
    assert len(looks(app)) == 1
    assert town.get(f"/cases/{number}/attachments/{file_id + 1}").status == 404
    other = story.collect(agent)
    assert agent.get(f"/cases/{other}/attachments/{file_id}").status == 404, "a file of another case"


# --- parts ----------------------------------------------------------------------------------------------------------------------


class Sender:
    """What `static/upload.js` asks, by hand."""

    def __init__(self, browser: Browser, number: str, key: str = "one-upload") -> None:
        self.browser, self.address = browser, f"/cases/{number}/attachments/parts/{key}"
        self.token = self.where()["token"]

    def where(self) -> Any:
        return self.browser.client.get(self.address).json

    def part(self, content: bytes, at: int, *, size: int | None = None, length: int = rules.PART_BYTES) -> Any:
        fields = {"csrf_token": self.token, "at": at, "size": len(content) if size is None else size}
        return self.browser.client.post(self.address, data={**fields, "part": (io.BytesIO(content[at : at + length]), "blob")})

    def finish(self, material: str = "1") -> Any:
        return self.browser.client.post(self.address + "/finish", data={"csrf_token": self.token, "material": material})

    def all(self, content: bytes) -> None:
        for at in range(0, len(content), rules.PART_BYTES):
            assert self.part(content, at).json["at"] == min(at + rules.PART_BYTES, len(content))


def test_parts_resume_and_make_one_file(app: Flask, browse: Browse) -> None:
    agent = browse("village-xialiang")
    number = story.collect(agent)
    content = uploads.photo((900, 700), noise=60, quality=60)
    assert 3 * rules.PART_BYTES < len(content) < rules.MOST_BYTES
    sender = Sender(agent, number)
    assert sender.where()["at"] == 0
    assert sender.part(content, rules.PART_BYTES).json == {"at": 0}, "the first part comes first"
    assert sender.part(content, 0).json == {"at": rules.PART_BYTES}
    assert sender.part(content, 0).json == {"at": rules.PART_BYTES}, "an answer that was lost: the same again changes nothing"
    assert sender.part(content, 2 * rules.PART_BYTES).json == {"at": rules.PART_BYTES}, "one that was lost is not jumped over"
    assert sender.where()["at"] == rules.PART_BYTES
    early = sender.finish()
    assert early.status_code == 422 and "没有收全" in early.json["error"]
    for at in range(rules.PART_BYTES, len(content), rules.PART_BYTES):
        sender.part(content, at)
    missing = sender.finish(material="")
    assert missing.status_code == 422 and missing.json["field"] == "material"
    for _twice in range(2):
        done = sender.finish()
        assert done.status_code == 200 and done.json == {"done": f"/cases/{number}/attachments"}
    assert sender.part(content, 0).json == {"at": len(content)}, "what is done stays done"
    (row,) = rows_of(app)
    assert row.size <= max(len(content), rules.PHOTO_BYTES)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(UploadPart)) == 0, "parts go once the file is whole"


def test_parts_that_are_none_are_refused(app: Flask, browse: Browse) -> None:
    agent = browse("village-xialiang")
    number = story.collect(agent)
    content = uploads.photo((900, 700), noise=60, quality=60)
    sender = Sender(agent, number)
    assert sender.part(content, 0, length=rules.PART_BYTES + 1).status_code == 422, "more than a part"
    assert sender.part(content, 0, length=0).status_code == 422, "less than one"
    assert sender.part(content, 0, size=100).status_code == 422, "over the end"
    too_large = sender.part(content, 0, size=rules.MOST_BYTES + 1)
    assert too_large.status_code == 422 and "最大 2 MB" in too_large.json["error"]
    sender.part(content, 0)
    other = sender.part(content, rules.PART_BYTES, size=len(content) + 1)
    assert other.status_code == 422 and "另一个文件" in other.json["error"]
    assert agent.client.get(f"/cases/{number}/attachments/parts/{'k' * 41}").status_code == 404
    assert Sender(agent, number, "never-begun").finish().status_code == 404
    sender = Sender(agent, number, "a-page")
    sender.all(b"\xff\xd8\xff<script>")
    assert "打不开" in sender.finish().json["error"] and not rows_of(app)


def test_an_upload_is_its_own_and_its_case_s(app: Flask, browse: Browse) -> None:
    agent, town = browse("village-xialiang"), browse("town-xialiang")
    number, other = story.collect(agent), story.collect(agent)
    content = uploads.photo((900, 700), noise=60)
    Sender(agent, number).part(content, 0)
    assert Sender(agent, other).where()["at"] == 0, "the same key, another case"
    story.send(agent, number)
    assert Sender(town, number).where()["at"] == 0, "the same key, another person"
    refused = Sender(town, number).part(content, 0)
    assert refused.status_code == 403 and refused.json["error"]
    story.do(town, number, "receive")
    late = Sender(agent, number).part(content, rules.PART_BYTES)
    assert late.status_code == 403, "the case has gone on meanwhile"
    assert browse("town-yingpan").get(f"/cases/{number}/attachments/parts/one-upload").status == 404


def test_unfinished_uploads_are_few_and_go_after_a_week(app: Flask, browse: Browse, clock: ManualClock) -> None:
    agent = browse("village-xialiang")
    number = story.collect(agent)
    content = uploads.photo((900, 700), noise=60)
    for key in ("a", "b", "c", "d"):
        Sender(agent, number, key).part(content, 0)
    assert [Sender(agent, number, key).where()["at"] for key in "abcd"] == [0, *[rules.PART_BYTES] * 3], "the oldest gave way"
    uploads.hand_in(agent, number, uploads.photo())
    with app.app_context():
        assert services.purge_unfinished(1, clock) == 0
        clock.wall_offset += rules.UNFINISHED_FOR + timedelta(minutes=1)
        run = next(run for run in run_jobs("nightly", clock=clock))
        assert run.outcome == "done", run.text
        assert db.session.scalar(select(func.count()).select_from(Upload)) == 0
        assert db.session.scalar(select(func.count()).select_from(UploadPart)) == 0
    assert len(rows_of(app)) == 1, "files stay"


# --- drafts of applicants -------------------------------------------------------------------------------------------------------


def test_files_of_a_draft_go_to_its_case(app: Flask, browse: Browse, clock: ManualClock) -> None:
    number = story.collect(browse("village-xialiang"))
    with app.app_context():
        case = db.session.scalar(select(Case).where(Case.number == number))
        assert case is not None
        case_id, guest = case.id, Actor(None, case.county_id, "applicant")
        draft, content = Target(owner="draft:1"), uploads.photo((700, 500), noise=50)
        first = services.attach(draft, uploads.photo(), 1, actor=guest, clock=clock)
        assert services.part(draft, "k", 0, len(content), content[: rules.PART_BYTES], actor=guest, clock=clock) == rules.PART_BYTES
        with pytest.raises(NotTaken):
            services.finish(draft, "k", 2, actor=guest, clock=clock)
        second = services.attach(draft, uploads.pdf(), 2, actor=guest, clock=clock)
        with pytest.raises(NotFound):
            services.detach("draft:2", second, actor=guest, clock=clock)
        services.detach("draft:1", second, actor=guest, clock=clock)
        for refused in (Target(case_id), Target(case_id)):
            assert not services.may_attach(refused, guest, clock.now()), "an applicant adds to no case"
        with transaction(clock=clock) as tx:
            assert services.move_draft_to_case(tx, "draft:1", case_id, actor=guest) == 1
        with pytest.raises(NotFound):
            services.detach("draft:1", first, actor=guest, clock=clock)
        assert db.session.scalar(select(func.count()).select_from(Upload)) == 0
        third = services.attach(Target(owner="draft:3"), uploads.photo((20, 20)), None, actor=guest, clock=clock)
        with transaction(clock=clock) as tx:
            assert services.drop_draft(tx, "draft:3", actor=guest) == 1
            record(tx, machine(case.county_id), "test", "draft:3")
    (row,) = rows_of(app)
    assert (row.id, row.case_id, row.owner, row.stored_by_id) == (first, case_id, None, None) and third != first
    page: Page = browse("village-xialiang").get(f"/cases/{number}/attachments")
    assert uploads.kept(page) == [first] and "申请人" in page.words


def test_there_is_a_most_of_files(app: Flask, browse: Browse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_OF_CASE", 1)
    monkeypatch.setattr(rules, "MOST_OF_DRAFT", 1)
    agent = browse("village-xialiang")
    number = story.collect(agent)
    page = uploads.hand_in(agent, number, uploads.photo())
    assert not page.has_form("/attachments") and "已有 1 个文件" in page.words
    with app.app_context():
        guest = Actor(None, 1, "applicant")
        services.attach(Target(owner="draft:1"), uploads.photo(), 1, actor=guest, clock=clock)
        assert not services.may_attach(Target(owner="draft:1"), guest, clock.now())


def test_an_end_that_is_asked_twice_at_once_makes_one_file(app: Flask, browse: Browse, clock: ManualClock) -> None:
    agent = browse("village-xialiang")
    number = story.collect(agent)
    content = uploads.photo((900, 700), noise=60, quality=60)
    Sender(agent, number).all(content)
    with app.app_context():
        upload = db.session.scalar(select(Upload))
        assert upload is not None
        target, actor = Target(upload.case_id), Actor(int(upload.holder.removeprefix("account:")), upload.county_id)
    start = threading.Barrier(3)

    def end(_number: int) -> int:
        with app.app_context():
            start.wait()
            try:
                return services.finish(target, "one-upload", 1, actor=actor, clock=clock)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(end, range(3)))) == 1
    assert len(rows_of(app)) == 1
