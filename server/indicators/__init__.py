"""Indicators 指标: versioned trees whose leaves are rated; a version never changes once used."""
