// Menus whose options the app finds: what is typed is sent to it, and what it answers is listed below.

import { onArrival, send } from "./live.js";

const PAUSE = 250;
const texts = new Map(); // value → text of every option that was offered
let waiting = null;
let latest = 0; // number of the last question: answers to earlier ones come too late

const fieldOf = (control) => control.querySelector(".suggest");
const takesMany = (control) => control.dataset.type === "multi_external_select";

/** What was chosen in such a menu: a value or null, and a list of values where several can be chosen. */
export function chosenSuggested(control) {
  if (takesMany(control)) return [...control.querySelectorAll(".picked [data-value]")].map((chip) => chip.dataset.value);
  return fieldOf(control).dataset.value || null;
}

/** Puts what was chosen before back in such a menu. */
export function chooseSuggested(control, value) {
  if (takesMany(control)) return pick(control, value ?? []);
  const field = fieldOf(control);
  field.dataset.value = value ?? "";
  field.value = value ? (texts.get(value) ?? value) : "";
  list(field, []);
}

function pick(control, values) {
  control.querySelector(".picked").replaceChildren(...values.map((value) => {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.className = "chip";
    chip.dataset.value = value;
    chip.textContent = texts.get(value) ?? value;
    chip.setAttribute("aria-label", `${chip.textContent} 빼기`);
    return chip;
  }));
}

function list(field, options) {
  latest += options.length ? 0 : 1;
  const box = field.parentElement.querySelector(".suggestions");
  field.setAttribute("aria-expanded", String(options.length > 0));
  box.replaceChildren(...options.map((option) => {
    const row = document.createElement("li");
    row.setAttribute("role", "option");
    row.tabIndex = 0;
    row.dataset.value = option.value;
    row.textContent = option.text.text;
    texts.set(option.value, option.text.text);
    return row;
  }));
}

/** Asks for what was typed; where something is chosen already, for everything. */
async function ask(field) {
  clearTimeout(waiting);
  if (!field.isConnected) return; // the form was drawn anew
  const asked = ++latest;
  const typed = field.dataset.value ? "" : field.value;
  if (typed.length < Number(field.dataset.least)) return list(field, []);
  const answer = await send("/act/suggest", {
    view_id: field.closest("[data-view]").dataset.view,
    block_id: field.closest("[data-block]").dataset.block,
    value: typed,
  });
  const options = (answer.option_groups ?? []).flatMap((group) => group.options).concat(answer.options ?? []);
  if (asked === latest && field.isConnected) list(field, options);
}

/** Takes an option; whoever sends the choice to the app hears of it by the event "chosen". */
function choose(control, value) {
  clearTimeout(waiting);
  const field = fieldOf(control);
  if (takesMany(control)) {
    pick(control, [...new Set([...chosenSuggested(control), value])]);
    field.value = "";
    list(field, []);
  } else chooseSuggested(control, value);
  field.dispatchEvent(new CustomEvent("chosen", { bubbles: true }));
}

onArrival((root) => {
  for (const known of root.querySelectorAll(".control .suggest[data-value]:not([data-value=''])")) {
    texts.set(known.dataset.value, known.value);
  }
  for (const chip of root.querySelectorAll(".picked [data-value]")) texts.set(chip.dataset.value, chip.textContent);
});

document.addEventListener("input", (event) => {
  if (!event.target.matches?.(".suggest")) return;
  event.target.dataset.value = "";
  list(event.target, []); // what stands there belongs to what was typed before
  clearTimeout(waiting);
  waiting = setTimeout(() => ask(event.target), PAUSE);
});

document.addEventListener("click", (event) => {
  if (!event.target.matches?.(".suggest")) return;
  event.target.select();
  ask(event.target);
});

document.addEventListener("focusout", (event) => {
  const control = event.target.closest?.(".control");
  if (control?.querySelector(".suggestions") && !control.contains(event.relatedTarget)) list(fieldOf(control), []);
});

document.addEventListener("click", (event) => {
  const row = event.target.closest?.(".suggestions li");
  if (row) choose(row.closest(".control"), row.dataset.value);
  const chip = event.target.closest?.(".picked .chip");
  if (!chip) return;
  const field = fieldOf(chip.closest(".control"));
  chip.remove();
  field.focus();
  field.dispatchEvent(new CustomEvent("chosen", { bubbles: true }));
});

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.(".suggestions li");
  const field = event.target.closest?.(".suggest");
  if (!row && !field) return;
  if (event.key === "Enter") {
    event.preventDefault();
    if (row) row.click();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const control = (field ?? row).closest(".control");
    if (field && !control.querySelector(".suggestions li")) ask(field);
    const stops = [fieldOf(control), ...control.querySelectorAll(".suggestions li")];
    stops[stops.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    event.preventDefault();
  }
});
