"""Shapes in signatures are checked while tests run; fixtures that several tests use."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType

from jaxtyping import install_import_hook

# The other parts check what callers give them, and are tested for it.
_CHECKED = (
    "arrays", "backbones", "color", "evaluate", "film.chroma", "film.coding", "film.grid", "film.ycbcr", "io", "lut",
    "report", "stages", "weights.read",
)  # fmt: skip
install_import_hook([f"huegraft.{part}" for part in _CHECKED], "typechecker.check")

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from safetensors.numpy import save_file  # noqa: E402
from skimage import data  # noqa: E402

from huegraft.backbones import registry  # noqa: E402
from huegraft.threads import set_threads  # noqa: E402

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(autouse=True)
def no_fetched_weights(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tests see an empty folder of weights, not the user's."""
    folder = tmp_path_factory.mktemp("fetched")
    monkeypatch.setenv("HUEGRAFT_WEIGHTS", str(folder))
    return folder


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    """Torch, which huegraft does without: where it is lacking, what asks for it is skipped."""
    return pytest.importorskip("torch", reason="needs Torch: make torch")


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the backbones that a test registers, and see none that the user's environment names."""
    monkeypatch.delenv("HUEGRAFT_BACKBONES", raising=False)
    monkeypatch.setattr("huegraft.backbones.registry._REGISTRY", dict(registry._REGISTRY))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240115)


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """A real crop with skin, cloth and background, (40, 36, 3)."""
    return (data.astronaut()[60:220:4, 160:304:4] / 255).astype(np.float32)


@pytest.fixture(scope="session")
def coffee() -> np.ndarray:
    """A real crop with wood, china and coffee, (30, 44, 3)."""
    return (data.coffee()[40:280:8, 120:472:8] / 255).astype(np.float32)


@pytest.fixture(scope="session")
def vgg19_bn_tensors() -> dict[str, np.ndarray]:
    """Tensors named and shaped like torchvision's, of blocks 1 to 3 and a classifier, with seeded weights."""
    generator = np.random.default_rng(1)

    def normal(*shape: int) -> np.ndarray:
        return generator.standard_normal(shape, dtype=np.float32)

    numbers = {0: (3, 64), 3: (64, 64), 7: (64, 128), 10: (128, 128)}
    numbers |= {14: (128, 256), 17: (256, 256), 20: (256, 256), 23: (256, 256)}
    tensors = {"classifier.0.weight": normal(4, 4)}
    for number, (inputs, outputs) in numbers.items():
        tensors[f"features.{number}.weight"] = normal(outputs, inputs, 3, 3) * (2 / (9 * inputs)) ** 0.5
        tensors[f"features.{number}.bias"] = 0.1 * normal(outputs)
        tensors[f"features.{number + 1}.weight"] = 1 + 0.2 * normal(outputs)
        tensors[f"features.{number + 1}.bias"] = 0.2 * normal(outputs)
        tensors[f"features.{number + 1}.running_mean"] = 0.2 * normal(outputs)
        tensors[f"features.{number + 1}.running_var"] = 0.5 + np.square(normal(outputs))
        tensors[f"features.{number + 1}.num_batches_tracked"] = np.array(7)
    return tensors


@pytest.fixture(scope="session")
def vgg19_bn_file(tmp_path_factory: pytest.TempPathFactory, vgg19_bn_tensors: dict[str, np.ndarray]) -> Path:
    """A file of these tensors that is read without Torch."""
    path = tmp_path_factory.mktemp("weights") / "vgg19_bn.safetensors"
    save_file(vgg19_bn_tensors, path)
    return path


@pytest.fixture(scope="session")
def vgg19_bn_checkpoint(
    tmp_path_factory: pytest.TempPathFactory, vgg19_bn_tensors: dict[str, np.ndarray], torch: ModuleType
) -> Path:
    """A file of these tensors named and made like torchvision's."""
    path = tmp_path_factory.mktemp("weights") / "vgg19_bn-00000000.pth"
    torch.save({name: torch.tensor(tensor) for name, tensor in vgg19_bn_tensors.items()}, path)
    return path


@pytest.fixture
def shared_vgg19() -> Path:
    """The real VGG-19 convolutions that development machines have beside the checkout."""
    path = SHARED / "weights" / "vgg19_conv3_1.safetensors"
    if not path.is_file():
        pytest.skip("the real VGG-19 weights are not on this machine (../shared/weights)")
    return path


@pytest.fixture
def threads() -> Callable[[int], AbstractContextManager[None]]:
    """The number of threads that huegraft works on, for a while."""

    @contextmanager
    def set_for_a_while(count: int) -> Iterator[None]:
        set_threads(count)
        try:
            yield
        finally:
            set_threads(None)

    return set_for_a_while
