"""Reports: what happened in the stores of a channel in a day, a week or any period, against the time before."""
