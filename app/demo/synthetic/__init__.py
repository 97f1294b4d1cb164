"""Draws walking people in made places from several cameras, with exact ground truth.

Nothing is loaded from files: figures, clothes, sets and ways are all computed from a seed.
The modules import without numba; only calling a compiled kernel needs it (`make install-demo`).
"""
