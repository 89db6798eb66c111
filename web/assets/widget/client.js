/* The conversation as data: what was said, what is still to be sent, who is in charge. Knows nothing of the page's elements. */

/** A refusal or a failure to reach the server, in a form the customer can be told. */
class Problem extends Error {
  /** @param {number} status HTTP status, 0 when there was no answer at all. */
  constructor(status, detail = "", retryAfter = 0) {
    super(detail);
    this.status = status;
    this.detail = detail;
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
    this.customer = GIVEN.customer ?? null;
    this.listeners = [];
    this.wakers = new Set();
    this.clear();
    this.status = stored.status;
    if (stored.id && this.belongsToAnother(stored)) this.drop([]);
  }

  clear() {
    this.messages = new Map();
    this.seq = 0;
    this.status = "bot";
    this.agent = null;
    this.place = null;
    this.typingUntil = 0;
    this.waiting = null;
    this.lost = false;
    this.startProblem = null;
    this.caughtUp = false;
    this.tries = 0;
  }

  /** Calls `listener(name, detail)` at "change", "message", "handoff", "rated" and "restarted". */
  listen(listener) {
    this.listeners.push(listener);
  }

  emit(name, detail) {
    for (const listener of this.listeners) listener(name, detail);
  }

  /** One call of the chat API. Answers the parsed body; throws Problem. */
  async request(method, path, body) {
    const { token } = this.store.read();
    const control = new AbortController();
    const limit = setTimeout(() => control.abort(), 15000);
    // The server's words about a refusal come in the language of the chat, not of the browser.
    const headers = { "Accept-Language": this.language };
    if (body) headers["Content-Type"] = "application/json";
    if (path && token) headers.Authorization = `Bearer ${token}`;
    try {
      const response = await fetch(`${ORIGIN}/api/chat/conversations${path}`, {
        method, headers, signal: control.signal, credentials: "omit", cache: "no-store",
        body: body && JSON.stringify(body),
      });
      if (!response.ok) {
        const problem = await response.json().catch(() => ({}));
        throw new Problem(response.status, problem.detail, Number(response.headers.get("Retry-After")) || 0);
      }
      return response.status === 204 ? null : await response.json();
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
    this.creating ??= exclusive("create", async () => {
      if (this.store.read().id) return;
      const body = { language: this.language, page: location.origin + location.pathname };
      if (this.customer) body.customer = this.customer;
      const made = await this.request("POST", "", body);
      this.store.write({
        id: made.id, token: made.token, status: "bot", rated: {}, active: Date.now(),
        language: this.language, hostLanguage: this.hostLanguage, customerId: this.customer?.id ?? null,
      });
      this.take(made.messages ?? []);
    }).finally(() => { this.creating = null; });
    return this.creating;
  }

  /** Fetches what came since the last message known, and who is in charge now. */
  async catchUp() {
    const state = await this.request("GET", this.path(`/messages?after=${this.seq}`));
    this.take(state.messages);
    this.setState(state);
    this.caughtUp = true;
    this.emit("change");
  }

  /** Takes messages in; the same message twice, by number or by our own id, stays one. */
  take(incoming) {
    for (const message of incoming) {
      const known = this.messages.has(message.seq);
      this.messages.set(message.seq, message);
      this.seq = Math.max(this.seq, message.seq);
      if (message.author !== "customer") [this.typingUntil, this.waiting] = [0, null];
      if (message.author === "customer") this.removeFromOutbox(message.client_id);
      if (message.payload?.ticket?.place) this.place = message.payload.ticket.place;
      if (!known && this.caughtUp) this.emit("message", message);
    }
    if (!incoming.length) return;
    this.store.write({ active: Date.now() });
    this.emit("change");
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
    this.emit("change");
  }

  belongsToAnother(stored) {
    return Boolean(stored.customerId && this.customer?.id && stored.customerId !== this.customer.id);
  }

  /** Forgets the conversation on this device and keeps only `outbox` for the next one. */
  drop(outbox) {
    this.store.write({ id: null, token: null, status: "bot", rated: {}, customerId: null, outbox });
    this.clear();
    this.emit("restarted");
    this.emit("change");
  }

  /** Ends this conversation for the customer and opens a new one. */
  async restart() {
    if (this.store.read().id && this.status !== "closed") {
      // Whoever serves or waits for this customer must hear that they have left.
      const body = { client_id: uuid(), payload: { kind: "close", title: words(this.language, "restart") } };
      await this.request("POST", this.path("/messages"), body).catch(() => {});
    }
    this.drop([]);
    this.restartStream();
  }

  /** Deletes the conversation on the server and here. Throws Problem. */
  async erase() {
    await this.request("DELETE", this.path("")).catch((problem) => { if (!problem.gone) throw problem; });
    this.drop([]);
    this.restartStream();
  }

  /** The customer's own copy of the conversation. Throws Problem. */
  copy() {
    return this.request("GET", this.path("/export"));
  }

  /** Takes the signed-in customer; another customer's conversation on the same device is left alone. */
  setCustomer(customer) {
    this.customer = customer;
    const stored = this.store.read();
    if (stored.id && this.belongsToAnother(stored)) this.forget();
  }

  /** Leaves the conversation: nothing of it stays on this device, and none is opened until the customer asks. */
  forget() {
    this.stop();
    this.drop([]);
  }

  /** What to show, oldest first: messages of the server, then those not yet sent. */
  items() {
    const sent = [...this.messages.values()].sort((one, other) => one.seq - other.seq);
    const arrived = new Set(sent.filter(({ author }) => author === "customer").map((message) => message.client_id));
    const waiting = this.store.read().outbox
      .filter((item) => item.path === "/messages" && !arrived.has(item.id))
      .map((item) => ({
        client_id: item.id, author: "customer", text: item.text, language: this.language,
        payload: item.body.payload, created_at: item.at, waiting: true, problem: item.problem,
      }));
    return [...sent, ...waiting];
  }

  /** Whether an item with this id (a rating's or a button kind's) still waits to be sent. */
  pending(kind) {
    return this.store.read().outbox.some((item) => !item.problem && item.body.payload?.kind === kind);
  }

  problemOf(id) {
    return this.store.read().outbox.find((item) => item.id === id)?.problem;
  }
}
