// The elements of Block Kit: reading and writing their values, pressing them, asking before, menus and pickers.

import { choose, chosenIn, show } from "./files.js";
import { notice, onArrival, place, refresh, send } from "./live.js";
import { chooseSuggested, chosenSuggested } from "./suggestions.js";

const TEXTS = ["plain_text_input", "email_text_input", "number_input", "url_text_input"];
const SUGGESTED = ["external_select", "multi_external_select"];
const LEAVE_OUT = ["button", "overflow", "image"];

/** The value of a control: a string, a list of strings, or null when nothing was chosen. */
export function read(control) {
  const kind = control.dataset.type;
  if (LEAVE_OUT.includes(kind)) return undefined;
  if (kind === "file_input") return chosenIn(control);
  if (SUGGESTED.includes(kind)) return chosenSuggested(control);
  const checked = [...control.querySelectorAll("input:checked")].map((input) => input.value);
  if (kind === "checkboxes" || kind.startsWith("multi_")) return checked;
  if (kind === "radio_buttons") return checked[0] ?? null;
  return control.querySelector("input, textarea, select")?.value || null;
}

export function write(control, value) {
  if (control.dataset.type === "file_input") return show(control, value);
  if (SUGGESTED.includes(control.dataset.type)) return chooseSuggested(control, value);
  for (const input of control.querySelectorAll("input[type=radio], input[type=checkbox]")) {
    input.checked = Array.isArray(value) ? value.includes(input.value) : value === input.value;
  }
  const field = control.querySelector("select, textarea, input:not([type=radio], [type=checkbox], [type=search])");
  if (field) field.value = value ?? "";
  labelPicker(control);
}

export const keyOf = (control) => `${control.closest("[data-block]").dataset.block}/${control.dataset.action}`;

/** Every value on a surface, by "block/action". */
export function values(surface) {
  const found = {};
  for (const control of surface.querySelectorAll(".control")) {
    const value = read(control);
    if (value !== undefined) found[keyOf(control)] = value;
  }
  return found;
}

// pressing ------------------------------------------------------------------------------------------------------------

/** Asks the question that the app put on a control; true when there is none. */
function agreed(control) {
  const question = control.querySelector("template.confirm");
  if (!question) return Promise.resolve(true);
  const dialog = document.getElementById("confirm");
  dialog.replaceChildren(question.content.cloneNode(true));
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.querySelector("[data-agree]").onclick = () => dialog.close("yes");
    dialog.querySelector("[data-deny]").onclick = () => dialog.close("");
    dialog.oncancel = () => (dialog.returnValue = "");
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
    dialog.returnValue = "";
  });
}

/** The control as it stands: its message or view may have been drawn anew, with other block ids, since it was shown. */
function asItStands(control) {
  if (control.isConnected) return control;
  const message = control.closest("[data-ts]");
  const view = control.closest("[data-view]")?.dataset.view;
  const now = message ? document.getElementById(message.id) : document.querySelector(`[data-view="${CSS.escape(view)}"]`);
  return now?.querySelector(`[data-action="${CSS.escape(control.dataset.action)}"]`) ?? control;
}

function click(control, value) {
  const view = control.closest("[data-view]");
  const message = control.closest("[data-ts]");
  return send("/act/click", {
    channel: view ? null : place,
    ts: message?.dataset.ts ?? null,
    view_id: view?.dataset.view ?? null,
    block_id: control.closest("[data-block]").dataset.block,
    action_id: control.dataset.action,
    value,
    values: values(view ?? message),
  });
}

const redraw = () => Promise.all([refresh("messages"), refresh("home"), refresh("modal")]);

async function press(shown, value, source) {
  if (shown.classList.contains("busy") || !(await agreed(shown))) return false;
  let control = asItStands(shown);
  control.classList.add("busy");
  source.setAttribute("aria-busy", "true");
  let answer = await click(control, value);
  await redraw();
  if (answer.gone && (control = asItStands(control)).isConnected && control !== shown) {
    answer = await click(control, value); // it was drawn anew while it was pressed
    await redraw();
  }
  const box = control.closest("[data-view]")?.querySelector(".form-error");
  if (box) box.textContent = answer.error ?? "";
  else notice(answer.error ?? "");
  for (const one of [shown, control]) one.classList.remove("busy");
  source.removeAttribute("aria-busy");
  return true;
}

const dispatches = (control) => {
  const input = control.closest("[data-input]");
  return !input || "dispatch" in input.dataset;
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest(".control [data-press]");
  if (!button || button.tagName === "SELECT") return;
  button.closest("[popover]")?.hidePopover();
  await press(button.closest(".control"), button.dataset.value || null, button);
});

document.addEventListener("change", async (event) => {
  const control = event.target.closest(".control");
  if (!control || event.target.type === "search" || event.target.matches(".suggest")) return;
  if (event.target.type === "file") return choose(control, event.target);
  labelPicker(control);
  if (TEXTS.includes(control.dataset.type) || control.dataset.type.startsWith("multi_") || !dispatches(control)) return;
  const done = await press(control, read(control), event.target);
  if (!done && event.target.tagName === "SELECT") event.target.value = "";
});

document.addEventListener("chosen", (event) => {
  const control = event.target.closest(".control");
  if (dispatches(control)) press(control, read(control), event.target);
});

document.addEventListener("keydown", (event) => {
  const control = event.target.closest?.(".control");
  if (event.key !== "Enter" || event.isComposing || !control || !TEXTS.includes(control.dataset.type)) return;
  if (event.target.tagName === "TEXTAREA" || !control.closest("[data-dispatch]")) return;
  event.preventDefault();
  press(control, read(control), event.target);
});

// menus and pickers -----------------------------------------------------------------------------------------------------

function labelPicker(control) {
  const button = control.querySelector("button.picker");
  if (!button) return;
  const chosen = [...control.querySelectorAll("li input:checked")].map((input) => {
    const chip = document.createElement("span");
    chip.className = "chip";
    chip.textContent = input.nextElementSibling.textContent;
    return chip;
  });
  button.replaceChildren(...(chosen.length ? chosen : [button.dataset.placeholder]));
  button.classList.toggle("empty", !chosen.length);
}

onArrival((root) => {
  for (const control of root.querySelectorAll(".control")) labelPicker(control);
});

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.(".menu")) return;
  const opener = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
  opener?.setAttribute("aria-expanded", String(event.newState === "open"));
  const control = menu.closest(".control");
  if (event.newState === "open") {
    settle(menu, opener);
    if (control) control.openedWith = JSON.stringify(read(control) ?? null);
  } else if (menu.classList.contains("picker-list") && dispatches(control)) {
    if (JSON.stringify(read(control)) !== control.openedWith) press(control, read(control), opener);
  }
}, true);

/** Puts an open menu below its button, or above it where there is no room. */
function settle(menu, opener) {
  const at = opener.getBoundingClientRect();
  if (menu.matches(".picker-list")) menu.style.minWidth = `${at.width}px`;
  const size = menu.getBoundingClientRect();
  const below = at.bottom + size.height + 8 < innerHeight;
  menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - size.height - 4)}px`;
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
}

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu");
  if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const stops = [...menu.querySelectorAll("input, button, a")].filter((stop) => stop.offsetParent);
  const next = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  stops[(next + stops.length) % stops.length].focus();
  event.preventDefault();
});

document.addEventListener("input", (event) => {
  if (event.target.type !== "search") return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const row of event.target.closest(".menu").querySelectorAll("li")) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
  }
});
