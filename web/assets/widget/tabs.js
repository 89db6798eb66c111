/* Several tabs of one site: one of them listens to the server and tells the others what it hears. */

// The tab that listens says so at least at every heartbeat of the server, which comes every 15 s.
const DEAF_AFTER = 40000;

let channel = null;
try {
  channel = navigator.locks && new BroadcastChannel(`huilu:${ORIGIN}`);
} catch {
  // Each tab listens for itself then.
}

Object.assign(ChatClient.prototype, {
  /**
   * Runs `listen` in one tab at a time; in the others it waits for its turn, which comes when that tab is closed.
   * A tab that hears nothing for long (the listening one may be asleep) listens for itself once.
   */
  async inOneTab(run, listen) {
    if (!channel || this.alone) {
      this.alone = false;
      return listen();
    }
    const began = Date.now();
    const control = new AbortController();
    this.control = control;
    this.heard = began;
    const watch = setInterval(() => {
      this.alone = Date.now() - this.heard > DEAF_AFTER;
      if (this.alone) control.abort();
    }, 5000);
    const lead = async () => {
      clearInterval(watch);
      if (this.running !== run) return;
      this.leading = true;
      if (Date.now() - began > 500) {
        // The tab that listened may be gone, with something unsent.
        this.flush();
        await this.catchUp();
      }
      await listen();
    };
    try {
      await navigator.locks.request(`huilu:${ORIGIN}:listen`, { signal: control.signal }, lead);
    } catch (error) {
      if (!control.signal.aborted) throw error;
    } finally {
      this.leading = false;
      clearInterval(watch);
    }
  },

  /** Whether what the server says arrives here by itself. */
  listening() {
    return this.streamAlive || (channel && !this.leading && Date.now() - this.heard < DEAF_AFTER);
  },

  tellTabs(news) {
    if (this.leading) channel.postMessage({ id: this.kept.id, lost: this.lost, ...news });
  },

  listenToTabs() {
    channel?.addEventListener("message", ({ data }) => {
      if (!this.running || data.id !== this.kept.id) return;
      if (data.said) return this.take([data.said]);
      if (this.leading || this.streamAlive) return;
      this.heard = Date.now();
      this.setLost(data.lost);
      if (data.state) this.takeState(data.state);
      if (data.event) this.onEvent(data);
    });
  },
});
