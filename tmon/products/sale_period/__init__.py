"""The extension of sale periods (판매기간 자동연장): the rule, the timetable, and each deal's turn."""
