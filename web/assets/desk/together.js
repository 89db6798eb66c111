// Working together on a case: notes with names in them, who else is here, and forms that survive what happens beside them.
// Without it the forms work as they are.

import { nobodyElse } from "./sending.js";

const PING_MS = 3000;
const ROWS = 8;

const tokens = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");
const caseAddress = () => window.location.pathname.match(/^\/desk\/tickets\/[^/]+/)?.[0];

// The reader's own zone, for times that they choose.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

// Sent twice is done once; and a page that comes back from the browser's memory begins something new.
function prepare(root) {
  for (const field of root.querySelectorAll("[data-change-id]")) if (!field.value) renew(field);
  for (const place of root.querySelectorAll("[data-zone]")) {
    if (place.matches("input")) place.value = zone;
    else place.textContent = zone;
  }
}
// Not crypto.randomUUID: that is missing on pages that are not served over TLS.
const renew = (field) => {
  field.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
};
window.addEventListener("pageshow", ({ persisted }) => {
  if (persisted) document.querySelectorAll("[data-change-id]").forEach(renew);
});

// What is offered for putting a case off depends on the hour and on the reader's zone, so it is asked for when unfolded.
async function offerTimes() {
  const response = await fetch(`/desk/snooze-choices?zone=${encodeURIComponent(zone)}`).catch(() => null);
  const choices = document.getElementById("snooze-choices");
  // Without it there is still the hour, and a time of one's own.
  if (!response?.ok || response.redirected || !choices) return;
  const focused = choices.contains(document.activeElement) && document.activeElement.id;
  choices.innerHTML = await response.text();
  if (focused) document.getElementById(focused)?.focus();
}
document.addEventListener("toggle", ({ target }) => { if (target.id === "snooze-step" && target.open) offerTimes(); }, true);
if (document.querySelector("#snooze-step[open]")) offerTimes();

// A note that is kept leaves the box empty; one that is not stays in it.
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.elt;
  if (!form.matches?.("[data-note]") || !detail.successful) return;
  const field = form.elements.text;
  // What was written while the note was on its way stays.
  if (field.value === detail.requestConfig?.parameters?.text) field.value = "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  renew(form.querySelector("[data-change-id]"));
  if (nobodyElse(form)) field.focus();
});

// Colleagues see that somebody writes; an answer of the server is not waited for.
let pinged = { kind: "", at: 0 };
function ping(kind) {
  const address = caseAddress();
  if (!address || (kind === pinged.kind && Date.now() - pinged.at < PING_MS)) return;
  pinged = { kind, at: Date.now() };
  const body = new URLSearchParams({ name: kind });
  fetch(`${address}/onlooking`, { method: "POST", body, headers: tokens(), keepalive: true }).catch(() => {});
}
document.addEventListener("input", ({ target }) => {
  const kind = target.id === "reply-text" ? "reply" : target.dataset.writing;
  if (!kind) return;
  if (target.value) ping(kind);
  else if (pinged.kind) ping("");
});

// What is open or filled in beside the case stays so when that part of the page is renewed.
const KEPT = "input[id]:not([type=hidden]), select[id], textarea[id]";
let kept = null;

function changed(field) {
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.matches("select:not([data-keep])")) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  // Also what a refused step brought back, which is there from the beginning.
  return field.value !== "";
}

function keep(root) {
  const active = root.contains(document.activeElement) ? document.activeElement : null;
  kept = {
    open: new Map([...root.querySelectorAll("details[id]")].map((each) => [each.id, each.open])),
    seen: [...root.querySelectorAll("form")].filter((form) => form.elements.revision && [...form.querySelectorAll(KEPT)].some(changed))
      .map((form) => [form.getAttribute("action"), form.elements.revision.value]),
    values: [...root.querySelectorAll(KEPT)].filter(changed).map((each) => [each.id, each.type === "checkbox" ? each.checked : each.value]),
    active: active && (active.id || (active.matches("summary") && `${active.parentElement.id} > summary`)),
    summary: Boolean(active?.matches("summary") && !active.id),
    selection: active && "selectionStart" in active ? [active.selectionStart, active.selectionEnd] : null,
    scroll: root.scrollTop,
  };
}

function restore(root) {
  if (!kept) return;
  for (const [id, open] of kept.open) {
    const part = root.querySelector(`#${CSS.escape(id)}`);
    if (part) part.open = open;
  }
  for (const [id, value] of kept.values) {
    const field = root.querySelector(`#${CSS.escape(id)}`);
    if (!field) continue;
    if (field.type === "checkbox") field.checked = value;
    else field.value = value;
  }
  // What was filled in was meant for the case as it was then: where another colleague changed it meanwhile, the server says so.
  for (const [action, revision] of kept.seen) {
    const form = root.querySelector(`form[action="${CSS.escape(action)}"]`);
    if (form?.elements.revision) form.elements.revision.value = revision;
  }
  const active = kept.active && (kept.summary ? root.querySelector(`#${kept.active}`) : root.querySelector(`#${CSS.escape(kept.active)}`));
  if (active) {
    active.focus({ preventScroll: true });
    try { if (kept.selection) active.setSelectionRange(...kept.selection); } catch { /* not every field has one */ }
  }
  root.scrollTop = kept.scroll;
  kept = null;
}

document.body.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  if (detail.target.id === "facts") keep(detail.target);
});
document.body.addEventListener("htmx:oobAfterSwap", () => {
  const facts = document.getElementById("facts");
  if (!facts || !kept) return;
  prepare(facts);
  restore(facts);
});

// Names of colleagues behind an @, chosen with the arrow keys.
class Mentions {
  constructor(field) {
    this.field = field;
    this.list = document.getElementById("mention-list");
    this.news = document.getElementById("mention-news");
    this.names = [...document.getElementById(field.dataset.mentions).options].map((option) => option.value);
    this.at = -1;
    field.setAttribute("aria-controls", this.list.id);
    field.addEventListener("input", () => this.suggest());
    field.addEventListener("keydown", (event) => this.key(event));
    field.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.insert(option.textContent);
    });
  }

  // What stands between the last @ and the caret, as long as it may become a name.
  begun() {
    const before = this.field.value.slice(0, this.field.selectionStart);
    return before.match(/(?:^|[^\p{L}\p{N}])@([^@\n]{0,40})$/u)?.[1];
  }

  suggest() {
    const begun = this.begun();
    const wanted = begun?.toLowerCase();
    const found = wanted === undefined ? [] : this.names.filter((name) => name.toLowerCase().startsWith(wanted) && name.toLowerCase() !== wanted);
    if (!found.length) return this.close();
    this.list.replaceChildren(...found.slice(0, ROWS).map((name, index) => {
      const option = document.createElement("li");
      option.id = `mention-${index}`;
      option.setAttribute("role", "option");
      option.textContent = name;
      return option;
    }));
    this.list.hidden = false;
    this.news.textContent = this.field.dataset.foundWords.replace("{count}", String(this.list.children.length));
    this.choose(0);
    return undefined;
  }

  choose(index) {
    const options = [...this.list.children];
    this.at = (index + options.length) % options.length;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === this.at)));
    this.field.setAttribute("aria-activedescendant", options[this.at].id);
    options[this.at].scrollIntoView({ block: "nearest" });
  }

  close() {
    this.list.hidden = true;
    this.list.replaceChildren();
    this.news.textContent = "";
    this.field.removeAttribute("aria-activedescendant");
  }

  insert(name) {
    const begun = this.begun();
    // The caret may have been moved away from the @ meanwhile.
    if (begun === undefined) {
      this.close();
      return;
    }
    const start = this.field.selectionStart - begun.length;
    this.field.setRangeText(`${name} `, start, this.field.selectionStart, "end");
    this.close();
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  key(event) {
    if (this.list.hidden || event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown") this.choose(this.at + 1);
    else if (event.key === "ArrowUp") this.choose(this.at - 1);
    else if (event.key === "Enter" || event.key === "Tab") this.insert(this.list.children[this.at].textContent);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

const known = new WeakSet();
function begin(root) {
  prepare(root);
  for (const field of root.querySelectorAll("[data-mentions]")) {
    if (known.has(field)) continue;
    known.add(field);
    new Mentions(field);
  }
}
document.body.addEventListener("htmx:load", ({ detail }) => begin(detail.elt.parentElement || detail.elt));
begin(document);
