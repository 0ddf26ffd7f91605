"""What is public of a campaign: documents of figures that change only by a new publication."""
