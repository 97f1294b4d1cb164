"""Tracklets of many cameras to people: the parts of `tracking.association`."""
