"""Measurements that the documents quote; each file is a command: `python -m benchmarks.NAME`."""
