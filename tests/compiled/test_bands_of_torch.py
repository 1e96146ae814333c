from concurrent.futures import ThreadPoolExecutor

import torch

from huegraft.compiled.library import in_bands_of_torch


def test_each_band_has_one_thread_and_nobody_else_loses_any():
    before, seen, rows = torch.get_num_threads(), [], []
    try:
        torch.set_num_threads(2)

        def work(start, stop):
            seen.append(torch.get_num_threads())
            rows.extend(range(start, stop))

        in_bands_of_torch(work, 5)
        in_bands_of_torch(work, 1)
        assert seen == [1, 1, 1]
        assert sorted(rows) == [0, 0, 1, 2, 3, 4]
        assert torch.get_num_threads() == 2
        with ThreadPoolExecutor(1) as fresh:
            assert fresh.submit(torch.get_num_threads).result() == 2
    finally:
        torch.set_num_threads(before)
