// The inbox: keys for the whole desk, a focus that survives the list's renewals, and what has been read.
// Other parts of the desk only write data-key (and data-key-words) on what is pressed; one listener is here.

const SWITCH = "huilu-single-keys";
const SEQUENCE_MILLISECONDS = 1500;

const dialog = document.getElementById("keys");
const opener = document.getElementById("keys-open");
const isShown = (element) => element.checkVisibility();
const rows = () => [...document.querySelectorAll(".row-link")];

// Storage may be switched off in a browser; the keys then simply work.
function stored(action) {
  try { return action(window.localStorage); } catch { return null; }
}
const singleKeysWork = () => stored((kept) => kept.getItem(SWITCH)) !== "off";

function isTyping(target) {
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");
}

// Where one is in the list: at the row that has the focus, else at the one whose case is open.
function place(all) {
  const focused = all.indexOf(document.activeElement);
  return focused >= 0 ? focused : all.findIndex((row) => row.hasAttribute("aria-current"));
}

// The row that has taken the place of one that is gone.
const rowNear = (place, all = rows()) => (place < 0 ? undefined : all[Math.min(place, all.length - 1)]);

function move(by) {
  const all = rows();
  if (!all.length) return;
  const at = place(all);
  const to = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
  // On a small screen the open case hides the list: there the next case itself is shown.
  if (isShown(all[to])) all[to].focus();
  else if (to !== at) all[to].click();
}

function openCase() {
  const all = rows();
  const row = all[Math.max(0, place(all))];
  if (row && !row.hasAttribute("aria-current")) row.click();
}

// The first of the elements with a key that can be seen, or could be: folded up, or in the part of a case not shown now.
function keyed(key) {
  const all = [...document.querySelectorAll("[data-key]")].filter((each) => each.dataset.key === key && !each.disabled);
  return all.find(isShown) || all.find((each) => each.closest("details:not([open]), [data-shown]") && !each.closest("[hidden]"));
}

function press(element) {
  const folded = element.matches("summary") ? null : element.closest("details:not([open])");
  if (folded) folded.open = true;
  if (panes && element.closest("[data-shown]")) showPane(element.closest(".case-facts") ? "facts" : "talk");
  // A button leaves the focus where one is, so that one is there again when what it opened is closed.
  if (element.matches("a[href], button, summary, input[type=checkbox], input[type=radio]")) {
    element.click();
    // What was put into the reply should be seen.
    if (panes && element.matches("[data-insert]")) showPane("talk");
    if (element.matches("summary") && element.parentElement.open) {
      const opened = element.parentElement;
      (opened.querySelector("[data-first]") || opened.querySelector("input:not([type=hidden]), select, textarea"))?.focus();
    }
  } else {
    element.focus();
    element.select?.();
  }
}

function back(event) {
  const { target } = event;
  const folded = target.closest("details[open]");
  if (folded) {
    folded.open = false;
    folded.querySelector("summary").focus();
    return;
  }
  if (isTyping(target)) {
    if (target.type === "search" && target.value) return;
    const line = rows().find((row) => row.hasAttribute("aria-current") && isShown(row));
    target.blur();
    (line || document.getElementById("main"))?.focus();
    return;
  }
  const link = document.getElementById("back");
  const line = rows()[Math.max(0, place(rows()))];
  if (link && isShown(link)) link.click();
  else if (line && document.activeElement !== line) line.focus();
}

let begun = "";
let begunAt = 0;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    back(event);
    return;
  }
  if (event.key.length !== 1 || isTyping(event.target) || !singleKeysWork()) return;
  const key = event.key === event.key.toUpperCase() && event.shiftKey ? event.key : event.key.toLowerCase();
  const sequence = begun && event.timeStamp - begunAt < SEQUENCE_MILLISECONDS ? `${begun} ${key}` : key;
  begun = "";
  const own = { j: () => move(1), k: () => move(-1), o: openCase, "?": dialog && showKeys }[sequence];
  const element = own ? null : keyed(sequence);
  if (own) own();
  else if (element) press(element);
  else if (document.querySelector(`[data-key^="${CSS.escape(key)} "]`)) [begun, begunAt] = [key, event.timeStamp];
  else return;
  event.preventDefault();
});

// The list of keys holds what is on the page right now, so it never tells of a key that does nothing.
function wordsOf(element) {
  const named = element.dataset.keyWords || element.getAttribute("aria-label");
  const words = named || element.querySelector(".view-name")?.textContent || element.textContent;
  return words.trim().replace(/\s+/g, " ");
}

function shownKeys(key) {
  const shown = document.createElement("dt");
  key.split(" ").forEach((each, number) => {
    if (number) shown.append(` ${dialog.dataset.then} `);
    const cap = document.createElement("kbd");
    cap.textContent = each;
    shown.append(cap);
  });
  return shown;
}

let left = null;
function showKeys() {
  left = { id: document.activeElement.id, row: rows().indexOf(document.activeElement) };
  const list = document.getElementById("keys-list");
  list.querySelectorAll("[data-added]").forEach((each) => each.remove());
  const known = new Set();
  for (const element of document.querySelectorAll("[data-key]")) {
    const { key } = element.dataset;
    if (known.has(key) || keyed(key) === undefined) continue;
    known.add(key);
    const line = document.createElement("div");
    const meaning = document.createElement("dd");
    meaning.textContent = element === opener ? document.getElementById("keys-title").textContent : wordsOf(keyed(key));
    line.dataset.added = "";
    line.append(shownKeys(key), meaning);
    list.append(line);
  }
  document.getElementById("keys-single").checked = singleKeysWork();
  dialog.showModal();
}

if (dialog && opener) {
  opener.hidden = false;
  opener.addEventListener("click", showKeys);
  // The list may have been renewed meanwhile: the browser then has nothing left to give the focus back to.
  dialog.addEventListener("close", () => {
    const focused = document.activeElement;
    if (focused !== document.body && !dialog.contains(focused)) return;
    (document.getElementById(left.id) || rowNear(left.row))?.focus({ preventScroll: true });
  });
  document.getElementById("keys-single").addEventListener("change", ({ target }) => {
    stored((kept) => (target.checked ? kept.removeItem(SWITCH) : kept.setItem(SWITCH, "off")));
  });
}

// A row that is gone after a renewal gives the focus to the one that has taken its place.
let focusedRow = -1;
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "list") focusedRow = rows().indexOf(document.activeElement);
});
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id !== "list" || focusedRow < 0) return;
  if (document.activeElement === document.body) rowNear(focusedRow)?.focus({ preventScroll: true });
  focusedRow = -1;
});

// A step on a case leads back to the case beside the list that is shown now.
document.addEventListener("submit", ({ target }) => {
  const list = document.getElementById("list");
  const [path] = (target.getAttribute("action") || "").split("?");
  if (!list || target.method !== "post" || !path.startsWith("/desk/tickets/")) return;
  const shown = new URLSearchParams(list.getAttribute("hx-get").split("?")[1]);
  shown.delete("ticket");
  target.setAttribute("action", `${path}?${shown}`);
}, true);

// What arrives while the page is looked at has been read; what arrives behind another window has not.
const last = () => document.getElementById("seen")?.value;
let told = last();
async function tellRead() {
  const line = document.querySelector("#messages[data-read]");
  const latest = last();
  if (!line || latest === told || document.visibilityState !== "visible") return;
  const before = told;
  told = latest;
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  try {
    await fetch(line.dataset.read, { method: "POST", headers });
    document.dispatchEvent(new CustomEvent("huilu:read"));
  } catch {
    told = before;
  }
}
document.body.addEventListener("htmx:afterSettle", tellRead);
document.addEventListener("visibilitychange", tellRead);

// On a small screen a case shows its conversation or its facts, one at a time.
const panes = document.getElementById("panes");
function showPane(name) {
  panes.closest(".desk-case").dataset.shown = name;
  for (const button of panes.querySelectorAll("[data-pane]")) {
    button.setAttribute("aria-pressed", String(button.dataset.pane === name));
  }
}
if (panes) {
  panes.hidden = false;
  showPane(document.querySelector(".case-facts [data-focus]") ? "facts" : "talk");
  panes.addEventListener("click", ({ target }) => {
    const chosen = target.closest("[data-pane]");
    if (chosen) showPane(chosen.dataset.pane);
  });
}
document.querySelector(".row-link[aria-current]")?.scrollIntoView({ block: "nearest" });
