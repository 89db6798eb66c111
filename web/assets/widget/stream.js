/* Keeping up with the server: the event stream, and polling where a network lets no stream through. */

// The server sends a heartbeat every 15 s, so a longer silence means a dead or a withheld stream.
const SILENCE_LIMIT = 25000;
const POLL_EVERY = 4000;
const MOST_POLLS = 15;

/**
 * Reads server-sent events from a fetch response until it ends.
 * @param {(event: {event: string, id: string, data: string}) => void} onEvent
 * @param {() => void} onBytes called at anything that arrives, heartbeats too.
 */
async function readEvents(response, onEvent, onBytes) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onBytes();
    buffer += value;
    // A \r at the very end may be half of \r\n, whose other half is still on its way.
    const blocks = buffer.replace(/\r\n|\r(?!$)/g, "\n").split("\n\n");
    buffer = blocks.pop();
    for (const block of blocks) {
      const event = { event: "message", id: "", data: "" };
      for (const line of block.split("\n")) {
        const [, field, text] = /^(\w+): ?(.*)$/.exec(line) ?? [];
        if (field === "data") event.data += (event.data && "\n") + text;
        else if (field) event[field] = text;
      }
      if (event.data) onEvent(event);
    }
  }
}

Object.assign(ChatClient.prototype, {
  /** Starts keeping up; does nothing when already at it. */
  start() {
    if (this.running || this.needsConsent()) return;
    const run = {};
    this.running = run;
    this.aside = false;
    const stored = this.kept;
    // The page has changed its language since the conversation began, so answers must follow.
    if (stored.id && stored.language !== this.language) this.setLanguage(this.language).catch(() => {});
    this.follow(run);
    this.flush();
    this.join();
  },

  stop() {
    this.running = null;
    this.control?.abort();
    this.wake();
  },

  restartStream() {
    this.stop();
    this.start();
  },

  /** The loop behind it all: catch up, then listen (or hear from the tab that listens); on trouble wait and begin again. */
  async follow(run) {
    let failures = 0;
    let tries = 0;
    const listen = async () => {
      if (failures < 2) failures = (await this.listenToStream(run)) ? 0 : failures + 1;
      else {
        await this.poll(run);
        failures = 1;
      }
    };
    while (this.running === run) {
      try {
        await this.ensure();
        if (this.running !== run) return;
        await this.catchUp();
        tries = 0;
        this.startProblem = this.slowed = null;
        await this.inOneTab(run, listen);
      } catch (problem) {
        if (this.running !== run || !this.survives(problem)) return;
        tries += 1;
        await this.wait(problem.retryAfter * 1000 || backOff(tries));
      }
    }
  },

  /** Whether the loop goes on after a problem; a conversation the server no longer knows is begun afresh, quietly. */
  survives(problem) {
    if (problem.gone && this.kept.id) {
      const { outbox } = this.kept;
      this.drop(outbox.filter((item) => item.body.text));
      return true;
    }
    if (problem.temporary) {
      if (problem.status === 429) this.slowed = problem.detail;
      else this.setLost(true);
      this.changed();
      return true;
    }
    if (!(problem instanceof Problem)) console.error(problem);
    this.startProblem = problem.detail || this.t("error_generic");
    this.running = null;
    this.changed();
    return false;
  },

  /** Listens until the stream ends. Answers whether anything came through it at all. */
  async listenToStream(run) {
    const control = new AbortController();
    this.control = control;
    this.streamAlive = false;
    let timer;
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(() => control.abort(), SILENCE_LIMIT);
      this.heard = Date.now();
      this.tellTabs({});
    };
    watch();
    const began = Date.now();
    try {
      await this.joining;
      const { token } = this.kept;
      const response = await fetch(`${ORIGIN}/api/chat/conversations${this.path("/events")}`, {
        headers: { Authorization: `Bearer ${token}`, "Last-Event-ID": String(this.seq) },
        signal: control.signal, credentials: "omit",
      });
      if (!response.ok) return false;
      await readEvents(response, (event) => this.running === run && this.onEvent(event), () => {
        this.streamAlive = true;
        this.setLost(false);
        watch();
      });
    } catch {
      // An aborted or broken stream ends like any other; the loop catches up and opens the next.
    } finally {
      clearTimeout(timer);
    }
    const came = this.streamAlive;
    this.streamAlive = false;
    if (this.running === run) await this.wait(Date.now() - began < 5000 ? 2000 : 300);
    return came;
  },

  onEvent({ event, data }) {
    let value;
    try {
      value = JSON.parse(data);
    } catch {
      return;
    }
    // The server ends the oldest of too many streams: this page has been left open somewhere and is not looked at.
    if (event === "replaced") return this.standAside();
    this.tellTabs({ event, data });
    if (event === "status") this.setState(value);
    else this.take([value]);
  },

  standAside() {
    this.aside = true;
    this.stop();
  },

  async poll(run) {
    for (let turn = 0; turn < MOST_POLLS && this.running === run; turn += 1) {
      await this.wait(document.hidden ? 4 * POLL_EVERY : POLL_EVERY);
      if (this.running === run) await this.catchUp();
    }
  },

  /** Follows the browser's own signs: network lost or back, page shown again, another tab at work. */
  watchBrowser() {
    addEventListener("offline", () => {
      this.setLost(true);
      this.control?.abort();
    });
    addEventListener("online", () => this.lookAgain());
    document.addEventListener("visibilitychange", () => document.hidden || this.lookAgain());
    // A page that is kept aside must hold neither a stream nor the part of the listening tab.
    addEventListener("pagehide", () => this.running && this.standAside());
    addEventListener("pageshow", (event) => event.persisted && this.lookAgain());
    addEventListener("storage", (event) => {
      if (!event.key?.startsWith(this.store.key)) return;
      if (event.key === `${this.store.key}:id`) this.followOtherTab(JSON.parse(event.newValue));
      // What another tab wrote is its own to send, unless that tab was closed or fell asleep over it.
      if (event.newValue && event.key.includes(":unsent:")) setTimeout(() => this.running && this.flush(), ASLEEP_AFTER);
      this.changed();
    });
    this.listenToTabs();
  },

  /** Back from sleep or from a dead network: the stream may be dead without knowing it. */
  lookAgain() {
    this.tries = 0;
    if ((this.aside && !document.hidden) || (this.running && Date.now() - this.heard > SILENCE_LIMIT)) this.restartStream();
    this.wake();
    // Also what another tab left unsent when it was closed.
    if (this.running) this.flush();
  },

  /** Another tab has ended the conversation or begun the next; only the tab that was asked opens one. */
  followOtherTab(id) {
    const awake = this.running || this.leftByOtherTab;
    this.stop();
    this.clear();
    this.emit("restarted");
    this.leftByOtherTab = Boolean(awake && !id);
    if (awake && id) this.start();
  },
});
