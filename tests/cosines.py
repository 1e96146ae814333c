"""The cosines between super-features as one matrix, which the package makes no use of."""

from huegraft.stages.similarity import directions, whitenings


def similarity(target, reference, *, standardize, whiten=0.0):
    """Return M_l of equation (2)."""
    whitening = whitenings([(target, reference)], whiten)[0] if whiten else None
    own, others = directions(target, reference, standardize=standardize, whitening=whitening)
    return own @ others.T
