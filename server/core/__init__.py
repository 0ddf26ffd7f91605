"""What every domain stands on: database, transaction, access, limits, errors, clock, paging."""
