"""Editable settings; a change is a new row, so their history is the table itself."""
