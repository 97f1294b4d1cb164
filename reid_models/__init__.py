"""Re-identification models: crops and tracklets to vectors, vectors to probabilities.

Read `roles` for what a model can do, `registry` for how to get one, `scoring` and `calibration` for
what the search makes of its vectors.
"""
