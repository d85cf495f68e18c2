"""Switches that are off, and turning them on."""

TEXTS = {
    "switches.off_sync": "⏸️ Nothing was done: sync of '{store}' is paused.",
    "switches.off_product": "⏸️ Nothing was done: the product API of '{store}' is off.",
    "switches.off_order": "⏸️ Nothing was done: the order API of '{store}' is off.",
    "switches.off_cs": "⏸️ Nothing was done: the CS API of '{store}' is off.",
    "switches.off_stock": "⏸️ Nothing was done: the display, sale status and stock API of '{store}' is off.",
    "switches.ask": "{people} or a workspace admin can turn it on again.",
    "switches.turn_on_sync": "Turn sync on",
    "switches.turn_on_product": "Turn the product API on",
    "switches.turn_on_order": "Turn the order API on",
    "switches.turn_on_cs": "Turn the CS API on",
    "switches.turn_on_stock": "Turn stock sync on",
    "switches.turned_on": "▶️ *{store}*, {switch}: on. What came meanwhile is caught up. Please press the button again for what you wanted to do.",
}
