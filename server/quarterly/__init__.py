"""The quarter (一季一晾晒): frozen as a snapshot, approved by a second person, published."""
