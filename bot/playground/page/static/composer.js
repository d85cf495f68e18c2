// The line in which a person writes: plain messages, and commands that complete themselves.

import { notice, place, refresh, send } from "./live.js";
import { toBottom } from "./messages.js";

const field = document.getElementById("composer");
const form = document.getElementById("composer-form");
const list = document.getElementById("completions");
const options = [...list.children];
let at = 0; // index of the highlighted one; -1 while none is

const commands = new Set(options.map((option) => option.dataset.usage.split(" ")[0]));

const shown = () => options.filter((option) => !option.hidden);

function highlight(index) {
  const rows = shown();
  at = (index + rows.length) % rows.length;
  rows.forEach((row, number) => row.setAttribute("aria-selected", String(number === at)));
  field.setAttribute("aria-activedescendant", rows[at].id);
  rows[at].scrollIntoView({ block: "nearest" });
}

function close() {
  list.hidden = true;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function suggest() {
  const text = field.value.trimStart().toLowerCase();
  for (const option of options) {
    const usages = [option.dataset.usage, ...option.dataset.also.split("|")].map((usage) => usage.toLowerCase());
    option.hidden = !usages.some((usage) => usage.startsWith(text)) || usages.includes(text);
  }
  if (!text.startsWith("/") || !shown().length) return close();
  list.hidden = false;
  field.setAttribute("aria-expanded", "true");
  if (commands.has(text.trim())) unmark(); // the command alone is complete: Enter sends it and shows the help
  else highlight(0);
}

function unmark() {
  at = -1;
  for (const row of options) row.setAttribute("aria-selected", "false");
  field.removeAttribute("aria-activedescendant");
  list.scrollTop = 0;
}

function complete(option) {
  field.value = option.dataset.usage;
  close();
  grow();
  field.focus();
}

function grow() {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 180)}px`;
}

async function say() {
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  close();
  grow();
  notice("");
  const answer = await send("/act/say", { channel: place, text });
  if (answer.error) {
    notice(answer.error);
    if (!field.value) field.value = text;
  }
  await Promise.all([refresh("messages"), refresh("modal")]);
  toBottom();
}

field.addEventListener("input", () => {
  grow();
  suggest();
});
field.addEventListener("blur", () => setTimeout(close, 150));
field.addEventListener("keydown", (event) => {
  if (event.isComposing) return; // an Enter that ends a Hangul syllable sends nothing
  if (!list.hidden) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      return highlight(event.key === "ArrowDown" ? at + 1 : Math.max(at, 0) - 1);
    }
    if (event.key === "Tab" || (event.key === "Enter" && at >= 0)) {
      event.preventDefault();
      return complete(shown()[Math.max(at, 0)]);
    }
    if (event.key === "Escape") {
      event.preventDefault();
      return close();
    }
  }
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    say();
  }
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  say();
});
list.addEventListener("mousedown", (event) => {
  event.preventDefault();
  const option = event.target.closest("[role=option]");
  if (option) complete(option);
});

/** Puts a text in the composer, as the buttons of 시작하기 do. */
export function type(text) {
  field.value = text;
  grow();
  field.focus();
}

if (matchMedia("(min-width: 761px)").matches) field.focus();
