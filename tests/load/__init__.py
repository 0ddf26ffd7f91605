"""How fast the submission is, against floors measured in the same run; see docs/benchmark.md."""
