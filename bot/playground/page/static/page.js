// Wires the parts together: what the server says has changed → the fragments that show it.

import { listen, place, refresh, remember } from "./live.js";
import { look } from "./home.js";
import "./controls.js";
import { openFromPage } from "./modal.js";
import "./composer.js";
import { toBottom } from "./messages.js";
import "./panel.js";

const SHOWS = {
  message: (change) => ["sidebar", ...(change.channel === place ? ["messages", "thread"] : [])],
  view: () => ["modal"],
  home: () => ["home"],
  presence: () => ["sidebar"],
  sandbox: () => ["desk"],
  mail: () => ["mails"],
  all: () => ["sidebar", "home", "messages", "thread", "modal", "desk", "mails"],
};

for (const root of document.querySelectorAll("[data-fragment]")) remember(root);
toBottom();
openFromPage();
look();
listen((change) => SHOWS[change.kind]?.(change).forEach(refresh));
