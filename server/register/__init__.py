"""The register of evaluations (工作“一件事”): who evaluates whom, how often, on what basis."""
