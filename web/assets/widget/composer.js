/* Where the customer writes: the field, files, consent before the first word, and what stands there when it is over. */

Object.assign(ChatView.prototype, {
  composer(draft) {
    this.input = h("textarea", {
      rows: 1, part: "input", "data-role": "input", placeholder: this.t("placeholder"),
      "aria-label": this.t("input_label"), enterkeyhint: "send",
      input: () => {
        this.measure();
        if (this.input.value) this.client.writes();
      },
      keydown: (event) => {
        // 229: Safari ends a composition before it reports the Enter that ended it.
        if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
        event.preventDefault();
        this.submit();
      },
      paste: (event) => this.takeFiles(event, event.clipboardData),
    });
    this.input.value = draft || forVisit("draft") || "";
    this.counter = h("p", { class: "counter", "data-role": "counter", hidden: true });
    const chooser = h("input", { type: "file", multiple: true, accept: SERVER.files.accept, hidden: true, "data-role": "file",
      change: () => {
        this.attach(chooser.files);
        chooser.value = "";
      } });
    this.form = h("form", { class: "composer", submit: (event) => { event.preventDefault(); this.submit(); } },
      button("attach", icon("clip"), () => chooser.click(), { class: "plain clip", "aria-label": this.t("attach"), title: this.t("attach") }),
      chooser, this.input, button("send", this.t("send"), null, { type: "submit", class: "filled", part: "send" }));
    this.receipt = h("p", { role: "status", "data-role": "receipt" });
    this.over = h("div", { class: "over", hidden: true }, this.receipt, button("restart", this.t("restart"), () => {
      this.client.restart();
      this.input.focus();
    }, { class: "filled" }));
    this.asking = h("div", { class: "over", "data-role": "consent", hidden: true }, h("p", { id: "consent" }, this.t("consent")),
      button("agree", this.t("agree"), () => {
        this.client.agree();
        this.input.focus();
      }, { class: "filled", "aria-describedby": "consent" }));
    return [this.form, this.counter, this.over, this.asking];
  },

  /** Shows what can be done now: agree, write, or begin anew. */
  updateComposer() {
    const { status, receipt } = this.client;
    const needsConsent = this.client.needsConsent();
    const over = status === "closed" || Boolean(receipt);
    this.asking.hidden = over || !needsConsent;
    this.form.hidden = over || needsConsent;
    this.over.hidden = !over;
    const told = receipt?.receipt ? "erased_receipt" : "erased";
    setText(this.receipt, receipt ? this.t(told, { number: receipt.receipt }) : "");
  },

  /** Where the keyboard goes when the chat opens. */
  firstStop() {
    return [this.asking, this.over].find((part) => !part.hidden)?.querySelector("button") ?? this.input;
  },

  submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.setDraft("");
    this.client.say(text);
    this.scrollToEnd();
  },

  setDraft(text) {
    this.input.value = text;
    this.measure();
  },

  /** Grows the field with its text, keeps it over a reload, and counts when the limit comes near. */
  measure() {
    forVisit("draft", this.input.value);
    const stay = this.atEnd();
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight + 2}px`;
    if (stay) this.scrollToEnd();
    const { length } = this.input.value;
    this.counter.hidden = length < MAX_LENGTH * 0.9;
    const number = new Intl.NumberFormat(this.client.language);
    setText(this.counter, this.t("counter", { n: number.format(length), max: number.format(MAX_LENGTH) }));
  },

  attach(files) {
    for (const file of files) this.client.attach(file);
    this.scrollToEnd();
  },

  /** Files that were pasted or dropped; anything else goes its usual way. */
  takeFiles(event, data) {
    if (!data?.files.length || this.form.hidden) return;
    event.preventDefault();
    this.attach(data.files);
  },
});
