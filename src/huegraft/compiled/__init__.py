"""Loops that NumPy has no fast words for, in C.

Each .c file has a .py beside it that calls it, with the shapes and units. The library is compiled when the package is
built (hatch_build.py).
"""
