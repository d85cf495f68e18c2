// Wires the parts together: what the server says has changed → the fragments that show it.

import { listen, place, refresh, remember, send } from "./live.js";
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
// Slack's client forgets ephemeral messages when it is loaded again, not when another conversation is opened.
if (performance.getEntriesByType("navigation")[0]?.type === "reload") await send("/act/reload", {});
toBottom();
openFromPage();
look();
listen((change) => SHOWS[change.kind]?.(change).forEach(refresh));
