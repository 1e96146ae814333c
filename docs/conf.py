"""Sphinx: the guides, the reference pages, and a gallery that is run while the pages are built. Nothing is fetched."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "gallery"))
os.environ["HUEGRAFT_OFFLINE"] = "1"

import huegraft

project = "huegraft"
author = "The huegraft developers"
copyright = "2026, the huegraft developers"  # noqa: A001
version = release = huegraft.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_gallery.gen_gallery"]
exclude_patterns = ["_build", "gallery/README.rst"]
html_theme = "furo"
html_title = f"huegraft {version}"

autodoc_member_order = "bysource"
autodoc_mock_imports = [] if find_spec("torch") else ["torch"]
autodoc_typehints = "none"
napoleon_use_rtype = False
myst_heading_anchors = 3
suppress_warnings = ["config.cache"]

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "figures",
    "filename_pattern": "figure_",
    "ignore_pattern": r"photographs\.py",
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "show_memory": False,
    "abort_on_example_error": True,
    "plot_gallery": True,
}
