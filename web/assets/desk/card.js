// The right pane of a case: sections that stay folded, a form that keeps what is typed, suggestions put into the reply.
// Nothing here is needed to read a case; suggestions can also be copied by hand.

import { showForm } from "./compose.js";

const FOLDED = "huilu-folded";

// Storage may be switched off in a browser; then sections are as the server sends them.
function folded() {
  try { return new Set(JSON.parse(window.localStorage.getItem(FOLDED)) || []); } catch { return new Set(); }
}

function foldAsBefore(root) {
  const names = folded();
  for (const section of root.querySelectorAll("[data-fold]")) section.open = !names.has(section.dataset.fold);
}

document.addEventListener("toggle", ({ target }) => {
  if (!target.matches("[data-fold]") || !target.isConnected) return;
  const names = folded();
  if (target.open) names.delete(target.dataset.fold); else names.add(target.dataset.fold);
  try { window.localStorage.setItem(FOLDED, JSON.stringify([...names])); } catch { /* not remembered then */ }
}, true);

// New facts come with every message. What somebody is filling in stays as it is, and so does what they folded.
document.body.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  if (detail.target.id !== "facts") return;
  foldAsBefore(detail.fragment);
  const open = document.querySelector("#customer-edit[open]");
  const fresh = detail.fragment.querySelector("#customer-edit");
  if (!open || !fresh) return;
  const held = open.contains(document.activeElement) ? document.activeElement : null;
  fresh.replaceWith(open);
  if (held) window.setTimeout(() => held.focus(), 0);
});

document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "suggestions-found") foldAsBefore(detail.target);
});

// Words of the customer ask for other suggestions.
let seen = lastOfCustomer();

function lastOfCustomer() {
  const entries = document.querySelectorAll("#messages > .by-customer");
  return entries.length ? entries[entries.length - 1].id : "";
}

document.body.addEventListener("htmx:afterSettle", () => {
  const last = lastOfCustomer();
  if (last === seen) return;
  seen = last;
  const found = document.getElementById("suggestions-found");
  if (found) window.htmx.trigger(found, "customer-wrote");
});

// Where somebody wrote last; a field that was never entered is written at its end.
const entered = new WeakSet();
document.addEventListener("focusin", ({ target }) => {
  if (target.id === "reply-text") entered.add(target);
});

function insert(field, words, article) {
  // Beside a note the reply is hidden, and nobody would see what is put into it.
  showForm("reply", false);
  const text = field.value;
  const place = entered.has(field) ? field.selectionEnd : text.length;
  const before = text.slice(0, place);
  const after = text.slice(place);
  const lead = before && !before.endsWith("\n") ? "\n" : "";
  const trail = after && !after.startsWith("\n") ? "\n" : "";
  field.setRangeText(lead + words + trail, place, place, "end");
  // Which article the words come from, so that the assistant can go on from there.
  field.form.elements.article.value = article;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

let announcing = 0;

function announce(words) {
  const box = document.getElementById("suggestion-news");
  // The same words again are only told when they were gone in between.
  box.textContent = "";
  window.clearTimeout(announcing);
  announcing = window.setTimeout(() => { box.textContent = words; }, 50);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-insert]");
  if (!button) return;
  const box = document.getElementById("suggestion-news");
  const field = document.getElementById("reply-text");
  if (!field || field.disabled || field.readOnly) {
    announce(box.dataset.noReply);
    return;
  }
  insert(field, button.dataset.insert, button.dataset.article ?? "");
  announce(box.dataset.inserted);
});

foldAsBefore(document);
