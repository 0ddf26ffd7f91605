"""Scores (评什么, 怎么评): one ruler (一把尺) for the ratings of all channels.

A *scheme* (评分方案) says how levels become points and what weighs how much; once used it never
changes. A *snapshot* (快照) holds counts, never persons. From the two alone every published figure
can be worked out again, to the last digit, with what it is made of: a *score tree* (department,
channel, panel, indicator, counts).

Scores are decimal arithmetic. How certain they are is told beside them: standard errors within the
tree are decimal too; weights, shrinkage and rank intervals are worked out in floats.
"""
