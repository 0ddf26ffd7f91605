"""Figures to look at (图表分析): distribution, trend, heat map, scores, responses, words.

Everything here is the office's own: groups of any size stand in it, and no page outside the office
shows it. A figure has its meaning, its charts, and below each chart the table with its numbers.
"""
