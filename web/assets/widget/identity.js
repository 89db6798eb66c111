/* Who is talking, as far as the site vouches for it, what they agreed to, and how everything about them is deleted. */

Object.assign(ChatClient.prototype, {
  /** Whether nothing may be opened yet, because the customer has to agree to the privacy notice first. */
  needsConsent() {
    return SERVER.consent && !this.kept.consent;
  },

  agree() {
    this.store.write({ consent: true });
    if (this.kept.id) this.enqueue({ id: "consent", path: "/consent", body: {} });
    this.start();
    this.changed();
  },

  belongsToAnother(stored) {
    return Boolean(stored.customerId && this.customer?.id && stored.customerId !== this.customer.id);
  },

  /** Takes the signed-in customer; another customer's conversation on the same device is left alone. */
  setCustomer(customer) {
    this.customer = customer;
    const stored = this.kept;
    // Whose the conversation is will be known when whoever signs in to it right now has done so.
    if (this.joining) return;
    // Whoever asked to open one, it is not this customer's request any more.
    if (!stored.id) return this.store.write({ opening: null });
    return this.belongsToAnother(stored) ? this.leaveToAnother() : this.join();
  },

  /** What was asked before signing in belongs to the signed-in customer from now on. */
  async join() {
    const { customer, round } = this;
    const { id, customerId } = this.kept;
    if (!id || !customer?.signature || customerId === customer.id || this.joining) return;
    const body = { client_id: uuid(), customer };
    // Should it be done and only the word of it be lost, the same request opens the customer's conversation again.
    this.joinRequest = body.client_id;
    // A stream that is still being opened would come too late with the token of before.
    this.control?.abort();
    let pause = 1;
    for (let tries = 1; pause && this.customer === customer && this.round === round; tries += 1) {
      const call = this.request("POST", this.path("/customer"), body, { alone: true });
      this.joining = call.catch(() => {});
      pause = await call.then((joined) => {
        if (this.round !== round) return;
        // The token known before signing in opens it no more.
        this.joinRequest = null;
        this.store.write({ token: joined.token, customerId: customer.id });
        if (this.running) this.restartStream();
      }, (problem) => this.customer === customer && this.round === round && this.notJoined(customer, problem, tries));
      if (pause) await this.wait(pause);
    }
    this.joining = null;
    if (this.customer && this.customer !== customer && this.round === round) this.setCustomer(this.customer);
  },

  /** Answers the milliseconds to wait before it is tried again, or nothing when it is not. */
  notJoined(customer, problem, tries) {
    if (problem.temporary) return problem.retryAfter * 1000 || backOff(tries);
    if (problem.status === 409) this.leaveToAnother();
    if (problem.status === 422) this.unsigned(customer, problem);
    if (problem.gone && this.running) this.restartStream();
  },

  /** The conversation is another customer's: this one gets their own, when they ask or are at it. */
  leaveToAnother() {
    const awake = this.running;
    this.forget();
    if (awake) this.start();
  },

  /** A signature that does not count must not keep anybody from asking: they are a visitor then. */
  unsigned(customer, problem) {
    console.warn(problem);
    this.joinRequest = null;
    const { name, email, phone } = customer;
    const visitor = { name, email, phone };
    if (this.customer === customer) this.customer = visitor;
    return visitor;
  },

  setContext(context) {
    this.context = context;
    if (this.kept.id) this.enqueue({ id: "context", path: "/context", body: { context } });
  },

  /** Leaves the conversation: nothing of it stays on this device, and none is opened until the customer asks. */
  forget() {
    this.joinRequest = null;
    this.stop();
    this.drop();
    this.store.write({ consent: null });
  },

  /** Deletes the conversation, or everything about this person, on the server and here. Throws Problem. */
  async erase(everything) {
    if (this.joining) await this.joining;
    // Pressed twice, it is done once.
    if (!this.kept.id) return;
    // Whether the token known here still opens it is not known either, and "gone" could mean that it is there.
    if (this.joinRequest) throw new Problem(0);
    const awake = this.running;
    // Whoever listens on would only hear that it is gone.
    this.stop();
    const call = this.request("DELETE", this.path(everything ? "/customer" : ""), null, { alone: true }).catch((problem) => (problem.gone ? {} : Promise.reject(problem))).then((receipt) => {
      this.forget();
      this.receipt = receipt;
      this.changed();
    }).finally(() => { this.joining = null; });
    this.joining = call.catch(() => awake && this.start());
    return call;
  },

  /** Everything kept about this person, as a ZIP. Throws Problem. */
  copy() {
    return this.request("GET", this.path("/export"), null, { accept: "application/zip", patience: 60000 });
  },
});
