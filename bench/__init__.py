"""Measurements. Times are asserted here alone, as ratios to a floor of the same run, or as the limits that the README promises."""
