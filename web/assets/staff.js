// The staff pages: times in the reader's zone, drafts that survive, sending by keyboard, and a calm scroll.
// Nothing here is needed to read a case or to work on it; forms work without it.

const SHORTLY = 60, HOUR = 3600, DAY = 86400;
const language = document.documentElement.lang;
const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
const ago = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });

function relative(moment) {
  const seconds = Math.max(0, (Date.now() - moment) / 1000);
  if (seconds < SHORTLY) return ago.format(0, "second");
  if (seconds < HOUR) return ago.format(-Math.floor(seconds / 60), "minute");
  if (seconds < DAY) return ago.format(-Math.floor(seconds / HOUR), "hour");
  return ago.format(-Math.floor(seconds / DAY), "day");
}

function showTimes(root) {
  const today = new Date().toDateString();
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    const shown = (moment.toDateString() === today ? clock : exact).format(moment);
    time.textContent = time.hasAttribute("data-relative") ? `${shown} (${relative(moment)})` : shown;
    time.title = exact.format(moment);
  }
}

// Storage may be switched off in a browser; writing then simply has no draft.
function stored(action) {
  try { return action(window.localStorage); } catch { return null; }
}

const draftKey = (field) => `huilu-draft-${field.dataset.draft}`;

function restoreDrafts(root) {
  for (const holder of root.querySelectorAll("[data-drop-drafts]")) {
    for (const name of holder.dataset.dropDrafts.split(" ")) stored((kept) => kept.removeItem(`huilu-draft-${name}`));
  }
  for (const field of root.querySelectorAll("[data-draft]")) {
    const kept = stored((storage) => storage.getItem(draftKey(field)));
    if (!kept || field.value) continue;
    field.value = kept;
    const folded = field.closest("details");
    if (folded) folded.open = true;
  }
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-draft]")) return;
  stored((storage) => (target.value ? storage.setItem(draftKey(target), target.value) : storage.removeItem(draftKey(target))));
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing && event.target.matches("[data-send]")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
  const menu = document.querySelector("[data-menu][open]");
  if (event.key === "Escape" && menu) {
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("click", ({ target }) => {
  const menu = document.querySelector("[data-menu][open]");
  if (menu && !menu.contains(target)) menu.open = false;
});

document.addEventListener("toggle", ({ target }) => {
  if (target.matches("#resolve, #attach") && target.open) target.scrollIntoView({ block: "nearest" });
}, true);

// The conversation follows new words only while its end is in sight, so that reading further up is not disturbed.
const log = () => document.getElementById("log");
let following = true;

function follow() {
  const box = log();
  if (box && following) box.scrollTop = box.scrollHeight;
}

document.addEventListener("scroll", ({ target }) => {
  if (target === log()) following = target.scrollHeight - target.scrollTop - target.clientHeight < 80;
}, true);

// When the buttons change under somebody's hands, the focus goes to the words that say why, not to nowhere.
let hadFocus = false;
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  hadFocus = detail.target.id === "case-actions" && detail.target.contains(document.activeElement);
});
document.body.addEventListener("htmx:afterSettle", () => {
  if (hadFocus && document.activeElement === document.body) document.querySelector("#case-actions .who")?.focus();
  hadFocus = false;
});

document.body.addEventListener("htmx:afterSwap", () => {
  follow();
  hideTrouble();
});
document.body.addEventListener("htmx:load", ({ detail }) => {
  const root = detail.elt.parentElement || detail.elt;
  showTimes(root);
  restoreDrafts(root);
});

// The box is free for the next words at once; what could not be sent comes back into it.
let sent = "";
document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (!detail.elt.matches("[data-reply]")) return;
  const field = detail.elt.elements.text;
  sent = field.value;
  field.value = "";
  following = true;
});
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.elt.matches("[data-reply]")) return;
  const field = detail.elt.elements.text;
  if (!detail.successful) field.value = field.value ? `${sent}\n${field.value}` : sent;
  else if (!field.value) stored((storage) => storage.removeItem(draftKey(field)));
});

// A file that went out leaves the form empty; one that did not stays chosen.
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.elt.matches("[data-attach]") && detail.successful) detail.elt.reset();
});

function showTrouble(words) {
  const box = document.getElementById("trouble");
  box.textContent = words;
  box.hidden = false;
}

function hideTrouble() {
  document.getElementById("trouble").hidden = true;
}

document.body.addEventListener("htmx:sendError", () => showTrouble(document.getElementById("trouble").dataset.offline));
document.body.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status === 409 || detail.xhr.status === 422) return;
  const said = (detail.xhr.getResponseHeader("content-type") || "").startsWith("text/plain") && detail.xhr.responseText;
  showTrouble(said || document.getElementById("trouble").dataset.failed);
});

// A message about what was just done is told once, not again at every reload.
const address = new URL(window.location.href);
if (address.searchParams.has("done")) {
  address.searchParams.delete("done");
  window.history.replaceState(null, "", address);
}

showTimes(document);
restoreDrafts(document);
follow();
// Where the conversation does not scroll by itself, as on a phone, its end and the reply are what one comes for.
const actions = document.getElementById("case-actions");
if (actions && log() && log().scrollHeight <= log().clientHeight && !window.location.hash) actions.scrollIntoView({ block: "end" });
document.querySelector("[data-focus]")?.focus();
window.setInterval(() => showTimes(document), 30000);
