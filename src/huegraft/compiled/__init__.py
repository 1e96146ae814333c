"""Loops in C, for work that NumPy cannot do fast.

Each .c file has a .py file beside it, which calls it and gives the shapes and units. The library is compiled when the
package is built (hatch_build.py).
"""
