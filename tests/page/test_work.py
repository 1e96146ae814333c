"""The page as a person uses it."""

import io
import re
import shlex
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from huegraft.cli.main import main
from person import EXAMPLES, Person, served

if TYPE_CHECKING:
    from playwright import sync_api

TARGET, REFERENCE = EXAMPLES / "transfer-target.jpg", EXAMPLES / "transfer-reference.jpg"
GREY, COLORS = EXAMPLES / "colorize-target.jpg", EXAMPLES / "colorize-reference.jpg"
VIEWER = "#target-viewer"


def pixels(path):
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


@pytest.fixture
def working(person: Person) -> Person:
    person.give(TARGET, REFERENCE)
    return person


def test_an_example_is_one_click_away(person: Person):
    person.page.get_by_role("button", name="Colourise a photograph").click()
    person.wait()
    assert person.page.get_by_label("Colourise").is_checked()
    assert person.history() == ["Reference added"]


def test_a_grey_target_is_colourised_and_a_coloured_one_recoloured(person: Person):
    person.give(GREY, COLORS)
    assert person.page.get_by_label("Colourise").is_checked()
    person.page.get_by_label("Replace: Target").set_input_files(TARGET)
    person.wait()
    assert person.page.get_by_label("Recolour").is_checked()


def test_sliding_asks_anew_and_is_one_step(working: Person):
    before = working.wait()
    slider = working.page.get_by_label("Strength", exact=True)
    slider.focus()
    for _ in range(12):
        slider.press("ArrowLeft")
    assert working.wait() > before
    assert working.history() == ["Strength", "Reference added"]
    value = float(working.page.get_by_label("Strength, as a number").input_value())
    assert value == pytest.approx(1 - 12 * 0.002)
    working.press("Strength: back to the default")
    working.wait()
    assert slider.input_value() == "1"


def test_colours_under_the_cursor_are_those_of_the_pixel(working: Person, tmp_path: Path):
    working.press("Export")
    result = pixels(working.download("Download", tmp_path))
    working.press("Close")
    target = pixels(TARGET)
    working.press("1:1")
    for _ in range(3):
        working.press("Zoom in")
    working.page.wait_for_timeout(600)
    for place in ((0.3, 0.4), (0.8, 0.6)):
        working.page.mouse.move(*working.at(VIEWER, *place))
        line = working.page.locator(".under")
        working.page.wait_for_function("() => /matched/.test(document.querySelector('.under').textContent)")
        text = " ".join(line.inner_text().split())
        found = re.match(r"(\d+), (\d+) target (\d+) (\d+) (\d+) result (\d+) (\d+) (\d+) matched", text)
        assert found, text
        x, y, *values = map(int, found.groups())
        assert values == [*target[y, x], *result[y, x]]
    working.page.get_by_text("from the brightest place").wait_for()


def test_views_and_overlays(working: Person):
    page = working.page
    working.press("Side by side")
    page.locator("#second-viewer").wait_for()
    for name in ("Superpixels", "Doubtful places", "Matched colours", "Clipped colours"):
        page.get_by_label("Overlay").select_option(label=name)
        page.get_by_label("Overlay").locator("xpath=../following-sibling::small").wait_for()
    working.press("Slider")
    working.drag(VIEWER, (0.5, 0.5), (0.2, 0.5))
    assert float(page.get_by_label("Where the target ends").input_value()) == pytest.approx(0.2, abs=0.02)
    page.keyboard.down("t")
    page.wait_for_timeout(100)
    page.keyboard.up("t")


def test_pins_are_put_dragged_deleted_and_undone(working: Person):
    page = working.page
    working.press("Pin")
    page.mouse.click(*working.at(VIEWER, 0.7, 0.4))
    page.get_by_text("Now click the place").wait_for()
    page.mouse.click(*working.at("#reference-viewer", 0.5, 0.5))
    working.wait()
    pin = page.locator(".left .list button[aria-pressed]")
    first = pin.inner_text()
    working.drag(VIEWER, (0.7, 0.4), (0.75, 0.5))
    working.wait()
    assert pin.inner_text() != first
    assert working.history()[:2] == ["Pin 1 moved", "Pin 1"]
    page.keyboard.press("Control+z")
    working.wait()
    assert pin.inner_text() == first
    pin.click()
    page.keyboard.press("Delete")
    working.wait()
    assert not pin.count()
    page.keyboard.press("Control+z")
    working.wait()
    assert pin.count() == 1


def test_a_pin_by_the_keyboard_alone(working: Person):
    page = working.page
    page.keyboard.press("p")
    for viewer in (VIEWER, "#reference-viewer"):
        page.locator(viewer).focus()
        for key in ("ArrowRight", "Shift+ArrowDown", "Enter"):
            page.keyboard.press(key)
    working.wait()
    pin = page.locator(".left .list button[aria-pressed]")
    before = pin.inner_text()
    page.keyboard.press("Alt+ArrowLeft")
    working.wait()
    assert pin.inner_text() != before


def test_what_is_painted_alone_takes_colours(working: Person, tmp_path: Path):
    working.press("Brush")
    working.drag(VIEWER, (0.6, 0.3), (0.8, 0.3))
    working.wait()
    working.page.get_by_text("Mask of the target").wait_for()
    working.press("Export")
    changed = np.abs(pixels(working.download("Download", tmp_path)) - pixels(TARGET)).max(axis=2) > 0
    assert 0.02 < changed.mean() < 0.5
    assert not changed[-50:].any()
    check_lines(working, tmp_path)


def test_a_region_takes_from_a_part_of_the_reference(working: Person, tmp_path: Path):
    working.press("Outline")
    working.page.get_by_label("Paint").select_option(label="a new region")
    working.drag(VIEWER, (0.1, 0.3), (0.3, 0.3), (0.3, 0.6), (0.1, 0.6))
    working.wait()
    working.drag("#reference-viewer", (0.1, 0.2), (0.9, 0.2), (0.5, 0.5))
    working.wait()
    assert "painted part from a part of transfer-reference.jpg" in working.page.locator(".left").inner_text()
    working.press("Export")
    changed = np.abs(pixels(working.download("Download", tmp_path)) - pixels(TARGET)).max(axis=2) > 0
    assert 0 < changed.mean() < 0.3
    check_lines(working, tmp_path)


def check_lines(person: Person, tmp_path: Path) -> None:
    """The copied command and the copied lines of Python give the pixels of the download."""
    (downloaded,) = tmp_path.glob("*_recolored.png")
    with zipfile.ZipFile(person.download("Recipe (.zip)", tmp_path)) as recipe:
        recipe.extractall(tmp_path)
    copied = []
    for name in ("Copy the command", "Copy the Python lines"):
        person.press(name)
        person.page.get_by_text("Copied.").wait_for()
        copied.append(person.page.evaluate("() => navigator.clipboard.readText()"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setattr(sys, "argv", shlex.split(copied[0]))
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
        assert (pixels("result.png") == pixels(downloaded)).all()
        Path("result.png").unlink()
        exec(compile(copied[1], "copied", "exec"), {})  # noqa: S102
        assert (pixels("result.png") == pixels(downloaded)).all()


def test_values_are_tried_and_one_is_taken(working: Person):
    page = working.page
    working.press("Try values")
    page.locator("dialog").get_by_label("Setting").select_option(label="Strength")
    working.press("Show")
    page.get_by_role("button", name="Strength 0.5").click()
    working.wait()
    assert page.get_by_label("Strength, as a number").input_value() == "0.5"


def test_references_are_ranked(person: Person):
    person.give(GREY, COLORS, REFERENCE)
    person.press("Rank references")
    person.press("Rank")
    ranked = person.page.locator(".ranking li")
    ranked.nth(1).wait_for()
    assert "colorize-reference.jpg" in ranked.first.inner_text()
    ranked.first.get_by_role("button").click()
    person.wait()
    assert person.page.locator(".pictures li").count() == 1


def test_a_and_b(working: Person):
    page = working.page
    working.press("Keep as A")
    page.get_by_label("Preset").select_option(label="Gentle")
    working.wait()
    number = page.get_by_label("Strength, as a number")
    assert number.input_value() == "0.6"
    working.press("A")
    working.wait()
    assert number.input_value() == "1"
    page.keyboard.press("a")
    working.wait()
    assert number.input_value() == "0.6"


def test_a_reload_finds_everything_again(working: Person):
    page = working.page
    page.get_by_label("Preset").select_option(label="Gentle")
    working.wait()
    page.reload()
    working.wait()
    assert working.history() == ["Preset: Gentle", "Reference added"]
    working.press("Undo")
    working.wait()
    assert page.get_by_label("Strength, as a number").input_value() == "1"


def test_after_a_reload_a_pin_still_names_its_reference(working: Person, tmp_path: Path):
    page = working.page
    working.press("Pin")
    page.mouse.click(*working.at(VIEWER, 0.7, 0.4))
    page.get_by_text("Now click the place").wait_for()
    page.mouse.click(*working.at("#reference-viewer", 0.5, 0.5))
    working.wait()
    page.reload()
    working.wait()
    pin = page.locator(".left .list button[aria-pressed]")
    assert REFERENCE.name in pin.inner_text()
    pin.click()
    working.press("Export")
    working.download("Download", tmp_path)
    check_lines(working, tmp_path)


def test_after_a_reload_a_mask_is_drawn_as_it_was(working: Person):
    page = working.page
    working.press("Brush")
    working.drag(VIEWER, (0.6, 0.3), (0.8, 0.3))
    working.wait()
    page.mouse.move(*working.at("#reference-viewer", 0.5, 0.5))
    before = redness(working)
    assert before > 1000
    page.reload()
    working.wait()
    working.press("Brush")
    page.wait_for_timeout(300)
    assert redness(working) == pytest.approx(before, rel=0.02)


def test_a_stroke_of_one_place_is_drawn(working: Person):
    page = working.page
    working.press("Brush")
    page.mouse.click(*working.at(VIEWER, 0.7, 0.4))
    working.wait()
    page.mouse.move(*working.at("#reference-viewer", 0.5, 0.5))
    assert redness(working) > 1000


def redness(person: Person) -> int:
    """Return how many pixels of the viewer the mask tints."""
    shown = np.asarray(Image.open(io.BytesIO(person.page.locator(VIEWER).screenshot())).convert("RGB")).astype(int)
    return int((shown[..., 0] > shown[..., 1] + 80).sum())


def test_a_reload_after_undo_finds_the_same_step(working: Person):
    page = working.page
    page.get_by_label("Preset").select_option(label="Gentle")
    working.wait()
    working.press("Undo")
    working.wait()
    page.reload()
    working.wait()
    working.press("Redo")
    working.wait()
    assert page.get_by_label("Strength, as a number").input_value() == "0.6"


def test_an_address_with_another_token_is_taken_up(working: Person):
    page = working.page
    page.goto(working.address.partition("#")[0] + "#another-token-of-another-start")
    page.get_by_text("The server has another token now").wait_for()
    page.goto(working.address)
    working.wait()
    assert working.history() == ["Reference added"]
    assert all("401" in each for each in working.wrong)
    working.wrong.clear()


def test_what_was_asked_while_the_server_was_away_is_asked_again(
    browser: "sync_api.Browser", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HUEGRAFT_TOKEN", "a-token-that-every-start-has")
    page = browser.new_page()
    with served(tmp_path / "storage") as address:
        person = Person(page, address)
        person.open()
        person.give(TARGET, REFERENCE)
        before = person.wait()
    page.get_by_label("Preset").select_option(label="Gentle")
    page.get_by_text("The server does not answer").wait_for()
    with served(tmp_path / "storage", "--port", re.findall(r":(\d+)", address)[0]):
        page.wait_for_function(f"() => document.querySelector('{VIEWER}').dataset.revision > {before}")
        page.get_by_text("Ready", exact=True).wait_for()
        page.close()


def test_a_look_is_taken_away_and_a_recipe_goes_on(working: Person, tmp_path: Path):
    page = working.page
    page.get_by_label("Preset").select_option(label="Gentle")
    working.wait()
    working.press("Export")
    lut = working.download("LUT (.cube)", tmp_path)
    assert lut.read_text().count("\n") > 33**3
    recipe = working.download("Recipe (.zip)", tmp_path)
    working.download("Download", tmp_path)
    check_lines(working, tmp_path)
    working.press("Close")
    page.once("dialog", lambda dialog: dialog.accept())
    working.press("Start anew")
    page.get_by_text("Give a picture the colours").wait_for()
    page.get_by_label("Open a recipe").set_input_files(recipe)
    working.wait()
    assert page.get_by_label("Strength, as a number").input_value() == "0.6"


def test_pictures_of_the_folder(person: Person, folder: Path):
    page = person.page
    page.get_by_role("button", name="From the folder").first.click()
    person.press("cat.jpg")
    page.get_by_text("Now add a reference").wait_for()
    page.get_by_label("Choose a file: References").set_input_files(REFERENCE)
    person.wait()
    person.press("Export")
    page.get_by_label("File in the served folder").fill("new.png")
    person.press("Save")
    page.get_by_text("Saved as new.png.").wait_for()
    assert (folder / "new.png").is_file()


def test_what_is_no_picture_is_said(person: Person, tmp_path: Path):
    wrong = tmp_path / "letter.png"
    wrong.write_text("no picture")
    person.page.get_by_label("Choose a file: Target").set_input_files(wrong)
    person.page.get_by_role("alert").wait_for()
    assert "picture" in person.page.get_by_role("alert").inner_text()
    assert [each for each in person.wrong if "status of 422" not in each] == []
    person.wrong.clear()


def test_without_the_token_the_page_says_what_to_do(person: Person):
    page = person.page.context.new_page()
    page.goto(person.address.partition("#")[0])
    assert "huegraft serve" in page.get_by_role("alert").inner_text()


def test_another_tab_leaves_the_session_alone(working: Person):
    revision = working.wait()
    other = working.page.context.new_page()
    other.goto(working.address)
    other.get_by_text("Give a picture the colours").wait_for()
    other.close()
    working.page.reload()
    assert working.wait() == revision
