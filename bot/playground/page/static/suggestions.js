// Menus whose options the app finds: what is typed is sent to it, and what it answers is listed below.

import { send } from "./live.js";

const PAUSE = 250;
let waiting = null;

export function chooseSuggested(control, value, text) {
  const field = control.querySelector(".suggest");
  field.dataset.value = value;
  field.value = text;
  list(field, []);
}

function list(field, options) {
  const box = field.parentElement.querySelector(".suggestions");
  field.setAttribute("aria-expanded", String(options.length > 0));
  box.replaceChildren(...options.map((option) => {
    const row = document.createElement("li");
    row.setAttribute("role", "option");
    row.tabIndex = 0;
    row.dataset.value = option.value;
    row.textContent = option.text.text;
    return row;
  }));
}

async function ask(field) {
  if (field.value.length < Number(field.dataset.least)) return list(field, []);
  const typed = field.value;
  const answer = await send("/act/suggest", {
    view_id: field.closest("[data-view]").dataset.view,
    block_id: field.closest("[data-block]").dataset.block,
    value: typed,
  });
  if (field.value === typed && !field.dataset.value) list(field, answer.options ?? []);
}

document.addEventListener("input", (event) => {
  if (!event.target.matches?.(".suggest")) return;
  event.target.dataset.value = "";
  clearTimeout(waiting);
  waiting = setTimeout(() => ask(event.target), PAUSE);
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.(".suggest") && !event.target.dataset.value) ask(event.target);
});

document.addEventListener("click", (event) => {
  const row = event.target.closest?.(".suggestions li");
  if (row) chooseSuggested(row.closest(".control"), row.dataset.value, row.textContent);
});

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.(".suggestions li");
  const field = event.target.closest?.(".suggest");
  if (!row && !field) return;
  if (event.key === "Enter") {
    event.preventDefault();
    if (row) row.click();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const stops = [field ?? row.closest(".control").querySelector(".suggest"), ...(field ?? row).closest(".control").querySelectorAll("li")];
    stops[stops.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    event.preventDefault();
  }
});
