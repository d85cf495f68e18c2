// Wires the parts together: what the server says has changed → the fragments that show it.

import { listen, place, refresh, remember } from "./live.js";
import "./controls.js";
import { openFromPage } from "./modal.js";
import "./composer.js";
import { toBottom } from "./messages.js";
import "./panel.js";

const SHOWS = {
  message: (change) => ["sidebar", ...(change.channel === place ? ["messages", "thread"] : [])],
  view: () => ["modal"],
  presence: () => ["sidebar"],
  sandbox: () => ["desk"],
  mail: () => ["mails"],
  all: () => ["sidebar", "messages", "thread", "modal", "desk", "mails"],
};

for (const root of document.querySelectorAll("[data-fragment]")) remember(root);
toBottom();
openFromPage();
listen((change) => SHOWS[change.kind]?.(change).forEach(refresh));
