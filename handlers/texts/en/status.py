"""The status of every store."""

TEXTS = {
    "status.title": "Status",
    "status.all_well": "✅ All is well. Stores: {total}",
    "status.some_wrong": "⚠️ {n} of {total} stores need a look.",
    "status.nothing_waits": "No orders waiting",
    "status.waiting": "Waiting for confirmation: *{n}* · the most urgent {until}",
    "status.waiting_held": "{waiting} · {n} of them on hold",
}
