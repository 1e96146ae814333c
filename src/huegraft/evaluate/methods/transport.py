"""Discrete optimal transport of colours, by the library POT (Flamary et al. 2021, jmlr.org/papers/v22/20-451.html)."""

import numpy as np

from huegraft.errors import EvaluationError
from huegraft.types import AnyPicture

_SAMPLES = 1000
_AT_ONCE = 8192


def optimal_transport(target: AnyPicture, reference: AnyPicture) -> AnyPicture:
    """Map 1000 random colours of each picture by the exact plan. Other colours move along with their nearest one.

    This is POT's own example of colour adaptation, after Ferradans et al. 2014 (doi:10.1137/130929886).

    Raises
    ------
    EvaluationError
        If POT is not installed.
    """
    try:
        from ot.da import EMDTransport
    except ImportError as error:
        raise EvaluationError('POT is not installed: pip install "huegraft[bench]"') from error
    rng = np.random.default_rng(0)
    pixels, goal = (each.reshape(-1, 3).astype(np.float64) for each in (target, reference))
    samples = [each[rng.integers(len(each), size=_SAMPLES)] for each in (pixels, goal)]
    plan = EMDTransport().fit(Xs=samples[0], Xt=samples[1])
    mapped = np.asarray(plan.transform(Xs=pixels, batch_size=_AT_ONCE))
    return np.clip(mapped, 0, 1).reshape(target.shape).astype(np.float32)
