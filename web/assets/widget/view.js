/* The panel: header, who is in charge, the log, the composer. Rebuilt when the language changes, otherwise updated in place. */

class ChatView {
  /**
   * @param {ChatClient} client
   * @param {ShadowRoot} shadow
   * @param {{inline: boolean, close: () => void}} options inline: the chat fills an element of the page.
   */
  constructor(client, shadow, { inline, close }) {
    Object.assign(this, { client, shadow, inline, close });
    this.parts = new Map();
    this.rating = null;
    this.panel = h("div", { class: "panel", part: "panel", "data-role": "panel", id: "panel", hidden: true,
      dragover: (event) => event.preventDefault(), drop: (event) => this.takeFiles(event, event.dataTransfer) });
    this.build();
  }

  t(key, values) {
    return this.client.t(key, values);
  }

  /** Builds everything in the current language; keeps the draft and the keyboard's place. */
  build() {
    const draft = this.input?.value ?? "";
    const role = this.shadow.activeElement?.dataset.role;
    this.builtFor = this.client.language;
    this.parts.clear();
    this.panel.lang = this.client.language;
    this.panel.setAttribute("role", this.inline ? "region" : "dialog");
    this.panel.setAttribute("aria-label", this.t("title"));
    this.log = h("div", {
      class: "log", part: "log", "data-role": "log", role: "log", tabindex: 0, "aria-live": "off", "aria-label": this.t("log_label"),
      scroll: () => { if (this.atEnd()) this.fresh.hidden = true; },
    }, this.intro());
    this.spoken = h("p", { class: "unseen", role: "status", "data-role": "announcement" });
    this.notice = h("p", { class: "notice", "data-role": "connection", hidden: true });
    this.inCharge = h("p", { role: "status" });
    this.bar = h("div", { class: "bar", "data-role": "status" }, this.inCharge);
    this.barShown = null;
    this.menu = h("div", { class: "menu", id: "menu", hidden: true });
    this.typing = h("p", { class: "typing", "data-role": "typing", hidden: true });
    this.fresh = button("fresh", this.t("new_messages"), () => this.scrollToEnd(), { class: "filled fresh", hidden: true });
    this.panel.replaceChildren(this.header(), this.menu, this.bar, this.notice, this.log,
      h("div", { class: "anchor" }, this.fresh), this.typing, ...this.composer(draft), this.spoken);
    this.update();
    if (role) this.shadow.querySelector(`[data-role="${role}"]`)?.focus();
  }

  header() {
    const select = h("select", {
      "data-role": "language", "aria-label": this.t("language"),
      change: () => this.client.setLanguage(select.value).catch(() => { select.value = this.client.language; }),
    }, LANGUAGES.map(([code, name]) => h("option", { value: code, lang: code, selected: code === this.client.language }, name)));
    const named = (role, sign, click, more) =>
      button(role, sign, click, { class: "", "aria-label": this.t(role), title: this.t(role), ...more });
    this.menuButton = named("menu", "⋮", () => this.toggleMenu(this.menu.hidden),
      { "aria-expanded": "false", "aria-controls": "menu" });
    return h("div", { class: "header", part: "header" }, logo(), h("h2", {}, this.t("title")), select, this.menuButton, !this.inline && named("close", "×", this.close));
  }

  intro() {
    const address = setting("privacy") && new URL(setting("privacy"), location.href);
    const more = address && [" ", outsideLink(address, this.t("privacy_more"), this.t("new_tab"))];
    return h("div", { class: "intro", "data-role": "intro" }, h("p", {}, this.t("intro")),
      h("p", { "data-role": "privacy" }, this.t("privacy"), more));
  }

  personButton() {
    return this.pressButton("person", "person");
  }

  /** A button whose words are sent as what the customer says; pressed twice in a hurry, it is sent once. */
  pressButton(kind, role) {
    const title = this.t(kind);
    return button(role, title, () => { if (!this.client.pending(kind)) this.client.press(kind, title); });
  }

  // ---- keeping up with the client ----

  /** Shows the client's present state. */
  update() {
    if (this.builtFor !== this.client.language) {
      this.build();
      return;
    }
    const shown = this.log.lastChild;
    const stay = this.atEnd();
    this.updateLog();
    this.updateBar();
    this.updateTyping();
    this.updateNotice();
    this.updateComposer();
    if (stay) this.scrollToEnd();
    else if (this.log.lastChild !== shown) this.fresh.hidden = false;
  }

  /** The messages, and before each day's first the day; not while all is of today. */
  withDays() {
    const items = this.client.items();
    if (this.rating) items.splice(this.rating.index, 0, this.rating);
    const seen = new Set();
    return items.flatMap((item, index) => {
      const day = new Date(item.created_at).toDateString();
      if (seen.has(day)) return [item];
      seen.add(day);
      if (!index && day === new Date().toDateString()) return [item];
      return [{ key: day, at: item.created_at, day: true }, item];
    });
  }

  updateLog() {
    const items = this.withDays();
    const keys = new Set();
    let last = this.log.firstChild;
    for (const item of items) {
      const key = item.key ?? ((item.author === "customer" && item.client_id) || item.seq);
      keys.add(key);
      if (!this.parts.has(key)) this.parts.set(key, item.day ? dayPart(item, this) : messagePart(item, this));
      const part = this.parts.get(key);
      if (last.nextSibling !== part.node) last.after(part.node);
      part.update(item);
      last = part.node;
    }
    for (const [key, part] of this.parts) {
      if (keys.has(key)) continue;
      part.node.remove();
      this.parts.delete(key);
    }
    // Old messages are not read out when the chat opens; those that come from now on are.
    if (this.client.caughtUp) setTimeout(() => this.log.setAttribute("aria-live", "polite"));
  }

  updateBar() {
    const { status, agent, place, minutes, caughtUp, startProblem, receipt } = this.client;
    const needsConsent = this.client.needsConsent();
    const state = JSON.stringify([status, agent, place, minutes, caughtUp, startProblem, needsConsent, receipt]);
    if (state === this.barShown) return;
    const held = this.barShown !== null && this.bar.contains(this.shadow.activeElement);
    this.barShown = state;
    const line = {
      bot: ["bot", this.t("status_bot")],
      queued: ["person", this.t(place ? "status_queued_place" : "status_queued", { n: place }) +
        (minutes ? this.t("status_wait", { n: minutes }) : "")],
      agent: ["person", this.t("status_agent", { name: agent?.name ?? this.t("author_agent") })],
      closed: [null, this.t("status_closed")],
    }[status] ?? [null, ""];
    const way = { bot: () => this.personButton(), queued: () => this.pressButton("back_to_bot", "back-to-bot") }[status]?.();
    this.bar.dataset.status = status;
    this.bar.hidden = needsConsent || Boolean(receipt);
    if (startProblem) this.inCharge.replaceChildren(this.startFailure(startProblem));
    else this.inCharge.replaceChildren(line[0] ? icon(line[0]) : "", line[1]);
    while (this.inCharge.nextSibling) this.inCharge.nextSibling.remove();
    if (way && !startProblem) this.bar.append(way);
    if (held) (way ?? this.input).focus();
  }

  startFailure(problem) {
    return h("span", { class: "problem" }, `${problem} `, button("start-again", this.t("retry"), () => {
      this.client.startProblem = null;
      this.client.start();
      this.update();
    }));
  }

  updateTyping() {
    clearTimeout(this.typingTimer);
    const left = this.client.typingUntil - Date.now();
    this.typing.hidden = left <= 0;
    if (this.toldToWait && (left <= 0 || !this.client.waiting)) {
      this.spoken.textContent = "";
      this.toldToWait = false;
    }
    if (left <= 0) return;
    const name = this.client.writer ?? this.client.agent?.name ?? this.t("author_agent");
    const waiting = this.client.waiting;
    let key = this.client.status === "agent" ? "typing_agent" : "typing_bot";
    if (waiting) key = waiting.ahead ? "waiting_line" : "waiting_slow";
    const text = this.t(key, { name, ahead: waiting?.ahead });
    if (this.typing.firstChild?.data !== text) this.typing.replaceChildren(text, h("i"), h("i"), h("i"));
    if (waiting && !this.toldToWait) this.spoken.textContent = text;
    this.toldToWait = Boolean(waiting);
    this.typingTimer = setTimeout(() => this.updateTyping(), left + 50);
  }

  /** The connection notice waits a moment, since most gaps close by themselves unseen. */
  updateNotice() {
    const { lost, slowed, caughtUp } = this.client;
    const words = lost ? this.t("offline") : !caughtUp && slowed;
    if (!words) {
      clearTimeout(this.noticeTimer);
      this.noticeTimer = null;
      this.notice.hidden = true;
      if (this.spoken.textContent === this.notice.textContent) this.spoken.textContent = "";
      return;
    }
    this.noticeTimer ??= setTimeout(() => {
      setText(this.notice, words);
      if (this.notice.hidden) this.announce(words);
      this.notice.hidden = false;
      this.update();
    }, navigator.onLine ? 2000 : 0);
  }

  announce(text) {
    this.spoken.textContent = text;
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
  }

  /** To the end; to the beginning of a message that is longer than what can be seen. */
  scrollToEnd() {
    const { lastChild: last, clientHeight } = this.log;
    this.log.scrollTop = last.offsetHeight > clientHeight ? last.offsetTop : this.log.scrollHeight;
    this.fresh.hidden = true;
  }
}
