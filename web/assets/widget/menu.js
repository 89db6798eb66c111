/* The menu: rate, take a copy, begin anew, delete. */

Object.assign(ChatView.prototype, {
  toggleMenu(open) {
    this.menu.hidden = !open;
    this.menuButton.setAttribute("aria-expanded", String(open));
    if (!open) return;
    const item = (role, action) => button(`menu-${role}`, this.t(role), action);
    const asked = (role, action) => item(role, () => this.confirm(role, action));
    this.menu.replaceChildren(...(this.client.kept.id ? [
      item("rate", () => this.askForRating()),
      item("export", () => this.saveCopy()),
      asked("restart", () => this.client.restart()),
      asked("erase", () => this.erase(false)),
      asked("forget", () => this.erase(true)),
    ] : [h("p", {}, this.t("menu_empty"))]));
  },

  /** Asks in the menu's place before something that cannot be taken back. */
  confirm(key, action) {
    const asked = { "aria-describedby": "ask" };
    const cancel = button("cancel", this.t("cancel"), () => this.leaveMenu(), asked);
    this.menu.replaceChildren(h("p", { id: "ask" }, this.t(`${key}_ask`)), cancel,
      button("confirm", this.t(key), () => this.attempt(action), { ...asked, class: "filled" }));
    cancel.focus();
  },

  /** Does something at once with the server; a refusal is said in the menu's place. */
  async attempt(action) {
    try {
      await action();
      this.leaveMenu();
    } catch (problem) {
      this.menu.replaceChildren(h("p", { class: "problem", role: "alert" }, problem.detail || this.t("error_generic")));
    }
  },

  async erase(everything) {
    await this.client.erase(everything);
    this.announce(this.receipt.textContent);
  },

  leaveMenu() {
    this.toggleMenu(false);
    this.menuButton.focus();
  },

  askForRating() {
    this.toggleMenu(false);
    this.rating ??= {
      key: "rating", author: "system", index: this.client.items().length, created_at: new Date().toISOString(),
      payload: { survey: { kind: "csat", subject_id: this.client.kept.id } },
    };
    this.update();
    this.parts.get("rating")?.node.querySelector("[data-focus]")?.focus();
  },

  saveCopy() {
    return this.attempt(async () => {
      const address = URL.createObjectURL(await this.client.copy());
      h("a", { href: address, download: "my-data.zip" }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10000);
    });
  },
});
