// The list of messages: stays at its end unless the person scrolled up; threads open beside it.

import { fragment, refresh, swap } from "./live.js";
import { arrived } from "./unread.js";

const scroll = document.getElementById("scroll");
const newer = document.getElementById("newer");
const thread = document.getElementById("thread");
let open = null; // ts of the thread that is open
let opener = null;

const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;

export function toBottom() {
  scroll.scrollTop = scroll.scrollHeight;
  newer.hidden = true;
}

fragment("messages", {
  before: (root) => ({ stick: atEnd(), last: root.lastElementChild?.id }),
  after(root, { stick, last }) {
    const rows = [...root.children].map((row) => row.id);
    arrived(rows.slice(rows.indexOf(last) + 1).filter((id) => id.startsWith("m-")).length);
    if (stick) toBottom();
    else if (root.lastElementChild?.id !== last) newer.hidden = false;
  },
});

fragment("thread", {
  address: () => (open ? "/fragments/thread" : ""),
  query: () => ({ ts: open }),
  draw(root, html) {
    swap(root, html);
    root.querySelector(".messages").scrollTop = root.scrollHeight;
  },
});

newer.addEventListener("click", toBottom);
let stuck = true;
scroll.addEventListener("scroll", () => {
  stuck = atEnd();
  if (stuck) newer.hidden = true;
});
new ResizeObserver(() => stuck && toBottom()).observe(scroll); // the composer grew, a notice came, the window changed

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-thread]");
  if (button) {
    opener = button;
    open = button.dataset.thread;
    await refresh("thread");
    thread.hidden = false;
    thread.querySelector("[data-thread-close]").focus();
  }
  if (event.target.closest("[data-thread-close]")) close();
});

function close() {
  open = null;
  thread.hidden = true;
  if (opener?.isConnected) opener.focus();
}

thread.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});
