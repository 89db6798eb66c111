/* The custom element <huilu-chat>, its launcher, and what the page may do with it: window.Huilu. */

const client = new ChatClient();
const SMALL = matchMedia("(max-width: 480px), (max-height: 420px)");
const RECENT = 30 * 60 * 1000;

class HuiluChat extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const inline = this.hasAttribute("inline");
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = styleSheets(setting("color"));
    this.unread = 0;
    this.view = new ChatView(client, shadow, { inline, close: () => this.close() });
    this.launcher = h("button", {
      type: "button", class: "launcher", part: "launcher", "data-role": "launcher", "aria-expanded": "false", "aria-controls": "panel",
      click: () => this.toggle(),
    });
    if (!inline) shadow.append(this.launcher);
    shadow.append(this.view.panel);
    // The page's own keyboard shortcuts must not fire while somebody writes here.
    for (const kind of ["keydown", "keypress", "keyup"]) this.view.panel.addEventListener(kind, (event) => this.onKey(event));
    SMALL.addEventListener("change", () => this.updateModal());
    client.listen((name, detail) => this.onClient(name, detail));
    this.update();
    if (inline) this.open({ focus: false });
  }

  get isOpen() {
    return !this.view.panel.hidden;
  }

  open({ focus = true } = {}) {
    this.view.panel.hidden = false;
    this.unread = 0;
    this.remember(true);
    this.update();
    this.updateModal();
    if (!client.receipt) client.start();
    this.view.scrollToEnd();
    if (focus) this.view.firstStop().focus();
  }

  close() {
    if (this.hasAttribute("inline") || !this.isOpen) return;
    const held = this.shadowRoot.activeElement;
    this.view.panel.hidden = true;
    this.remember(false);
    this.update();
    if (held) this.launcher.focus();
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  /** Keeps the panel open across pages of one visit. */
  remember(open) {
    if (!this.hasAttribute("inline")) forVisit("open", open ? "1" : "");
  }

  wasOpen() {
    // On a small screen the panel would hide the page the customer just went to.
    return !SMALL.matches && forVisit("open") === "1";
  }

  onClient(name, detail) {
    if (name === "message" && !this.isOpen && detail.author !== "customer") this.unread += 1;
    if (name === "restarted") {
      this.unread = 0;
      this.view.rating = null;
    }
    this.update();
  }

  update() {
    this.lang = client.language;
    const open = this.isOpen;
    this.launcher.setAttribute("aria-expanded", String(open));
    const label = this.view.t(open ? "close" : this.unread ? "launcher_unread" : "launcher_open", { n: this.unread });
    if (this.launcher.title !== label) {
      this.launcher.setAttribute("aria-label", label);
      this.launcher.title = label;
      this.launcher.replaceChildren(open ? "×" : icon("chat"));
      if (this.unread && !open) this.launcher.append(h("span", { class: "unread", "data-role": "unread" }, String(this.unread)));
    }
    this.view.update();
  }

  /** On a small screen the panel covers the page, so it is modal there. */
  updateModal() {
    this.modal = SMALL.matches && this.isOpen && !this.hasAttribute("inline");
    if (this.modal) this.view.panel.setAttribute("aria-modal", "true");
    else this.view.panel.removeAttribute("aria-modal");
  }

  onKey(event) {
    event.stopPropagation();
    if (event.type !== "keydown" || event.isComposing) return;
    if (event.key === "Escape") {
      if (!this.view.menu.hidden) this.view.leaveMenu();
      else this.close();
    }
    if (event.key === "Tab" && this.modal) this.keepInside(event);
  }

  keepInside(event) {
    const stops = [...this.view.panel.querySelectorAll("a[href], button, select, textarea, input, [tabindex='0']")]
      .filter((element) => element.getClientRects().length);
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (this.shadowRoot.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0]).focus();
  }
}

const handlers = {};
let element = null;
let ready = false;

client.listen((name, detail) => {
  for (const handler of handlers[name] ?? []) handler(detail);
});

/** The element of the page that the chat fills, where the site names one. */
function wantedPlace() {
  try {
    return setting("target") && document.querySelector(setting("target"));
  } catch {
    return null;
  }
}

/** Begins once the page and the words are there; on a bad line it tries again until they are. */
async function mount() {
  for (let tries = 1; !TEXTS[client.language]; tries += 1) await loadTexts(client.language).catch(() => client.wait(backOff(tries)));
  if (document.readyState === "loading") await new Promise((go) => document.addEventListener("DOMContentLoaded", go));
  const target = wantedPlace();
  element = document.createElement("huilu-chat");
  if (target) element.setAttribute("inline", "");
  element.setAttribute("position", setting("position") === "left" ? "left" : "right");
  (target || document.body).append(element);
  client.watchBrowser();
  const stored = client.kept;
  const asked = ["", true, "true"].includes(setting("open"));
  if (!target && (asked || element.wasOpen())) element.open({ focus: false });
  else if (stored.outbox.length || (stored.id && stored.status !== "closed" && Date.now() - stored.active < RECENT)) client.start();
  ready = true;
  for (const handler of handlers.ready ?? []) handler();
  document.dispatchEvent(new CustomEvent("huilu:ready"));
}

const whenReady = (task) => (ready ? task() : (handlers.ready ??= []).push(task));

// A page that includes the script twice still gets one chat.
if (!customElements.get("huilu-chat")) {
  customElements.define("huilu-chat", HuiluChat);
  window.Huilu = {
    open: () => whenReady(() => element.open()),
    close: () => whenReady(() => element.close()),
    toggle: () => whenReady(() => element.toggle()),
    setLocale: (tag) => {
      client.hostLanguage = nearestLanguage(tag) ?? client.hostLanguage;
      return client.setLanguage(client.hostLanguage);
    },
    setUser: (customer) => {
      if (!customer) return window.Huilu.reset();
      client.setCustomer(customer);
      return whenReady(() => element.isOpen && client.start());
    },
    /** What this visit is about, for whoever serves: words or numbers by name, such as {order: "A-1"}. */
    setContext: (context) => client.setContext(context),
    /** For signing out: the next to open the chat on this device sees nothing of it. */
    reset: () => {
      client.customer = null;
      client.forget();
      whenReady(() => {
        element.view.setDraft("");
        element.close();
      });
    },
    /** name: "ready", "message", "handoff" or "rated". Answers a function that stops listening. */
    on(name, handler) {
      (handlers[name] ??= []).push(handler);
      if (name === "ready" && ready) handler();
      return () => { handlers[name] = handlers[name].filter((other) => other !== handler); };
    },
  };
  mount();
}
