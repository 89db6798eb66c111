/* The conversation as data: what was said, what is still to be sent, who is in charge. Knows nothing of the page's elements. */

// What the server tells at once at most.
const PAGE = 500;

/** A refusal or a failure to reach the server, in a form the customer can be told. */
class Problem extends Error {
  /** @param {number} status HTTP status, 0 when there was no answer at all. */
  constructor(status, { detail = "", code } = {}, retryAfter = 0) {
    super(detail);
    this.status = status;
    this.detail = detail;
    this.code = code;
    this.retryAfter = retryAfter;
    this.gone = status === 401 || status === 404;
    this.temporary = !status || status === 408 || status === 429 || status >= 500;
  }
}

class ChatClient {
  constructor() {
    this.store = new Store(ORIGIN);
    const stored = this.kept;
    this.hostLanguage = pageLanguage();
    // A choice made in the chat holds until the page itself changes its language.
    this.language = stored.hostLanguage === this.hostLanguage && stored.language ? stored.language : this.hostLanguage;
    this.customer = GIVEN.customer;
    this.context = GIVEN.context;
    this.listeners = [];
    this.wakers = new Set();
    this.clear();
    this.status = stored.status;
    if (stored.id && this.belongsToAnother(stored)) this.drop();
  }

  clear() {
    // What was asked for before counts no more when its answer comes.
    this.round = {};
    this.messages = new Map();
    // Files on their way, which no storage could keep over a reload.
    this.uploads = new Map();
    // Up to here no message is missing.
    this.seq = 0;
    this.status = "bot";
    this.agent = this.place = this.waiting = this.startProblem = this.slowed = this.receipt = this.joinRequest = null;
    this.typingUntil = 0;
    this.lost = this.caughtUp = false;
    this.tries = 0;
  }

  /** Calls `listener(name, detail)` at "change", "message", "handoff", "rated" and "restarted". */
  listen(listener) {
    this.listeners.push(listener);
  }

  emit(name, detail) {
    for (const listener of this.listeners) listener(name, detail);
  }

  /** What is kept in the browser. */
  get kept() {
    return this.store.read();
  }

  changed() {
    this.emit("change");
  }

  t(key, values) {
    return words(this.language, key, values);
  }

  /**
   * One call of the chat API. Answers the parsed body, or a blob of the type `accept`; throws Problem.
   * What ends the token (signing in, deleting) is asked `alone`: also after what else is under way, files and copies excepted.
   */
  async request(method, path, body, { accept, patience = 15000, alone } = {}) {
    // Signing in renews the token: what is asked meanwhile waits for it.
    await this.joining;
    if (alone) await this.underWay;
    const { token } = this.kept;
    if (path && !token) throw new Problem(401);
    const control = new AbortController();
    const limit = setTimeout(() => control.abort(), patience);
    const json = body && !(body instanceof FormData);
    // The server's words about a refusal come in the language of the chat, not of the browser.
    const headers = { "Accept-Language": this.language };
    if (json) headers["Content-Type"] = "application/json";
    if (path) headers.Authorization = `Bearer ${token}`;
    if (accept) headers.Accept = accept;
    try {
      const call = fetch(`${ORIGIN}/api/chat/conversations${path}`, {
        // No cache setting: the server's own header says no-store, and with ours browsers ask for leave (OPTIONS) each time.
        method, headers, signal: control.signal, credentials: "omit",
        body: json ? JSON.stringify(body) : body,
      });
      if (patience < 60000) this.underWay = Promise.allSettled([this.underWay, call]).then(() => {});
      const response = await call;
      if (!response.ok) {
        const problem = await response.json().catch(() => ({}));
        throw new Problem(response.status, problem, Number(response.headers.get("Retry-After")) || 0);
      }
      return await (accept ? response.blob() : response.json());
    } catch (error) {
      throw error instanceof Problem ? error : new Problem(0);
    } finally {
      clearTimeout(limit);
    }
  }

  /** A path below this conversation. */
  path(rest) {
    return `/${this.kept.id}${rest}`;
  }

  /** Makes sure that there is a conversation on the server; opened once even when several tabs ask. */
  ensure() {
    this.creating ??= exclusive("create", () => this.create()).finally(() => { this.creating = null; });
    return this.creating;
  }

  async create() {
    const stored = this.kept;
    if (stored.id) return;
    // The site has emptied the storage: what was shown belongs to nobody here any more.
    const left = this.messages.size;
    if (left) this.clearAndTell();
    const { round, customer } = this;
    // Kept until it worked: the same request after a lost answer opens no second conversation.
    const opening = stored.opening ?? uuid();
    this.store.write({ opening });
    const { made, signed } = await this.open({
      client_id: opening, language: this.language, page: location.origin + location.pathname,
      previous: stored.previous, context: this.context, consent: stored.consent,
    });
    // Left or signed out meanwhile: it is nobody's here.
    if (this.round !== round) return;
    this.store.write({
      token: made.token, status: "bot", rated: {}, active: Date.now(), language: this.language, hostLanguage: this.hostLanguage,
      customerId: signed, id: made.id, opening: null, previous: null,
    });
    this.take(made.messages);
    if (left) this.restartStream();
    if (this.customer !== customer) this.setCustomer(this.customer);
  }

  async open(body) {
    const { customer } = this;
    try {
      return { made: await this.request("POST", "", { ...body, customer }), signed: customer?.signature && customer.id };
    } catch (problem) {
      if (problem.status !== 422) throw problem;
      // What the site gets wrong must not keep its customers from asking.
      if (problem.code === "context") {
        console.warn(problem);
        return this.open({ ...body, context: undefined });
      }
      if (!customer?.signature) throw problem;
      return { made: await this.request("POST", "", { ...body, customer: this.unsigned(customer, problem) }) };
    }
  }

  /** Fetches what came since the last message known, and who is in charge now. */
  async catchUp() {
    const { id } = this.kept;
    let state;
    do {
      state = await this.request("GET", this.path(`/messages?after=${this.seq}`));
      if (this.kept.id !== id) return;
      this.setLost(false);
      // The server leaves none out, so a number missing here will never come.
      this.seq = Math.max(this.seq, state.messages.at(-1)?.seq ?? 0);
      this.takeState(state);
      this.tellTabs({ state });
    } while (state.messages.length >= PAGE);
    this.caughtUp = true;
    this.changed();
  }

  takeState(state) {
    this.take(state.messages);
    this.setState(state);
  }

  /** Takes messages in; the same message twice, by number or by our own id, stays one. */
  take(incoming) {
    for (const message of incoming) {
      const known = this.messages.has(message.seq);
      this.messages.set(message.seq, message);
      if (message.author === "customer") this.removeFromOutbox(message.client_id);
      else [this.typingUntil, this.waiting] = [0, null];
      if (message.payload?.ticket?.place) this.place = message.payload.ticket.place;
      if (!known && this.caughtUp) this.emit("message", message);
    }
    while (this.messages.has(this.seq + 1)) this.seq += 1;
    if (this.missesSome()) this.fillGap();
    if (!incoming.length) return;
    this.store.write({ active: Date.now() });
    this.changed();
  }

  missesSome() {
    return Math.max(0, ...this.messages.keys()) > this.seq;
  }

  /** A message before one that is here has not come: it may still be on its way, else it is fetched. */
  fillGap() {
    this.gap ??= setTimeout(() => {
      this.gap = null;
      if (this.missesSome() && this.kept.id) this.catchUp().catch(() => this.fillGap());
    }, 1000);
  }

  /** Takes over the server's word on who is in charge: {status, agent, typing, writer, waiting, place, wait_minutes}. */
  setState({ status, agent, typing, writer, waiting, place, wait_minutes: minutes }) {
    const before = this.status;
    if (status) this.status = status;
    this.agent = agent ?? null;
    this.writer = writer;
    this.minutes = minutes;
    this.place = this.status === "queued" ? place ?? this.place : null;
    const waited = this.waiting;
    this.waiting = waiting ?? null;
    // Whoever waits long is told why, for as long as it lasts.
    if (typing) this.typingUntil = Date.now() + (waiting ? 600000 : 15000);
    else if (waited || this.status !== "bot") this.typingUntil = 0;
    if (this.status !== before) {
      this.store.write({ status });
      if (this.caughtUp && (status === "queued" || status === "agent")) this.emit("handoff", { status, agent: this.agent });
    }
    this.changed();
  }

  setLost(lost) {
    if (this.lost === lost) return;
    this.lost = lost;
    // What cannot even be sent is not being answered.
    if (lost) this.typingUntil = 0;
    // Whatever waits for the line to come back need not wait longer.
    else this.wake();
    this.changed();
  }

  /**
   * Forgets the conversation on this device and keeps only `outbox` for the next one.
   * @param previous {id, token} of the conversation that the next one follows, by the same person.
   */
  drop(outbox = [], previous = null) {
    const kept = new Set(outbox.map((item) => item.id));
    for (const { id } of this.kept.outbox) if (!kept.has(id)) this.store.change(id, null);
    this.store.write({ id: null, token: null, opening: this.joinRequest, status: "bot", rated: {}, customerId: null, previous });
    this.clearAndTell();
    this.changed();
  }

  clearAndTell() {
    this.clear();
    this.emit("restarted");
  }

  /** Ends this conversation for the customer and opens a new one. */
  async restart() {
    const { id, token } = this.kept;
    if (id && this.status !== "closed") {
      // Whoever serves or waits for this customer must hear that they have left.
      const body = { client_id: uuid(), payload: { kind: "close", title: this.t("restart") } };
      await this.request("POST", this.path("/messages"), body).catch(() => {});
    }
    // What was written and could not be said there is not thrown away: the customer is asked.
    const unsaid = this.kept.outbox.filter((item) => item.body.text);
    for (const item of unsaid) this.store.change(item.id, { problem: this.t("stale") });
    this.drop(unsaid, id && { id, token });
    this.restartStream();
  }

  /** What to show, oldest first: messages of the server, then those not yet sent. */
  items() {
    const sent = [...this.messages.values()].sort((one, other) => one.seq - other.seq);
    const arrived = new Set(sent.map((message) => message.client_id));
    const waiting = this.kept.outbox
      .filter((item) => item.path === "/messages" && !arrived.has(item.id))
      .map((item) => ({
        client_id: item.id, author: "customer", text: item.text, language: this.language,
        payload: item.body.payload, created_at: item.at, waiting: true, problem: item.problem,
      }));
    const uploads = [...this.uploads.values()].filter((item) => !arrived.has(item.client_id));
    return [...sent, ...waiting, ...uploads];
  }

  /** Whether an item with this id (a rating's or a button kind's) still waits to be sent. */
  pending(kind) {
    return this.kept.outbox.some((item) => !item.problem && item.body.payload?.kind === kind);
  }

  problemOf(id) {
    return this.kept.outbox.find((item) => item.id === id)?.problem;
  }
}
