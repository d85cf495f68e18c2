// The modal of the app: one <dialog>; views of the stack replace each other in it and keep what was typed.

import { fragment, onArrival, refresh, send, swap } from "./live.js";
import { keyOf, read, values, write } from "./controls.js";
import { uploaded } from "./files.js";

const typed = new Map(); // view id → { "block/action": { kind, value } }, for as long as the view is in the stack

const closing = new Set(); // ids of views whose end was told to the server

const dialogOf = (root) => root.querySelector("dialog.modal");

function keep(dialog) {
  const found = {};
  for (const control of dialog.querySelectorAll(".control")) {
    const value = read(control);
    if (value !== undefined) found[keyOf(control)] = { kind: control.dataset.type, value };
  }
  typed.set(dialog.dataset.view, found);
}

/** Slack keeps an input's value when block_id and action_id stay, and begins anew when one of them differs. */
function restore(dialog) {
  const found = typed.get(dialog.dataset.view) ?? {};
  for (const control of dialog.querySelectorAll(".control")) {
    const before = found[keyOf(control)];
    if (before && before.kind === control.dataset.type) write(control, before.value);
  }
  const stack = dialog.dataset.stack.split(" ");
  for (const id of typed.keys()) if (!stack.includes(id)) typed.delete(id);
}

let drawn = "";

fragment("modal", {
  draw(root, html) {
    const old = dialogOf(root);
    if (html === drawn) {
      if (old && !old.open) show(old);
      return;
    }
    drawn = html;
    const focus = document.activeElement?.id;
    const scroll = old?.querySelector(".modal-body").scrollTop;
    if (old) keep(old);
    if (!html.trim()) {
      old?.close();
      root.replaceChildren();
      typed.clear();
      comeBack();
      return;
    }
    if (!old) {
      root.replaceChildren();
      swap(root, html);
      show(dialogOf(root));
      return;
    }
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const next = fresh.content.querySelector("dialog");
    const same = next.dataset.view === old.dataset.view;
    const blocks = (dialog) => [...dialog.querySelectorAll("[data-block]")].map((block) => block.dataset.block);
    const step = !same || !blocks(old).some((id) => blocks(next).includes(id));
    Object.assign(old.dataset, next.dataset);
    swap(old, next.innerHTML);
    restore(old);
    if (!old.open) old.showModal();
    old.querySelector(".modal-body").scrollTop = step ? 0 : scroll;
    const again = focus && !step && document.getElementById(focus);
    if (!again) begin(old);
    else again.focus({ preventScroll: true });
  },
});

/** Gives the focus to where it was before the dialog. Chromium does so too early: it leaves a text field without its caret. */
function comeBack() {
  const before = document.activeElement;
  before.blur();
  (before === document.body ? document.getElementById("composer") : before).focus();
}

function show(dialog) {
  dialog.showModal();
  begin(dialog);
}

function begin(dialog) {
  const first =
    dialog.querySelector("[autofocus]:not(.menu *)") ??
    dialog.querySelector("[data-input] :is(input, textarea, select, button)") ??
    dialog.querySelector(".modal-body :is(input, textarea, select, button, a)");
  (first ?? dialog.querySelector(".modal-body")).focus();
}

export function openFromPage() {
  const root = document.getElementById("modal");
  drawn = root.innerHTML;
  if (dialogOf(root)) show(dialogOf(root));
}

async function close(dialog) {
  const view_id = dialog.dataset.view;
  closing.add(view_id);
  await send("/act/close", { view_id });
  await refresh("modal");
}

function mark(dialog, errors) {
  let first = null;
  for (const input of dialog.querySelectorAll("[data-input]")) {
    const error = errors[input.closest("[data-block]").dataset.block] ?? "";
    input.classList.toggle("invalid", Boolean(error));
    input.querySelector(".field-error").textContent = error;
    const field = input.querySelector(".control :is(input, textarea, select, button)");
    field?.setAttribute("aria-invalid", String(Boolean(error)));
    if (error) first ??= field;
  }
  first?.focus();
}

async function submit(dialog) {
  if (dialog.classList.contains("busy")) return;
  const button = dialog.querySelector("[data-submit]");
  dialog.classList.add("busy");
  button.setAttribute("aria-busy", "true");
  dialog.querySelector(".form-error").textContent = "";
  await uploaded();
  const answer = await send("/act/submit", { view_id: dialog.dataset.view, values: values(dialog) });
  await refresh("modal");
  dialog.classList.remove("busy");
  button.removeAttribute("aria-busy");
  if (!dialog.isConnected) return;
  if (answer.error) dialog.querySelector(".form-error").textContent = answer.error;
  mark(dialog, answer.errors ?? {});
}

document.addEventListener("submit", (event) => {
  const dialog = event.target.closest("dialog.modal");
  if (!dialog) return;
  event.preventDefault();
  submit(dialog);
});

document.addEventListener("click", (event) => {
  const dialog = event.target.closest("dialog.modal");
  if (dialog && event.target.closest("[data-close]")) close(dialog);
});

onArrival((root) => {
  const dialog = root.matches("dialog.modal") ? root : dialogOf(root);
  dialog?.addEventListener("cancel", (event) => {
    if (event.target !== dialog) return;
    event.preventDefault();
    close(dialog);
  });
  // A second Escape without anything pressed in between cannot be prevented in Chromium: the dialog closes by itself.
  dialog?.addEventListener("close", (event) => {
    if (event.target === dialog && dialog.isConnected && !closing.has(dialog.dataset.view)) close(dialog);
  });
});
