// File inputs: what was chosen goes to Slack at once, and the form carries its id.

import { upload } from "./live.js";

const files = new Map(); // id → { name, size }, of everything that was uploaded from this page
const under = new Set(); // uploads that are under way

/** The ids of the files that a file input holds. */
export const chosenIn = (control) => [...control.querySelectorAll("[data-file]")].map((row) => row.dataset.file);

/** Puts files that were uploaded before in a file input. */
export function show(control, ids) {
  control.querySelector(".chosen").replaceChildren(...ids.map((id) => row(control, files.get(id), id)));
  settle(control);
}

/** Uploads what was just chosen; what Slack does not take is said below the field. */
export async function choose(control, input) {
  const chosen = [...input.files];
  input.value = ""; // so that the same file can be chosen again
  complain(control, "");
  const uploads = chosen.slice(0, input.dataset.most - chosenIn(control).length).map((file) => take(control, file));
  if (uploads.length < chosen.length) complain(control, `최대 ${input.dataset.most}개까지 고를 수 있습니다.`);
  for (const one of uploads) under.add(one);
  await Promise.all(uploads);
  for (const one of uploads) under.delete(one);
}

/** Resolves when nothing is being uploaded. */
export const uploaded = () => Promise.all(under);

async function take(control, file) {
  const waiting = row(control, file);
  control.querySelector(".chosen").append(waiting);
  settle(control);
  const where = { view_id: control.closest("[data-view]").dataset.view, block_id: control.closest("[data-block]").dataset.block };
  const answer = await upload("/act/upload", where, file);
  if (answer.error) {
    waiting.remove();
    complain(control, answer.error);
    settle(control);
    control.querySelector("input").focus();
    return;
  }
  files.set(answer.id, { name: file.name, size: file.size });
  waiting.dataset.file = answer.id;
  waiting.removeAttribute("aria-busy");
  waiting.querySelector("button").focus();
}

function row(control, { name, size }, id) {
  const made = document.createElement("li");
  if (id) made.dataset.file = id;
  else made.setAttribute("aria-busy", "true");
  const label = document.createElement("span");
  label.textContent = name;
  const weight = document.createElement("small");
  weight.textContent = inWords(size);
  const away = document.createElement("button");
  away.type = "button";
  away.className = "button quiet";
  away.textContent = "빼기";
  away.setAttribute("aria-label", `${name} 빼기`);
  away.onclick = () => {
    made.remove();
    settle(control);
    control.querySelector("input").focus();
  };
  made.append(label, weight, away);
  return made;
}

/** Offers to choose only while there is room. */
function settle(control) {
  const full = control.querySelectorAll(".chosen li").length >= control.querySelector("input").dataset.most;
  control.querySelector(".choose").hidden = full;
}

function complain(control, sentence) {
  const field = control.closest("[data-input]");
  field.classList.toggle("invalid", Boolean(sentence));
  field.querySelector(".field-error").textContent = sentence;
}

function inWords(bytes) {
  if (bytes < 1024) return `${bytes}B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)}KB` : `${(bytes / 1024 / 1024).toFixed(1)}MB`;
}
