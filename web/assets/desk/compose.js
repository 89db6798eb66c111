// What an agent writes with: reply or note, files by paste and drop, saying that one writes, and what colleagues see of it.
// Nothing here is needed to work on a case; the forms work without it.

import { watchChats } from "./chats.js";
import { watchReadyReplies } from "./ready_replies.js";
import { nobodyElse, send } from "./sending.js";

const TELL_EVERY = 3000;
const NOTICE_STAYS = 8000;
const SETTLED_AFTER = 500;

const replyBox = () => document.getElementById("reply-text");

// ---- reply or note ----

/** Shows the reply, the note or (for "") neither. */
export function showForm(wanted, focus) {
  const buttons = document.querySelectorAll("[data-compose]");
  for (const button of buttons) {
    const pressed = button.dataset.compose === wanted;
    const kind = button.hasAttribute("aria-expanded") ? "aria-expanded" : "aria-pressed";
    button.setAttribute(kind, String(pressed));
  }
  for (const form of document.querySelectorAll("[data-compose-form]")) form.hidden = form.dataset.composeForm !== wanted;
  if (focus) document.querySelector(`[data-compose-form="${wanted}"] textarea`)?.focus();
}

/** Only one of both is open; a note that was begun is shown again. */
function prepare() {
  for (const modes of document.querySelectorAll("[data-modes][hidden]")) {
    modes.hidden = false;
    const note = document.getElementById("note-text");
    showForm(note?.value && !replyBox()?.value ? "note" : "reply", false);
  }
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-compose]");
  if (!button) return;
  const open = button.getAttribute("aria-expanded") === "true";
  showForm(open ? "" : button.dataset.compose, true);
});

// ---- saying that one writes ----

let told = 0;

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-typing]") || !target.value || Date.now() - told < TELL_EVERY) return;
  told = Date.now();
  send(target.dataset.typing).catch(() => {});
});

// ---- files: pasted or dropped ones are chosen, looked at and then sent ----

function choose(event, files) {
  const input = document.getElementById("attach-file");
  if (!files?.length || !input) return;
  event.preventDefault();
  const one = new DataTransfer();
  one.items.add(files[0]);
  input.files = one.files;
  document.getElementById("attach").open = true;
  input.form.querySelector("button").focus();
}

document.addEventListener("paste", (event) => {
  if (event.target.matches?.("#reply-text")) choose(event, event.clipboardData?.files);
});
for (const kind of ["dragover", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!event.target.closest?.(".reply-box") || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (kind === "drop") choose(event, event.dataTransfer.files);
  });
}

document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.elt.matches("[data-attach]") && detail.successful) {
    const free = nobodyElse(detail.elt);
    detail.elt.closest("details").open = false;
    if (free) replyBox()?.focus();
  }
  if (detail.elt.matches("[data-reply]") && detail.successful) told = 0;
});

// One panel at a time, so that what can be done stays in sight; Escape closes it.
const PANELS = ".case-steps > details";

document.addEventListener("toggle", ({ target }) => {
  if (!target.matches(PANELS) || !target.open) return;
  for (const other of document.querySelectorAll(PANELS)) if (other !== target) other.open = false;
}, true);

// Opened by hand, that is, and not because something was refused or a draft was kept in it.
document.addEventListener("click", ({ target }) => {
  const panel = target.closest?.(`${PANELS} > summary`)?.parentElement;
  if (panel && !panel.open) setTimeout(() => panel.querySelector("select, textarea, input:not([type=hidden])")?.focus());
});

// Somebody who has all their hands full can be chosen, but that is said before it is done.
document.addEventListener("change", ({ target }) => {
  if (target.id !== "transfer-to") return;
  const hint = document.getElementById("transfer-full");
  const name = target.selectedOptions[0]?.dataset.full;
  hint.textContent = name ? hint.dataset.words.replace("{name}", name) : "";
});

// Who is there is asked anew when the panel opens; whoever was chosen before the answer came stays chosen.
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  if (target.id !== "transfer-to") return;
  const { value } = target;
  target.addEventListener("htmx:afterSwap", () => {
    target.value = value;
    if (target.selectedIndex < 0) target.value = "";
    target.dispatchEvent(new Event("change", { bubbles: true }));
  }, { once: true });
});

document.addEventListener("keydown", (event) => {
  const panel = event.key === "Escape" && event.target.closest?.(`${PANELS}[open]`);
  if (!panel) return;
  panel.open = false;
  panel.querySelector("summary").focus();
});

// ---- notices ----

/** A word about what was just done goes by itself, or with the next thing that is done. */
function letNoticePass() {
  const notice = document.querySelector("[data-passing]");
  if (!notice) return;
  const remove = () => notice !== document.activeElement && notice.remove();
  setTimeout(remove, NOTICE_STAYS);
  document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.elt.closest?.("form")) remove();
  });
}

// What is said already is not said again by every new message.
document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.id === "compose-live" && target.textContent.trim() === fragment.textContent.trim()) event.detail.shouldSwap = false;
});

document.body.addEventListener("htmx:load", prepare);

// A page that opens with the focus in the reply gets its offers and chats a moment later, and the reply moves down.
setTimeout(() => {
  const box = replyBox();
  if (box && box === document.activeElement) box.scrollIntoView({ block: "nearest" });
}, SETTLED_AFTER);

prepare();
letNoticePass();
watchChats();
watchReadyReplies();
