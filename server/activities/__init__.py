"""Joint-building (联建), frontline (一线), study and culture activities; agreements behind them."""
