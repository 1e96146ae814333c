"""The version that ran on Torch, commit 82c4c6c, held against the working tree: pictures, time, memory.

``make benchmarks/equivalence/.venv`` installs that version from git into an environment of its own. Both versions run
in processes of their own, on the same files, turn by turn.
"""
