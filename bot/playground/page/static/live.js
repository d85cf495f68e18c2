// Fragments of the page: fetched anew when the server says that something changed, and swapped piece by piece.

const sources = new WeakMap(); // element → the HTML it was made from, so that what did not change is left alone
const enhancers = [];
const running = new Map(); // fragment id → promise of the refresh under way

export const me = document.body.dataset.as;
export const place = document.body.dataset.in;
export const appTab = document.body.dataset.appTab; // "home" or "messages" where the app has both

/** Calls `enhance(element)` for every piece of HTML that comes in, and now for the whole page. */
export function onArrival(enhance) {
  enhancers.push(enhance);
  enhance(document.body);
}

export function remember(root) {
  for (const child of root.children) sources.set(child, child.outerHTML);
}

/** Puts new HTML in `root`: children are matched by id; equal ones stay as they are, with focus, menus and what was chosen. */
export function swap(root, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const focused = root.contains(document.activeElement) ? document.activeElement : null;
  const keep = new Set();
  let cursor = root.firstElementChild;
  for (const child of [...fresh.content.children]) {
    const source = child.outerHTML;
    const old = child.id ? root.querySelector(`:scope > #${CSS.escape(child.id)}`) : null;
    let use = child;
    if (old && sources.get(old) === source) use = old;
    else sources.set(child, source);
    keep.add(use);
    if (use !== cursor) {
      if (old && old !== use) {
        if (old === cursor) cursor = old.nextElementSibling;
        old.replaceWith(use);
      } else root.insertBefore(use, cursor);
      if (use === child) for (const enhance of enhancers) enhance(use);
    }
    if (use === cursor) cursor = cursor.nextElementSibling;
  }
  for (const child of [...root.children]) if (!keep.has(child)) child.remove();
  if (focused && !focused.isConnected && focused.id) document.getElementById(focused.id)?.focus({ preventScroll: true });
}

const hooks = {}; // fragment id → { query(), before(), after(html, state), draw(root, html) }

/** Tells how a fragment differs from the ordinary: more query parameters, its own way of drawing, what to do around it. */
export function fragment(id, hook) {
  hooks[id] = hook;
}

let pressed = false;
const waiting = []; // drawings that wait for the pointer
document.addEventListener("pointerdown", () => (pressed = true), true);
for (const end of ["pointerup", "pointercancel", "dragend"]) document.addEventListener(end, release, true);
window.addEventListener("blur", release);

/** After the press has become a click: what is pressed must not be replaced before, or nothing would hear of it. */
function release() {
  pressed = false;
  setTimeout(() => waiting.splice(0).forEach((draw) => draw()));
}

const released = () => (pressed ? new Promise((draw) => waiting.push(draw)) : undefined);

/** Fetches a fragment and draws it. Calls while one is under way lead to one more, not to many. */
export function refresh(id) {
  const under = running.get(id);
  if (under) {
    under.again ??= under.promise.then(() => refresh(id));
    return under.again;
  }
  const entry = {};
  running.set(id, entry);
  entry.promise = load(id).finally(() => running.delete(id));
  return entry.promise;
}

async function load(id) {
  const root = document.getElementById(id);
  const hook = hooks[id] ?? {};
  const query = new URLSearchParams({ as: me, in: place, tab: appTab ?? "", ...(hook.query?.() ?? {}) });
  const address = hook.address?.() ?? root.dataset.fragment;
  if (!address) return;
  const answer = await fetch(`${address}?${query}`);
  if (!answer.ok) return;
  const html = await answer.text();
  await released();
  const state = hook.before?.(root);
  (hook.draw ?? swap)(root, html);
  hook.after?.(root, state);
}

/** Sends something the person did. Resolves to the answer; a server that cannot be reached is an answer, too. */
export const send = (path, body) => post(path, "application/json", JSON.stringify({ as: me, ...body }));

/** Sends a file that the person chose. */
export const upload = (path, query, file) =>
  post(`${path}?${new URLSearchParams({ as: me, name: file.name, ...query })}`, "application/octet-stream", file);

async function post(path, type, body) {
  try {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": type, "X-Playground": "1" }, body });
    if (answer.ok) return await answer.json();
    return { ok: false, error: (await answer.text()) || "요청이 거절되었습니다." };
  } catch {
    return { ok: false, error: "놀이터에 연결할 수 없습니다. 아직 켜져 있는지 확인해 주세요." };
  }
}

export function listen(onChange) {
  const offline = document.getElementById("offline");
  const stream = new EventSource(`/events?as=${encodeURIComponent(me)}`);
  stream.onopen = () => {
    offline.hidden = true;
    onChange({ kind: "all" }); // whatever happened before the stream was there
  };
  stream.onerror = () => (offline.hidden = false);
  stream.onmessage = (event) => onChange(JSON.parse(event.data));
}

let fading;
/** A sentence above the composer that goes away by itself. */
export function notice(text) {
  const box = document.getElementById("notice");
  box.textContent = text;
  box.hidden = !text;
  clearTimeout(fading);
  if (text) fading = setTimeout(() => (box.hidden = true), 12000);
}
