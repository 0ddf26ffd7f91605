"""The append-only log of evaluations (回执与日志): leaves, tiles, signed heads, proofs, tallies."""
