/*
 * Huilu's chat for any website: <script async src="https://host/widget.js"></script>
 *
 * The server answers /widget.js with `const SERVER = {...};` (see web/pages/widget.py) and the files named in
 * parts.json, in that order, inside one strict function. So every file here may use SERVER and the names of the files
 * before it; there is no build step and no dependency.
 *
 * The site may say how the chat looks before it loads, in window.huiluSettings or as data- attributes of the
 * script: locale, color, position ("left" or "right"), logo, title, open, target (a selector: the chat fills that
 * element), privacy (address of the site's privacy notice), origin; in huiluSettings only: customer ({id, name,
 * email, phone, time, nonce, signature}), context (facts by name) and texts ({en: {title, intro, ...}, ...}).
 */
const SCRIPT = document.currentScript;
const GIVEN = window.huiluSettings ?? {};

/** A setting of the page: window.huiluSettings first, then the script's data- attribute, else undefined. */
const setting = (name) => GIVEN[name] ?? SCRIPT?.dataset[name];

/** Where the chat's server lives; a bundled copy of this script has no address of its own and must be told. */
const ORIGIN = new URL(setting("origin") ?? SCRIPT?.src ?? location.href, location.href).origin;

const LANGUAGES = [["en", "English"], ["zh-Hans", "简体中文"], ["zh-Hant", "繁體中文"]];
const MAX_LENGTH = 4000;

/** The language code of ours that is nearest to a BCP 47 tag such as "zh-TW" or "en-GB"; undefined without a tag. */
function nearestLanguage(tag) {
  if (!/^zh\b/i.test(tag)) return tag && "en";
  return /hant|-(tw|hk|mo)\b/i.test(tag) ? "zh-Hant" : "zh-Hans";
}

/** What the page asks for, before the customer has said anything: setting, page language, browser language. */
const pageLanguage = () =>
  nearestLanguage(setting("locale") || document.documentElement.lang || navigator.language) ?? "en";

const TEXTS = {};
const loading = {};

/** Fetches the words of a language, once. Throws when the server cannot be reached. */
async function loadTexts(language) {
  const address = `${ORIGIN}/widget/${language}?v=${SERVER.texts[language]}`;
  const fetched = (loading[language] ??= fetch(address, { credentials: "omit" })
    .then((response) => (response.ok ? response.json() : Promise.reject(response.status))));
  try {
    const own = setting("title") && { title: setting("title") };
    TEXTS[language] = { ...await fetched, ...own, ...GIVEN.texts?.[language] };
  } catch (error) {
    delete loading[language];
    throw error;
  }
}

/** The words for a key in a language whose texts were loaded, with {placeholders} filled in. */
function words(language, key, values = {}) {
  const text = TEXTS[language]?.[key] ?? key;
  return String(text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A random UUID (version 4); crypto.randomUUID is missing on plain http pages. */
function uuid() {
  const digit = (mask) => (mask ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (mask / 4)))).toString(16);
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, digit);
}

/**
 * What the tabs of a site share. Every name and every unsent message is an entry of localStorage by itself: what a tab
 * reads may be a moment old, and writing all of it back would undo what another tab has just written.
 * Kept in memory where the browser forbids storage.
 */
class Store {
  constructor(origin) {
    this.key = `huilu:${origin}`;
    this.memory = {};
    // What could not be written, because storage is full or forbidden.
    this.unwritten = {};
  }

  /** What is kept, by name, and as `outbox` what is not sent yet, oldest first. */
  read() {
    if (this.fresh) return this.fresh;
    const names = Object.keys(this.entries());
    const outbox = names.filter((name) => name.startsWith("unsent:")).map((name) => this.memory[name]);
    // One look for all that is drawn in one go.
    queueMicrotask(() => { this.fresh = null; });
    this.fresh = { rated: {}, status: "bot", ...this.memory, outbox: outbox.sort((one, other) => one.order - other.order) };
    return this.fresh;
  }

  entries() {
    try {
      const start = `${this.key}:`;
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(start));
      this.memory = Object.fromEntries(keys.map((key) => [key.slice(start.length), JSON.parse(localStorage[key])]));
    } catch {
      // Storage is blocked or holds something foreign: the memory copy serves for this page.
    }
    Object.assign(this.memory, this.unwritten);
    return this.memory;
  }

  /** Changes some names, in the order given, so that another tab never sees a later one without an earlier one. */
  write(changes) {
    this.fresh = null;
    for (const [name, value] of Object.entries(changes)) {
      delete this.memory[name];
      delete this.unwritten[name];
      try {
        if (value == null) localStorage.removeItem(`${this.key}:${name}`);
        else localStorage.setItem(`${this.key}:${name}`, JSON.stringify(value));
      } catch {
        // No durable storage: the page still works until it is left.
        if (value != null) this.memory[name] = this.unwritten[name] = value;
      }
    }
  }

  /** Keeps an unsent item behind all others; the same id again replaces it. */
  put(item) {
    const order = Math.max(Date.now(), ...this.read().outbox.map((other) => other.order + 1));
    this.write({ [`unsent:${item.id}`]: { ...item, order } });
  }

  /** Changes an unsent item, where it is still there (and, with `order`, still the same); without changes it goes. */
  change(id, changes, order) {
    const item = this.entries()[`unsent:${id}`];
    if (item && (!order || item.order === order)) this.write({ [`unsent:${id}`]: changes && { ...item, ...changes } });
  }
}

/** Keeps a word for this tab's visit, or reads it; without storage the next page begins without. */
function forVisit(name, value) {
  try {
    const key = `huilu:${ORIGIN}:${name}`;
    if (value !== undefined) sessionStorage.setItem(key, value);
    return sessionStorage.getItem(key);
  } catch {
    return "";
  }
}

// Longer than any request takes: a tab that holds on to something for so long was put to sleep over it.
const ASLEEP_AFTER = 20000;

/** Runs `task` while no other tab of the site does the same, where the browser can promise that. */
function exclusive(name, task) {
  let began = false;
  const run = () => {
    began = true;
    return task();
  };
  const lock = (options) => navigator.locks.request(`huilu:${ORIGIN}:${name}`, options, run);
  if (!navigator.locks) return task();
  return lock({ signal: AbortSignal.timeout?.(ASLEEP_AFTER) }).catch((problem) => {
    if (problem.name === "TimeoutError") return lock({ steal: true });
    // Another tab took it from this one, which had been asleep; what was done meanwhile does no harm when done again.
    if (problem.name === "AbortError") return exclusive(name, task);
    // A frame that is shut off has locks, but may not use them.
    if (!began) return task();
    throw problem;
  });
}
