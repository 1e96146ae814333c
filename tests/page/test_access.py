"""The page is within reach of everybody: axe-core finds nothing, in all states and both themes."""

from pathlib import Path

import pytest

from person import EXAMPLES, Person

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """rules => axe.run(document, {runOnly: {type: "tag", values: rules}}).then(found => found.violations.map(
    each => each.id + ": " + each.nodes.map(node => node.target.join(" ") + " " + node.failureSummary).join("; ")))"""


def check(person: Person, state: str) -> None:
    for theme in ("light", "dark"):
        person.page.get_by_label("Theme").evaluate(
            "(select, theme) => { select.value = theme; select.dispatchEvent(new Event('change')); }", theme
        )
        person.page.wait_for_function(f"() => document.documentElement.dataset.theme === '{theme}'")
        assert person.page.evaluate(RUN, RULES) == [], f"{state}, {theme}"


@pytest.mark.skipif(not AXE.is_file(), reason="needs axe-core: make setup")
def test_axe_finds_nothing(person: Person, tmp_path: Path):
    page = person.page
    page.evaluate(AXE.read_text(encoding="utf-8"))  # not by a script element: the policy stays on
    check(person, "empty")
    person.give(EXAMPLES / "transfer-target.jpg", EXAMPLES / "transfer-reference.jpg")
    page.locator("summary").click()
    check(person, "loaded")
    page.keyboard.press("p")
    page.mouse.click(*person.at("#target-viewer", 0.7, 0.4))
    page.mouse.click(*person.at("#reference-viewer", 0.5, 0.5))
    person.wait()
    page.keyboard.press("b")
    check(person, "pin chosen")
    for dialog in ("Try values", "Export", "Keys"):
        person.press(dialog)
        check(person, dialog)
        person.press("Close")
    wrong = tmp_path / "letter.png"
    wrong.write_text("no picture")
    page.get_by_label("Replace: Target").set_input_files(wrong)
    page.get_by_role("alert").wait_for()
    check(person, "error")
    person.wrong[:] = [each for each in person.wrong if "status of 422" not in each]


def test_nothing_moves_for_who_asks_for_stillness(person: Person):
    page = person.page
    page.emulate_media(reduced_motion="reduce")
    page.reload()
    person.give(EXAMPLES / "transfer-target.jpg", EXAMPLES / "transfer-reference.jpg")
    moving = page.evaluate("() => document.getAnimations().filter(each => each.playState === 'running').length")
    assert moving == 0
