/* Sending: everything goes through an outbox in storage, so that it survives a reload and a lost network. */

const backOff = (tries) => Math.min(15000, 500 * 2 ** tries) * (0.75 + Math.random() / 2);
const MOST_TRIES = 6;
// Words older than this may not be meant any more: the customer is asked before they go out.
const STALE_AFTER = 2 * 3600 * 1000;
const UPLOAD_PATIENCE = 180000;
const TELL_EVERY = 3000;

Object.assign(ChatClient.prototype, {
  /** Sends what the customer wrote; text of 1 to MAX_LENGTH characters. */
  say(text) {
    this.post({ text }, text);
  },

  /** Sends a pressed button: kind "choice", "none_of_these", "person" or "back_to_bot". */
  press(kind, title, more = {}) {
    this.post({ payload: { kind, title, ...more } }, title);
  },

  /** Tells whoever has the chat that the customer is writing; it is over by itself. */
  writes() {
    if (this.status !== "agent" || Date.now() - this.toldAt < TELL_EVERY) return;
    this.toldAt = Date.now();
    this.request("POST", this.path("/typing")).catch(() => {});
  },

  post(body, text) {
    const id = uuid();
    // Told at once, not only when the server has taken it.
    if (this.status === "bot" && !this.lost) this.typingUntil = Date.now() + 15000;
    this.enqueue({ id, path: "/messages", text, at: new Date().toISOString(), body: { client_id: id, ...body } });
  },

  /** Sends or replaces a rating. kind csat, nps, ces or helpful; `more` may hold reasons and comment; `seq`: of the question. */
  rate(kind, subjectId, score, more = {}, seq) {
    const id = `${kind}:${subjectId}`;
    this.remember(id, { at: Date.now(), score, ...more, seq });
    this.enqueue({ id, path: "/ratings", body: { kind, subject_id: subjectId, score, ...more } });
  },

  skip(kind, subjectId, seq) {
    const id = `${kind}:${subjectId}`;
    this.remember(id, { skipped: true, seq });
    this.enqueue({ id, path: "/skips", body: { kind, subject_id: subjectId } });
  },

  /** Keeps what became of a survey or a rating ({score} or {skipped: true}), so that a reload shows it again. */
  remember(id, outcome) {
    this.store.write({ rated: { ...this.kept.rated, [id]: outcome } });
    this.changed();
  },

  rated(id) {
    return this.kept.rated[id];
  },

  /** Switches once the words of the language are here; without them all stays as it is. */
  async setLanguage(language) {
    await loadTexts(language);
    this.language = language;
    this.store.write({ language, hostLanguage: this.hostLanguage });
    if (this.kept.id) this.enqueue({ id: "language", path: "/language", body: { language } });
    this.changed();
  },

  enqueue(item) {
    this.store.put(item);
    this.changed();
    this.flush();
  },

  removeFromOutbox(id) {
    this.store.change(id, null);
  },

  /** Marks an item as refused with a sentence for the customer, or changes it so that it is sent again. */
  mark(id, changes) {
    this.store.change(id, changes);
    this.changed();
  },

  retry(id) {
    const upload = this.uploads.get(id);
    if (upload) return this.upload(upload);
    this.mark(id, { problem: undefined, at: new Date().toISOString() });
    return this.flush();
  },

  dismiss(id) {
    this.uploads.delete(id);
    this.removeFromOutbox(id);
    this.changed();
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
    const item = this.kept.outbox.find((other) => !other.problem);
    if (!item) return null;
    if (item.path === "/messages" && Date.now() - Date.parse(item.at) > STALE_AFTER) {
      this.mark(item.id, { problem: this.t("stale") });
      return 0;
    }
    try {
      await this.ensure();
      const { id } = this.kept;
      if (!id) return 0;
      const answer = await this.request("POST", this.path(item.path), item.body);
      // Begun anew meanwhile: what is still kept goes to the new conversation.
      if (this.kept.id !== id) return 0;
      this.tries = 0;
      this.droppedOnce = false;
      this.slowed = null;
      this.setLost(false);
      this.sent(item, answer);
      // Changed meanwhile (another score, another language), it goes out once more.
      this.store.change(item.id, null, item.order);
      return 0;
    } catch (problem) {
      return this.notSent(item, problem);
    }
  },

  sent(item, answer) {
    if (item.path === "/ratings") this.emit("rated", item.body);
    if (item.path !== "/messages") return this.changed();
    // The answer may have come through the stream before the server's word that the message arrived.
    if (this.status === "bot" && this.seq <= answer.seq) this.typingUntil = Date.now() + 15000;
    if (!this.messages.has(answer.seq)) {
      const said = {
        seq: answer.seq, id: answer.id, client_id: item.id, author: "customer", text: item.text,
        language: this.language, payload: item.body.payload, created_at: item.at,
      };
      this.take([said]);
      // Whichever tab it was written in shows it without a break.
      channel?.postMessage({ id: this.kept.id, said });
    }
    this.start();
    if (!this.listening()) setTimeout(() => this.running && this.catchUp().catch(() => {}), 1500);
  },

  notSent(item, problem) {
    // A 404 for a rating may only mean its subject; for a message it means the conversation.
    const lost = problem.status === 401 || (problem.gone && item.path === "/messages");
    if (lost && this.kept.id && !this.droppedOnce) {
      this.droppedOnce = true;
      this.drop(this.kept.outbox.filter((other) => other.body.text || other.body.payload?.kind === "person"));
      this.restartStream();
      return 0;
    }
    this.tries += 1;
    // A gateway's 502 to 504 say that the server is away, not that it stumbles over this message.
    const hopeless = problem.status === 500 && this.tries >= MOST_TRIES;
    if (problem.temporary && !hopeless) {
      if (problem.status === 429) [this.slowed, this.typingUntil] = [problem.detail, 0];
      else this.setLost(true);
      this.changed();
      return problem.retryAfter * 1000 || backOff(this.tries);
    }
    this.tries = 0;
    console.warn(problem);
    const said = item.path === "/messages" ? this.notSentWords(problem) : problem.detail || this.t("error_generic");
    this.store.change(item.id, ["/messages", "/ratings"].includes(item.path) ? { problem: said } : null, item.order);
    this.changed();
    return 0;
  },

  notSentWords({ detail }) {
    return `${this.t("failed")} ${detail || this.t("error_generic")}`;
  },

  /** Sends a file of the customer; held in memory until it has arrived. */
  attach(file) {
    const id = uuid();
    // A key of its own, so that what arrives is shown anew: as a picture or a link.
    const item = { client_id: id, key: `upload:${id}`, author: "customer", text: file.name, language: this.language,
      created_at: new Date().toISOString(), waiting: true, file };
    this.uploads.set(item.client_id, item);
    this.upload(item);
  },

  async upload(item) {
    const tell = (problem) => {
      item.problem = problem;
      this.changed();
    };
    if (item.file.size > SERVER.files.limit) return tell(this.t("file_large", { n: SERVER.files.limit / 2 ** 20 }));
    tell();
    try {
      await this.ensure();
      const form = new FormData();
      form.append("client_id", item.client_id);
      form.append("file", item.file);
      await this.request("POST", this.path("/files"), form, { patience: UPLOAD_PATIENCE });
      this.start();
      if (!this.messages.size || !this.listening()) await this.catchUp();
    } catch (problem) {
      item.tries = (item.tries ?? 0) + 1;
      if (!problem.temporary || !(item.tries % 6)) return tell(this.notSentWords(problem));
      await this.wait(problem.retryAfter * 1000 || backOff(item.tries));
      if (this.uploads.has(item.client_id)) return this.upload(item);
    }
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
