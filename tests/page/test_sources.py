"""The sources of the page: what they say of the API is what the server says, and the lock names no place."""

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra web")

from serving import serving

WEB = Path(__file__).parents[2] / "web"
ANSWERS = ("Picture", "Session", "Revision", "Job", "Folder")
WHOLE = ("Size", "Stroke", "Mask", "Pin", "Region")
"""What the page sends has to be whole; of what it gets, it may leave out what it does not need."""


def interfaces() -> dict[str, set[str]]:
    source = (WEB / "src" / "api" / "types.ts").read_text(encoding="utf-8")
    found = re.findall(r"^export interface (\w+) \{\n(.*?)^\}", source, re.MULTILINE | re.DOTALL)
    return {name: set(re.findall(r"^  \"?([\w-]+)\"?\??:", body, re.MULTILINE)) for name, body in found}


@pytest.fixture(scope="module")
def schemas(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("storage") / "kept") as (_, client):
        described = client.get("/openapi.json").json()["components"]["schemas"]
    return {name: set(each.get("properties", {})) for name, each in described.items()}


@pytest.mark.parametrize("name", [*ANSWERS, "Link", "ResultRequest", *WHOLE])
def test_the_page_and_the_server_name_the_same_fields(name, schemas):
    own, told = interfaces()[name], schemas[f"{name}Out" if name in ANSWERS else name]
    assert own <= told
    if name in WHOLE:
        assert own == told


def test_the_lock_names_no_registry():
    lock = (WEB / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in re.sub(r'"url": "[^"]*"', "", lock)
    assert all("resolved" not in each for each in json.loads(lock)["packages"].values())


def test_every_word_of_the_page_lies_in_one_file():
    for path in sorted((WEB / "src").rglob("*.ts")):
        if path.parent.name == "text":
            continue
        source = re.sub(r"/\*\*.*?\*/|^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        words = re.findall(r">\s*([A-Za-z][a-z]+(?: [a-z]+)+)\s*<", source)
        assert words + re.findall(r'(?:aria-label|title)="([A-Z][^"$]*)"', source) == [], path
