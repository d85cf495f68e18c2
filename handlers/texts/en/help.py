"""The help."""

TEXTS = {
    "help.title": "*`/tmon` commands*",
    "help.line": "`{command} {word}` (`{other}`) {does}",
    "help.setup": "registers a store or changes its settings",
    "help.stores": "lists stores: edit, pause, resume, remove",
    "help.status": "shows each store's state, what is wrong and what waits",
    "help.orders": "lists orders that wait for confirmation, most urgent first",
    "help.cs": "lists inquiries that wait for an answer",
    "help.collect": "with `orders` or `cs`: collects them now",
    "help.sync": "with `on` or `off`: turns a store's sync on or off",
    "help.templates": "imports and registers addresses and delivery templates",
    "help.products": "Known products: status, price, stock and sale period",
    "help.stock": "keeps SKUs, and TMON's stock in step with them",
    "help.incidents": "shows open and recent incidents",
    "help.admin": "admins: Runple marks, rights, audit list",
    "help.guide": "tells how to become a TMON partner and get an API key",
    "help.help": "shows this help",
    "help.note": "With several stores add the store name, such as `/tmon setup My shop`",
    "help.unknown": "`{word}` is not a word that I know.",
    "help.near": "Did you mean this? {names}",
}
