"""The command line."""

import os
import sys

# BLAS works on one thread beside those of `huegraft.threads`. OpenBLAS would begin more as NumPy is loaded, and they
# would take a core for a tenth of a second before they sleep. An evaluation times methods of others that may use them.
if sys.argv[1:2] != ["evaluate"]:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
