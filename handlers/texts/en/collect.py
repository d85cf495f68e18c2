"""Collecting by hand."""

TEXTS = {
    "collect.what_orders": "orders",
    "collect.what_inquiries": "inquiries",
    "collect.under_way": "Collecting {what} of '{store}'…",
    "collect.done": "Collected {what} of '{store}'. {changes}",
    "collect.nothing": "Nothing new.",
    "collect.failed": "Could not collect {what} of '{store}'. {why}",
    "collect.inactive": "'{store}' is not approved yet, so nothing is collected. See `/tmon status`.",
    "collect.ask": "What should be collected? `/tmon collect orders`, `/tmon collect cs`",
}
