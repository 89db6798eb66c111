/* Sending: everything goes through an outbox in storage, so that it survives a reload and a lost network. */

const backOff = (tries) => Math.min(15000, 500 * 2 ** tries) * (0.75 + Math.random() / 2);
const MOST_TRIES_AT_A_BROKEN_SERVER = 6;

Object.assign(ChatClient.prototype, {
  /** Sends what the customer wrote; text of 1 to MAX_LENGTH characters. */
  say(text) {
    this.post({ text }, text);
  },

  /** Sends a pressed button: kind "choice", "none_of_these", "person" or "back_to_bot". */
  press(kind, title, more = {}) {
    this.post({ payload: { kind, title, ...more } }, title);
  },

  post(body, text) {
    const id = uuid();
    this.enqueue({ id, path: "/messages", text, at: new Date().toISOString(), body: { client_id: id, ...body } });
  },

  /** Sends or replaces a rating. kind csat, nps, ces or helpful; `more` may hold reasons and comment. */
  rate(kind, subjectId, score, more = {}) {
    const id = `${kind}:${subjectId}`;
    this.remember(id, { score, ...more });
    this.enqueue({ id, path: "/ratings", body: { kind, subject_id: subjectId, score, ...more } });
  },

  /** Keeps what became of a survey or a rating ({score} or {skipped: true}), so that a reload shows it again. */
  remember(id, outcome) {
    this.store.write({ rated: { ...this.store.read().rated, [id]: outcome } });
    this.emit("change");
  },

  rated(id) {
    return this.store.read().rated[id];
  },

  setLanguage(language) {
    this.language = language;
    this.store.write({ language, hostLanguage: this.hostLanguage });
    if (this.store.read().id) this.enqueue({ id: "language", path: "/language", body: { language } });
    this.emit("change");
  },

  enqueue(item) {
    const { outbox } = this.store.read();
    this.store.write({ outbox: [...outbox.filter((other) => other.id !== item.id), item] });
    this.emit("change");
    this.flush();
  },

  removeFromOutbox(id) {
    const { outbox } = this.store.read();
    if (outbox.some((item) => item.id === id)) this.store.write({ outbox: outbox.filter((item) => item.id !== id) });
  },

  /** Marks an item as refused with a sentence for the customer, or clears the mark so that it is sent again. */
  mark(id, problem) {
    const { outbox } = this.store.read();
    this.store.write({ outbox: outbox.map((item) => (item.id === id ? { ...item, problem } : item)) });
    this.emit("change");
  },

  retry(id) {
    this.mark(id, undefined);
    this.flush();
  },

  dismiss(id) {
    this.removeFromOutbox(id);
    this.emit("change");
  },

  /** Sends the outbox in order, one at a time across all tabs, waiting longer after each failure. */
  async flush() {
    if (this.flushing) return;
    this.flushing = true;
    try {
      for (;;) {
        const pause = await exclusive("outbox", () => this.sendNext());
        if (pause === null) break;
        if (pause) await this.wait(pause);
      }
    } finally {
      this.flushing = false;
    }
  },

  /** Sends the first waiting item. Answers the milliseconds to wait before the next, null when nothing waits. */
  async sendNext() {
    const item = this.store.read().outbox.find((other) => !other.problem);
    if (!item) return null;
    try {
      await this.ensure();
      const answer = await this.request("POST", this.path(item.path), item.body);
      this.tries = 0;
      this.droppedOnce = false;
      this.removeFromOutbox(item.id);
      this.setLost(false);
      this.sent(item, answer);
      return 0;
    } catch (problem) {
      return this.notSent(item, problem);
    }
  },

  sent(item, answer) {
    if (item.path === "/ratings") this.emit("rated", item.body);
    if (item.path !== "/messages") return this.emit("change");
    // The answer may have come through the stream before the server's word that the message arrived.
    if (this.status === "bot" && this.seq <= answer.seq) this.typingUntil = Date.now() + 15000;
    if (!this.messages.has(answer.seq)) {
      // `this.seq` stays: a message of another author with a lower number may still be on its way.
      this.messages.set(answer.seq, {
        seq: answer.seq, id: answer.id, client_id: item.id, author: "customer", text: item.text,
        language: this.language, payload: item.body.payload, created_at: item.at,
      });
    }
    this.emit("change");
    this.start();
    if (!this.streamAlive) setTimeout(() => this.catchUp().catch(() => {}), 1500);
  },

  notSent(item, problem) {
    // A 404 for a rating may only mean its subject; for a message it means the conversation.
    const lost = problem.status === 401 || (problem.gone && item.path === "/messages");
    if (lost && this.store.read().id && !this.droppedOnce) {
      this.droppedOnce = true;
      this.drop(this.store.read().outbox.filter((other) => other.body.text || other.body.payload?.kind === "person"));
      this.restartStream();
      return 0;
    }
    this.tries += 1;
    const hopeless = problem.status >= 500 && this.tries >= MOST_TRIES_AT_A_BROKEN_SERVER;
    if (problem.temporary && !hopeless) {
      if (problem.status !== 429) this.setLost(true);
      return problem.retryAfter * 1000 || backOff(this.tries);
    }
    this.tries = 0;
    if (item.path === "/language") this.dismiss(item.id);
    else this.mark(item.id, problem.detail || words(this.language, "error_generic"));
    return 0;
  },

  /** Waits, but no longer than until the network or the customer comes back. */
  wait(milliseconds) {
    return new Promise((resolve) => {
      const done = () => { clearTimeout(timer); this.wakers.delete(done); resolve(); };
      const timer = setTimeout(done, milliseconds);
      this.wakers.add(done);
    });
  },

  wake() {
    for (const done of [...this.wakers]) done();
  },
});
