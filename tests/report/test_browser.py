"""The page of a failure in a real browser: headless Chromium, wherever one is found.

``LIKEWISE_BROWSER=required`` fails where there is none, so that nothing passes by being skipped in CI.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Callable, List

import pytest

from likewise.report.html import page
from likewise.witness.file import WitnessFile

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

#: Put around a page, it measures it in a window of some width; the page's own policy keeps scripts out of it.
MEASURING = """<!DOCTYPE html><body style="margin:0"><iframe style="border:0;width:{width}px;height:3000px"></iframe>
<script>
const frame = document.querySelector("iframe");
frame.onload = () => {{
  const page = frame.contentDocument;
  const style = frame.contentWindow.getComputedStyle(page.body);
  document.body.innerHTML = `<p id="told">${{page.documentElement.scrollWidth}} ${{style.backgroundColor}}`
    + ` ${{frame.contentWindow.getComputedStyle(page.querySelector("rect.l8")).fill}}`
    + ` ${{[...page.querySelectorAll("svg[role]")].every(each => each.getBoundingClientRect().height > 5)}}</p>`;
}};
frame.srcdoc = {page};
</script>"""


@pytest.fixture(scope="session")
def browser() -> str:
    found = [path for path in map(shutil.which, NAMES) if path]
    if not found:
        assert os.environ.get("LIKEWISE_BROWSER") != "required", f"none of {', '.join(NAMES)} is on PATH"
        pytest.skip("no browser is on PATH")
    return found[0]


@pytest.fixture
def dom(browser: str, tmp_path: Path) -> Callable[..., str]:
    """Opens a page and gives what the browser made of it."""

    def opened(text: str, *options: str) -> str:
        file = tmp_path / "page.html"
        file.write_text(text, encoding="utf-8")
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        command = [browser, *OPTIONS, profile, *options, "--dump-dom", file.as_uri()]
        done = subprocess.run(command, capture_output=True, timeout=120, check=True)
        return done.stdout.decode("utf-8")

    return opened


def titles(text: str) -> List[str]:
    return [html.unescape(each) for each in re.findall("<title>(.*?)</title>", text)]


def test_the_browser_keeps_every_cell(dom: Callable[..., str], video: WitnessFile) -> None:
    made = page(video)
    seen = dom(made)
    assert len(re.findall("<rect", seen)) == len(re.findall("<rect", made))
    assert titles(seen) == titles(made)
    assert re.findall('aria-label="(.*?)"', seen) == re.findall('aria-label="(.*?)"', made)


def test_hostile_texts_are_not_run(dom: Callable[..., str], hostile: WitnessFile) -> None:
    seen = dom(page(hostile))
    assert titles(seen)[0] == f"{hostile.law}: {hostile.claim}"
    assert "<script" not in seen
    assert "<b>" not in seen


def test_wide_and_narrow_light_and_dark(dom: Callable[..., str], video: WitnessFile) -> None:
    import json

    found = {}
    for width in (1200, 360):
        for scheme in ("light", "dark"):
            quoted = json.dumps(page(video)).replace("</", "<\\/")
            option = f"--blink-settings=preferredColorScheme={int(scheme == 'light')}"
            seen = dom(MEASURING.format(width=width, page=quoted), option, "--virtual-time-budget=5000")
            (told,) = re.findall('<p id="told">(.*?)</p>', seen)
            found[width, scheme] = re.fullmatch(r"(\d+) (rgb\(.*?\)) (rgb\(.*?\)) (\w+)", told).groups()  # type: ignore[union-attr]
    for (width, scheme), (wide, paper, strongest, drawn) in found.items():
        assert int(wide) <= width, "the page is wider than its window"
        assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 26)"}[scheme]
        assert strongest == {"light": "rgb(11, 47, 94)", "dark": "rgb(226, 241, 252)"}[scheme]
        assert drawn == "true"
