"""Readers of the public re-ID data sets; none of them is shipped."""
