"""Match runs: one region, one week, its arrays, its picks and the reasons for them."""
