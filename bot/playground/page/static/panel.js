// The panel beside the chat (getting started, TMON sandbox, mail), the drawer and the tabs of the phone.

import { fragment, onArrival, refresh, send, swap } from "./live.js";
import { type } from "./composer.js";
import { draw as drawUnread } from "./unread.js";

const body = document.body;
const tabs = [...document.querySelectorAll("[role=tab]")];
const toggle = document.querySelector("[data-panel-toggle]");
let partner = null;
let openMail = null;

function fold(hidden) {
  body.classList.toggle("no-panel", hidden);
  toggle.setAttribute("aria-expanded", String(!hidden));
  localStorage.setItem("panel-hidden", hidden ? "1" : "");
}

/** Shows a tab of the panel; on the phone "chat" puts the panel away. */
export function showTab(name) {
  body.dataset.tab = name;
  for (const button of document.querySelectorAll(".bottom [data-tab]")) {
    if (button.dataset.tab === name) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  drawUnread();
  if (name === "chat") return;
  for (const tab of tabs) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
  localStorage.setItem("panel-tab", name);
  if (name === "mails") document.getElementById("mail-count").classList.remove("fresh");
}

fragment("desk", { query: () => (partner ? { partner } : {}) });
fragment("mails", {
  address: () => (openMail === null ? "/fragments/mails" : `/fragments/mails/${openMail}`),
  draw(root, html) {
    swap(root, html);
    const count = document.getElementById("mail-count");
    const list = root.querySelectorAll("[data-mail]").length;
    if (openMail !== null || list === Number(count.dataset.count)) return;
    count.dataset.count = list;
    count.textContent = list || "";
    count.classList.toggle("fresh", root.hidden);
  },
});

document.addEventListener("click", async (event) => {
  const hit = (selector) => event.target.closest(selector);
  const tab = hit("[role=tab]");
  if (tab) showTab(tab.getAttribute("aria-controls"));
  const jump = hit("button[data-tab]");
  if (jump) {
    fold(false);
    showTab(jump.dataset.tab);
  }
  const example = hit("[data-type]:is(button)");
  if (example) {
    showTab("chat");
    type(example.dataset.type);
  }
  const copy = hit("[data-copy]");
  if (copy) await copied(copy);
  const act = hit("[data-act]");
  if (act) {
    act.setAttribute("aria-busy", "true");
    const store = document.getElementById("desk-partner").value;
    const answer = await send("/desk", { act: act.dataset.act, deal: Number(act.dataset.deal ?? 0), partner: store });
    await refresh("desk");
    act.removeAttribute("aria-busy");
    if (answer.error) document.querySelector("#desk-status small").textContent = answer.error;
  }
  const mail = hit("[data-mail]");
  if (mail) await readMail(mail.dataset.mail);
  if (hit("[data-mail-close]")) await readMail(null);
  const show = hit("[data-show]");
  if (show) {
    for (const button of show.parentElement.children) {
      button.setAttribute("aria-pressed", String(button === show));
      document.getElementById(button.dataset.show).hidden = button !== show;
    }
  }
  if (hit("[data-drawer-open]")) body.classList.add("drawer");
  if (hit("[data-drawer-close]")) body.classList.remove("drawer");
  if (hit("[data-panel-toggle]")) fold(!body.classList.contains("no-panel"));
});

async function readMail(number) {
  const back = openMail;
  openMail = number;
  await refresh("mails");
  const target = number === null ? `[data-mail="${back}"]` : "[data-mail-close]";
  document.querySelector(target)?.focus();
}

async function copied(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), 1200);
}

document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
  showTab(next.getAttribute("aria-controls"));
  next.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") body.classList.remove("drawer");
});

onArrival((root) => {
  root.querySelector("#desk-partner")?.addEventListener("change", (event) => {
    partner = event.target.value;
    refresh("desk");
  });
});

fold(Boolean(localStorage.getItem("panel-hidden")));
showTab(localStorage.getItem("panel-tab") || "start");
if (matchMedia("(max-width: 760px)").matches) showTab("chat");
