"""Traces of manipulation 异常线索: found by search, set apart for a person, never deleted."""
