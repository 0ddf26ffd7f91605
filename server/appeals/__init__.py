"""Appeals (申诉): a department contests a rating, an adjudicator of neither side decides."""
