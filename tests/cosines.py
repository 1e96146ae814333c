"""The cosines between super-features as one matrix, which the package makes no use of."""

from huegraft.stages.similarity import directions


def similarity(target, reference, *, standardize, whiten=0.0):
    """Return M_l of equation (2)."""
    own, others = directions(target, reference, standardize=standardize, whiten=whiten)
    return own @ others.T
