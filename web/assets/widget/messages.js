/* One message in the log: who said it, the words, and what hangs below them. A part is {node, update?}. */

const SPEAKER_ICON = { bot: "bot", agent: "person" };

/**
 * Builds a message.
 * @param item as in ChatClient.items()
 * @param view gives t(key, values), client, personButton(), announce(text)
 * @returns {{node: Element, update: (item: object) => void}}
 */
function messagePart(item, view) {
  const node = h("div", { class: `message ${item.author}`, part: "message", "data-role": "message", "data-author": item.author });
  const state = h("p", { class: "state", "data-role": "state" });
  const extras = EXTRAS.map((make) => make(item, view)).filter(Boolean);
  const said = bubble(item, view);
  const words = said?.querySelector(".bubble") ?? said;
  node.append(...[speaker(item, view), said, state, ...extras.map((extra) => extra.node)].filter(Boolean));
  let shown;
  return {
    node,
    update(now) {
      if (now.seq) node.dataset.seq = now.seq;
      // The server knows better than we did when it was sent.
      if (words) words.lang = now.language;
      node.classList.toggle("waiting", Boolean(now.waiting));
      const { lost, slowed } = view.client;
      const next = now.problem ?? (now.waiting ? lost ? view.t("kept") : slowed ?? view.t("sending") : "");
      if (next !== shown) showState(state, now, view, next);
      shown = next;
      for (const extra of extras) extra.update?.(now);
    },
  };
}

function speaker(item, view) {
  const role = view.t(item.author === "bot" ? "status_bot" : `author_${item.author}`);
  return h("p", { class: "by" }, SPEAKER_ICON[item.author] && icon(SPEAKER_ICON[item.author]),
    item.author === "agent" && item.name && h("b", {}, item.name), h(item.name ? "span" : "b", {}, role),
    timeOf(item.created_at, view.client.language));
}

function showState(state, item, view, words) {
  state.hidden = !item.waiting;
  state.classList.toggle("problem", Boolean(item.problem));
  if (!item.problem) return state.replaceChildren(words);
  return state.replaceChildren(words, h("span", { class: "row" },
    button("retry", view.t("retry"), () => view.client.retry(item.client_id)),
    button("dismiss", view.t("dismiss"), () => {
      view.client.dismiss(item.client_id);
      view.input.focus();
    })));
}

function answerPart(item, view) {
  const answer = item.payload?.answer;
  if (!answer) return null;
  const source = answer.source && h("p", { class: "source", "data-role": "source" },
    outsideLink(answer.source, view.t("source", { title: answer.title ?? answer.article_id }), view.t("new_tab")));
  const question = h("span");
  const person = view.personButton();
  const buttons = [[1, "yes"], [0, "no"]].map(([score, key]) =>
    [score, button(`helpful-${key}`, view.t(key), () => view.client.rate("helpful", item.id, score))]);
  const group = h("div", { class: "row helpful", role: "group", "aria-label": view.t("helpful_question"), "data-role": "helpful" },
    question, buttons.map(([, element]) => element), person);
  const update = () => {
    const score = view.client.rated(`helpful:${item.id}`)?.score ?? item.outcome?.helpful;
    const problem = view.client.problemOf(`helpful:${item.id}`);
    setText(question, problem ?? view.t(score === undefined ? "helpful_question" : score ? "helpful_yes" : "helpful_no"));
    for (const [value, element] of buttons) element.setAttribute("aria-pressed", String(value === score));
    person.hidden = score !== 0 || view.client.status !== "bot";
  };
  return { node: h("div", {}, source, group), update };
}

function choicesPart(item, view) {
  const { choices, replies } = item.payload ?? {};
  // Ready words for a form are said as if they had been typed.
  const options = replies?.map((title) => ["say", title]) ??
    choices?.map(({ article_id: article, title }) => ["choice", title, article]).concat([["none_of_these", view.t("none")]]);
  if (!options) return null;
  let chosen = null;
  const buttons = options.map(([kind, title, article], index) => button("choice", title, () => {
    if (chosen !== null) return;
    chosen = index;
    if (replies) view.client.say(title);
    else view.client.press(kind, title, article ? { article_id: article } : {});
    view.announce(view.t("chosen", { title }));
  }, { "data-article": article ?? "none", lang: (article || replies) && item.language }));
  // aria-disabled instead of disabled: the words stay readable and the keyboard does not lose its place.
  const update = () => {
    chosen ??= chosenOption(item, options, view.client);
    buttons.forEach((option, index) => {
      option.classList.toggle("chosen", index === chosen);
      if (chosen !== null) option.setAttribute("aria-disabled", "true");
      if (index === chosen) option.setAttribute("aria-current", "true");
    });
  };
  const named = { class: "choices", role: "group", "aria-label": view.t("choices_label"), "data-role": "choices" };
  return { node: h("div", named, buttons), update };
}

/** Which option the customer took, read from the messages after the question; null while none. */
function chosenOption(item, options, client) {
  for (const later of client.items()) {
    if (later.seq && later.seq <= item.seq) continue;
    if (later.payload?.choices) return null;
    // Whoever wrote on has answered the form in other words.
    if (options[0][0] === "say" && later.author === "customer") return options.findIndex(([, title]) => title === later.text);
    const index = options.findIndex(([kind, , article]) =>
      kind === later.payload?.kind && (kind !== "choice" || article === later.payload.article_id));
    if (index >= 0) return index;
  }
  return null;
}

function ticketPart(item, view) {
  const ticket = item.payload?.ticket;
  if (!ticket?.number) return null;
  return { node: h("div", { class: "ticket", "data-role": "ticket" },
    h("p", {}, view.t("ticket_label"), h("b", { "data-role": "ticket-number" }, ticket.number)),
    ticket.place ? h("p", {}, view.t("status_queued_place", { n: ticket.place })) : null,
    ticket.on_duty === false ? h("p", {}, view.t("ticket_off")) : null) };
}

function offerPart(item, view) {
  if (!item.payload?.offer?.includes("person")) return null;
  const person = view.personButton();
  const update = () => { person.hidden = view.client.status !== "bot"; };
  return { node: h("div", { class: "row", "data-role": "offer" }, person), update };
}

const surveyPart = (item, view) => (item.payload?.survey ? surveyForm(item, view) : null);

/** The day that the messages below were written on. */
function dayPart(day, view) {
  const words = formatted(day.at, view.client.language, { weekday: "long", month: "long", day: "numeric" });
  return { node: h("p", { class: "day", "data-role": "day" }, h("time", { datetime: day.at }, words)), update() {} };
}

/** Everything that may hang below a message, in reading order. */
const EXTRAS = [answerPart, choicesPart, ticketPart, offerPart, surveyPart];

/** Sets words only when they differ, so that a live region does not repeat itself. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
