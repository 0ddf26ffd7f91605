"""Check-in (打卡): evidence that a member took part, with no more data than needed."""
