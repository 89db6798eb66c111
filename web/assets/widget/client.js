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
    this.temporary = status === 0 || status === 408 || status === 429 || status >= 500;
  }
}

class ChatClient {
  constructor() {
    this.store = new Store(ORIGIN);
    const stored = this.store.read();
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
    this.messages = new Map();
    // Files on their way, which no storage could keep over a reload.
    this.uploads = new Map();
    // Up to here no message is missing.
    this.seq = 0;
    this.status = "bot";
    this.agent = this.place = this.waiting = this.startProblem = this.slowed = this.receipt = null;
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

  /** Whether nothing may be opened yet, because the customer has to agree to the privacy notice first. */
  get needsConsent() {
    return SERVER.consent && !this.store.read().consent;
  }

  agree() {
    this.store.write({ consent: true });
    if (this.store.read().id) this.enqueue({ id: "consent", path: "/consent", body: {} });
    this.start();
    this.emit("change");
  }

  /** One call of the chat API. Answers the parsed body, or a blob of the type `accept`; throws Problem. */
  async request(method, path, body, { accept, patience = 15000 } = {}) {
    const { token } = this.store.read();
    const control = new AbortController();
    const limit = setTimeout(() => control.abort(), patience);
    const form = body instanceof FormData;
    // The server's words about a refusal come in the language of the chat, not of the browser.
    const headers = { "Accept-Language": this.language };
    if (body && !form) headers["Content-Type"] = "application/json";
    if (path && token) headers.Authorization = `Bearer ${token}`;
    if (accept) headers.Accept = accept;
    try {
      const response = await fetch(`${ORIGIN}/api/chat/conversations${path}`, {
        // No cache setting: the server's own header says no-store, and with ours browsers ask for leave (OPTIONS) each time.
        method, headers, signal: control.signal, credentials: "omit",
        body: form ? body : body && JSON.stringify(body),
      });
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
    return `/${this.store.read().id}${rest}`;
  }

  /** Makes sure that there is a conversation on the server; opened once even when several tabs ask. */
  ensure() {
    this.creating ??= exclusive("create", () => this.create()).finally(() => { this.creating = null; });
    return this.creating;
  }

  async create() {
    const stored = this.store.read();
    if (stored.id) return;
    // Kept until it worked: the same request after a lost answer opens no second conversation.
    const opening = stored.opening ?? uuid();
    this.store.write({ opening });
    const made = await this.open({
      client_id: opening, language: this.language, page: location.origin + location.pathname,
      previous: stored.previous, context: this.context, consent: stored.consent,
    });
    this.store.write({
      token: made.token, status: "bot", rated: {}, active: Date.now(), language: this.language, hostLanguage: this.hostLanguage,
      customerId: this.customer?.id, id: made.id, opening: null, previous: null,
    });
    this.take(made.messages);
  }

  async open(body) {
    try {
      return await this.request("POST", "", { ...body, customer: this.customer });
    } catch (problem) {
      if (problem.status !== 422 || !this.customer?.signature) throw problem;
      this.unsigned(problem);
      return this.request("POST", "", { ...body, customer: this.customer });
    }
  }

  /** A signature that does not count must not keep anybody from asking: they are a visitor then. */
  unsigned(problem) {
    console.warn(`Huilu: ${problem.detail}`);
    const { name, email, phone } = this.customer;
    this.customer = { name, email, phone };
  }

  /** Fetches what came since the last message known, and who is in charge now. */
  async catchUp() {
    const { id } = this.store.read();
    let state;
    do {
      state = await this.request("GET", this.path(`/messages?after=${this.seq}`));
      if (this.store.read().id !== id) return;
      this.setLost(false);
      // The server leaves none out, so a number missing here will never come.
      this.seq = Math.max(this.seq, state.messages.at(-1)?.seq ?? 0);
      this.takeState(state);
      this.tellTabs({ state });
    } while (state.messages.length >= PAGE);
    this.caughtUp = true;
    this.emit("change");
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
    this.emit("change");
  }

  missesSome() {
    return Math.max(0, ...this.messages.keys()) > this.seq;
  }

  /** A message before one that is here has not come: it may still be on its way, else it is fetched. */
  fillGap() {
    this.gap ??= setTimeout(() => {
      this.gap = null;
      if (this.missesSome() && this.store.read().id) this.catchUp().catch(() => this.fillGap());
    }, 1000);
  }

  /** Takes over the server's word on who is in charge: {status, agent, typing, waiting, place}. */
  setState({ status, agent, typing, waiting, place }) {
    const before = this.status;
    if (status) this.status = status;
    this.agent = agent ?? null;
    this.place = this.status === "queued" ? place ?? this.place : null;
    const waited = this.waiting;
    this.waiting = waiting ?? null;
    // Whoever waits long is told why, for as long as it lasts.
    if (typing) this.typingUntil = Date.now() + (waiting ? 600000 : 15000);
    else if (waited || this.status !== "bot") this.typingUntil = 0;
    if (status && status !== before) {
      this.store.write({ status });
      if (this.caughtUp && (status === "queued" || status === "agent")) this.emit("handoff", { status, agent: this.agent });
    }
    this.emit("change");
  }

  setLost(lost) {
    if (this.lost === lost) return;
    this.lost = lost;
    // What cannot even be sent is not being answered.
    if (lost) this.typingUntil = 0;
    // Whatever waits for the line to come back need not wait longer.
    else this.wake();
    this.emit("change");
  }

  belongsToAnother(stored) {
    return Boolean(stored.customerId && this.customer?.id && stored.customerId !== this.customer.id);
  }

  /**
   * Forgets the conversation on this device and keeps only `outbox` for the next one.
   * @param previous {id, token} of the conversation that the next one follows, by the same person.
   */
  drop(outbox = [], previous = null) {
    const kept = new Set(outbox.map((item) => item.id));
    for (const { id } of this.store.read().outbox) if (!kept.has(id)) this.store.change(id, null);
    this.store.write({ id: null, token: null, opening: null, status: "bot", rated: {}, customerId: null, previous });
    this.clear();
    this.emit("restarted");
    this.emit("change");
  }

  /** Ends this conversation for the customer and opens a new one. */
  async restart() {
    const { id, token } = this.store.read();
    if (id && this.status !== "closed") {
      // Whoever serves or waits for this customer must hear that they have left.
      const body = { client_id: uuid(), payload: { kind: "close", title: words(this.language, "restart") } };
      await this.request("POST", this.path("/messages"), body).catch(() => {});
    }
    this.drop([], id && { id, token });
    this.restartStream();
  }

  /** Deletes the conversation, or everything about this person, on the server and here. Throws Problem. */
  async erase(everything) {
    const receipt = await this.request("DELETE", this.path(everything ? "/customer" : "")).catch((problem) => {
      if (!problem.gone) throw problem;
      return {};
    });
    this.forget();
    this.receipt = receipt;
    this.emit("change");
  }

  /** Everything kept about this person, as a ZIP. Throws Problem. */
  copy() {
    return this.request("GET", this.path("/export"), null, { accept: "application/zip", patience: 60000 });
  }

  /** Takes the signed-in customer; another customer's conversation on the same device is left alone. */
  setCustomer(customer) {
    this.customer = customer;
    const stored = this.store.read();
    if (!stored.id) return;
    if (this.belongsToAnother(stored)) this.forget();
    else if (customer.signature && stored.customerId !== customer.id) this.join();
  }

  /** What was asked before signing in belongs to the signed-in customer from now on. */
  async join() {
    try {
      await this.request("POST", this.path("/customer"), { client_id: uuid(), customer: this.customer });
      this.store.write({ customerId: this.customer.id });
    } catch (problem) {
      if (problem.status === 409) this.forget();
      else if (problem.status === 422) this.unsigned(problem);
    }
    this.start();
  }

  setContext(context) {
    this.context = context;
    if (this.store.read().id) this.enqueue({ id: "context", path: "/context", body: { context } });
  }

  /** Leaves the conversation: nothing of it stays on this device, and none is opened until the customer asks. */
  forget() {
    this.stop();
    this.drop();
  }

  /** What to show, oldest first: messages of the server, then those not yet sent. */
  items() {
    const sent = [...this.messages.values()].sort((one, other) => one.seq - other.seq);
    const arrived = new Set(sent.map((message) => message.client_id));
    const waiting = this.store.read().outbox
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
    return this.store.read().outbox.some((item) => !item.problem && item.body.payload?.kind === kind);
  }

  problemOf(id) {
    return this.store.read().outbox.find((item) => item.id === id)?.problem;
  }
}
