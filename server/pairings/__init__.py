"""Pairings 结对: communities and villages rate the departments that are paired with them."""
