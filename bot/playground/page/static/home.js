// The bot's home tab: the bot hears that somebody looks at it, and draws it.

import { appTab, fragment, notice, send } from "./live.js";

fragment("home", {
  /** Blocks that the bot drew anew have new ids: the focus goes by the element's own name. */
  before: () => document.activeElement?.closest("#home .control")?.dataset.action,
  after(root, action) {
    if (!action || root.contains(document.activeElement)) return;
    root.querySelector(`[data-action="${CSS.escape(action)}"] :is(button, select, input, a)`)?.focus({ preventScroll: true });
  },
});

/** Tells the bot which of its tabs is looked at. */
export async function look() {
  if (!appTab) return;
  const answer = await send("/act/open", { tab: appTab });
  if (appTab === "home") notice(answer.error ?? "");
}
