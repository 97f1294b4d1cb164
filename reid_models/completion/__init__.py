"""Painting what is hidden: STCnet of VRSTC, its training and its use. What it paints is made up."""
