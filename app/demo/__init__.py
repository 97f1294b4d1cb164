"""The demo: a made scene with ground truth, and what puts it into a store and takes it out."""
