"""Fit the network that judges dissolves (src/huegraft/film/dissolves.npz), on the tuning films alone.

python -m benchmarks.dissolves dissolves.npz           # in some ten minutes

Films are made as those of benchmarks/shots.py, of other seeds, some of one half of the photographs alone. Five networks
of 16 units are fitted to each second window, and are written as one of 80 units that gives their mean.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from benchmarks.shot_films import RATE, MadeFilm, Material, dissolved, grainy, joined, made_films
from sklearn.neural_network import MLPClassifier

from huegraft.film.cuts import cuts_in
from huegraft.film.dissolves import MOST, STEP, WINDOWS, evidence
from huegraft.film.fades import fades_in
from huegraft.film.first_pass import small_picture_of

SEEDS, NETWORKS, UNITS, ROUNDS = range(11, 17), 5, 16, 15
_KEPT, _SHARE, _SPREAD = 0.3, 0.1, 0.1  # of windows without a dissolve; dissolves beside them; of noise on evidence
_NEAR = 8  # frames around cuts that teach nothing


def main() -> None:
    """Fit the network and write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="of the network")
    rng = np.random.default_rng(0)
    path: Path = parser.parse_args().file
    seen, there = (np.concatenate(parts) for parts in zip(*(_windows(film) for film in _films()), strict=True))
    mean, scale = seen.mean(axis=0), seen.std(axis=0) + 1e-6
    known = ((seen - mean) / scale).clip(-MOST, MOST)
    networks = [_fitted(known, there, rng, number) for number in range(NETWORKS)]
    arrays = {
        "mean": mean,
        "scale": scale,
        "hidden": np.concatenate([network.coefs_[0] for network in networks], axis=1),
        "hidden_bias": np.concatenate([network.intercepts_[0] for network in networks]),
        "output": np.concatenate([network.coefs_[1][:, 0] for network in networks]) / NETWORKS,
        "output_bias": np.mean([network.intercepts_[1][0] for network in networks]),
    }
    np.savez(path, **{name: np.asarray(array, np.float32) for name, array in arrays.items()})


def _films() -> Iterator[MadeFilm]:
    for seed in SEEDS:
        material = Material("tuning", [], seed)
        yield grainy(dissolved(material.shots(60, (60, 100)), material.rng), material.rng)
        yield grainy(joined(material.long_takes(6 * 60 * RATE)), material.rng)
    for _, film in made_films(Material("tuning", [], 1), 60, 10):
        yield film


def _windows(film: MadeFilm) -> tuple[np.ndarray, np.ndarray]:
    """Return the evidence of windows of a film, and whether a dissolve fills each. Windows between are left out."""
    pictures = np.stack([small_picture_of(frame, 8) for frame in film.frames])
    rng, times = np.random.default_rng(len(pictures)), np.arange(0, len(pictures), STEP)
    near = np.zeros(len(times), bool)
    for cut in {*cuts_in(pictures), *film.cuts, 0, len(pictures)}:
        near |= np.abs(times - cut) < _NEAR
    for fade in fades_in(pictures):
        near |= (times >= fade.start) & (times <= fade.stop)
    seen, there = list[np.ndarray](), list[np.ndarray]()
    for (length, *_), rows in zip(WINDOWS, evidence(pictures), strict=True):
        beside, inside = ~near, np.zeros(len(times), bool)
        for start, stop in film.dissolves:
            beside &= (times < start - 2) | (times >= stop + 2)
            if abs(np.log((stop - start) / length)) < 0.25:
                inside |= np.abs(times - (start + stop) / 2) <= max(1.5, length / 10)
        inside &= ~near
        kept = inside | (beside & (rng.random(len(times)) < 2 * _KEPT))
        seen.append(rows[kept])
        there.append(inside[kept])
    return np.concatenate(seen), np.concatenate(there)


def _fitted(known: np.ndarray, there: np.ndarray, rng: np.random.Generator, seed: int) -> MLPClassifier:
    none = rng.choice(np.flatnonzero(~there), np.count_nonzero(~there) // 2, replace=False)
    some = rng.choice(np.flatnonzero(there), round(_SHARE * len(none)))
    rows = np.concatenate([none, some])
    network = MLPClassifier(
        (UNITS,), activation="tanh", alpha=0.1, learning_rate_init=0.003, batch_size=512, max_iter=ROUNDS,
        n_iter_no_change=ROUNDS + 1, tol=0, random_state=seed,
    )  # fmt: skip
    return network.fit(known[rows] + rng.normal(0, _SPREAD, (len(rows), known.shape[1])), there[rows])


if __name__ == "__main__":
    main()
