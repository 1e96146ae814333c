"""Loops that NumPy and Torch have no fast words for, compiled for the CPU; on a GPU the stages use Torch instead."""
