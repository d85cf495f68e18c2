// What came in while the phone showed something else: a number on 대화, and a mark on the list of channels.

import { fragment } from "./live.js";

const chat = document.getElementById("chat-badge");
const channels = document.getElementById("channels-badge");
let here = 0; // messages of the open conversation that came behind another tab

/** Counts new messages of the open conversation; none were seen while another tab is shown. */
export function arrived(count) {
  here = document.body.dataset.tab === "chat" ? 0 : here + count;
  draw();
}

/** Draws the numbers anew after a change of tab. */
export function draw() {
  const away = document.body.dataset.tab !== "chat";
  if (!away) here = 0;
  const elsewhere = [...document.querySelectorAll(".rooms .badge")].reduce((sum, badge) => sum + Number(badge.textContent), 0);
  write(chat, away ? here + elsewhere : 0);
  write(channels, elsewhere);
}

function write(badge, count) {
  badge.textContent = count || "";
  if (count) badge.setAttribute("aria-label", `새 메시지 ${count}개`);
  else badge.removeAttribute("aria-label");
}

fragment("sidebar", { after: draw });
