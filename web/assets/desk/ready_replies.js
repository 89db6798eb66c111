// "/" in the reply offers ready replies: typed on it filters, arrows choose, Enter puts in, Esc closes.

const MOST = 8;
// At the start, or after a space, up to the caret.
const ASKED = /(?:^|\s)\/([\p{L}\p{N}_-]*)$/u;

let found = null;
// The ready reply whose steps are to follow, and what was sent last with the article that its words came from.
let followed = null;
let sent = { chosen: null, article: "" };
let shown = [];
let at = 0;

const box = () => document.getElementById("reply-text");
const list = () => document.getElementById("ready");
const news = () => document.getElementById("ready-news");

/** What stands between the "/" and the caret; null where none was typed. */
function asked(field) {
  return ASKED.exec(field.value.slice(0, field.selectionStart))?.[1].toLowerCase() ?? null;
}

// Of those that fit equally well, what was used lately comes first: so they come from the server.
function fitting(words) {
  const rank = (each) => {
    if (each.shortcut === words) return 0;
    if (each.shortcut.startsWith(words)) return 1;
    if (each.name.toLowerCase().includes(words) || each.shortcut.includes(words)) return 2;
    return each.text.toLowerCase().includes(words) ? 3 : 4;
  };
  return found.map((each) => [rank(each), each]).filter(([place]) => place < 4)
    .sort(([one], [other]) => one - other).slice(0, MOST).map(([, each]) => each);
}

async function look(field) {
  const words = asked(field);
  if (words === null) return close();
  if (!found) {
    const response = await fetch(field.dataset.ready, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!response?.ok) return close();
    found = await response.json();
    // Something else may have been typed meanwhile.
    return look(field);
  }
  shown = fitting(words);
  at = 0;
  return draw(field);
}

function draw(field) {
  list().replaceChildren(...shown.map((each, index) => {
    const option = document.createElement("li");
    option.id = `ready-${index}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(index === at));
    const name = document.createElement("strong");
    name.textContent = `/${each.shortcut} `;
    const words = document.createElement("span");
    words.className = "ready-words";
    words.lang = each.language;
    words.textContent = each.text;
    option.append(name, each.name, words);
    if (each.steps.length) {
      const steps = document.createElement("span");
      steps.className = "quiet";
      steps.textContent = each.steps.join(", ");
      option.append(steps);
    }
    return option;
  }));
  const open = shown.length > 0;
  list().hidden = !open;
  if (open) field.setAttribute("aria-controls", "ready");
  point(field);
  const { found: words, none } = news().dataset;
  news().textContent = open ? words.replace("{count}", shown.length) : none;
}

function point(field) {
  if (list().hidden) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", `ready-${at}`);
  [...list().children].forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
  return list().children[at]?.scrollIntoView({ block: "nearest" });
}

function close() {
  if (!list()) return;
  list().hidden = true;
  shown = [];
  box()?.removeAttribute("aria-activedescendant");
  box()?.removeAttribute("aria-controls");
}

function put(chosen) {
  const field = box();
  const words = asked(field);
  // The caret may have been moved away from the "/" meanwhile.
  if (words === null) {
    close();
    return;
  }
  const start = field.selectionStart - words.length - 1;
  field.setRangeText(chosen.text, start, field.selectionStart, "end");
  close();
  follow(chosen);
  news().textContent = news().dataset.chosen.replace("{name}", chosen.name);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

/** Shows what follows once the words are sent, and lets that be left out; the words alone need no more than themselves. */
function follow(chosen) {
  const box = document.getElementById("ready-steps");
  const field = document.querySelector("[data-macro]");
  if (!box || !field) return;
  followed = chosen;
  if (!chosen) {
    field.value = "";
    box.hidden = true;
    return;
  }
  field.value = chosen.id;
  box.hidden = !chosen.steps.length;
  box.querySelector("span").textContent = box.dataset.words.replace("{steps}", chosen.steps.join(", "));
}

function onKey(event) {
  if (!event.target.matches?.("#reply-text") || !list() || list().hidden || event.isComposing) return;
  const { key } = event;
  if (key === "ArrowDown" || key === "ArrowUp") at = (at + (key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length;
  else if ((key === "Enter" && !event.ctrlKey && !event.metaKey) || key === "Tab") put(shown[at]);
  else if (key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
  if (!list().hidden) point(event.target);
}

export function watchReadyReplies() {
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("input", ({ target }) => {
    if (!target.matches("#reply-text")) return;
    if (!target.value) {
      follow(null);
      target.form.elements.article.value = "";
    }
    look(target);
  });
  document.addEventListener("focusout", ({ target }) => { if (target.matches?.("#reply-text")) setTimeout(close, 150); });
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest?.("#ready [role=option]");
    if (!option) return;
    // The reply keeps the keyboard.
    event.preventDefault();
    put(shown[[...list().children].indexOf(option)]);
  });
  document.addEventListener("click", ({ target }) => {
    if (!target.closest?.("#ready-steps button")) return;
    follow(null);
    box().focus();
  });
  // With the words (see staff.js) goes what belongs to them: what is chosen from now on belongs to the next ones.
  document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (!detail.elt.matches("[data-reply]")) return;
    const { article } = detail.elt.elements;
    sent = { chosen: followed, article: article.value };
    follow(null);
    article.value = "";
  });
  // It was removed meanwhile: the words come back alone, and can be sent so.
  document.body.addEventListener("ready-reply-gone", () => { sent.chosen = null; });
  document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.elt.matches("[data-reply]")) return;
    // What is known of the case may have changed with what was said.
    found = null;
    if (detail.successful) return;
    const { article } = detail.elt.elements;
    if (!followed) follow(sent.chosen);
    article.value ||= sent.article;
  });
}
