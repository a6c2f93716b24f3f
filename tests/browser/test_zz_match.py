from pathlib import Path
from tests.browser.pages import prepare, SAMPLES

OUT = Path("/tmp/h/shots-match")
WANT = ["draws.overview", "draws.new", "draws.one", "matches.overview", "matches.proposal", "matches.wishes"]

def test_shots(site, desk):
    OUT.mkdir(exist_ok=True)
    names = prepare(site)
    for name in WANT:
        for i, (who, address) in enumerate(SAMPLES[name]):
            for width in (360, 1280):
                if width == 360 and i > 0: continue
                one = desk(who, size={"width": width, "height": 800})
                one.page.goto(site.base + address.format(**names))
                one.page.screenshot(path=str(OUT / f"{name}-{i}-{width}.png"), full_page=True)
