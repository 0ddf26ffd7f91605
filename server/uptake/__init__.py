"""Use of results (成果转化运用): handing them on, who took them over, what became of them."""
