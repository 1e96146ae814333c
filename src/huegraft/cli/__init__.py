"""The command line."""

import os

# BLAS works on one thread beside those of `huegraft.threads`. OpenBLAS would begin more as NumPy is loaded, and they
# would take a core for a tenth of a second before they sleep.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
