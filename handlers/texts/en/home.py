"""The home tab."""

TEXTS = {
    "home.title": "TMON today",
    "home.welcome": "👋 Connect your TMON store",
    "home.welcome_text": "Register a store once: new orders come into Slack, and one press confirms them. It takes five minutes.",
    "home.welcome_steps": "*1.* Get an API key in TMON's partner centre.\n*2.* Enter seller ID, key, contact and channel.\n*3.* As soon as TMON accepts the key, orders are collected.",
    "home.begin": "Register a store",
    "home.incidents": "Open incidents",
    "home.urgent": "Most urgent orders",
    "home.order": "• *{until}* · {store} · `{number}` {title}",
    "home.order_held": "• *{until}* · {store} · `{number}` {title} (held)",
    "home.stores": "{n} stores",
    "home.look": "View",
    "home.go_orders": "Orders",
    "home.go_stores": "Stores",
    "home.go_status": "Status",
    "home.go_incidents": "Incidents",
    "home.go_setup": "Set up a store",
    "home.go_guide": "Guide",
    "home.go_help": "Help",
    "home.refresh": "Refresh",
    "home.as_of": "As of {moment}",
}
