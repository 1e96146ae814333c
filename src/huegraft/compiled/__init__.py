"""Loops that NumPy and Torch have no fast words for, in C; on a GPU the stages use Torch instead.

Each .c file has a .py beside it that calls it, with the shapes and units. The library is compiled when the package is
built (hatch_build.py).
"""
