// Several chats at once: what is unread, and how somebody who looks elsewhere hears of it.

import { send } from "./sending.js";

const ALERTS = ["sound", "notice"];
const WRITING_LASTS = 6500;
const TONES = [[660, 0], [880, 0.14]];

const strip = () => document.getElementById("chats");
const openId = () => new URL(strip()?.getAttribute("hx-get") ?? "", location.href).searchParams.get("ticket");

function kept(name, value) {
  try {
    const key = `huilu-alert-${name}`;
    if (value !== undefined) localStorage.setItem(key, value);
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

// ---- the switches, under one's own name ----

const allowed = () => "Notification" in window && Notification.permission === "granted";
const wanted = (name) => kept(name) === "yes" && (name !== "notice" || allowed());

function showSwitches() {
  const box = document.querySelector("[data-alerts]");
  if (!box) return;
  box.hidden = false;
  for (const name of ALERTS) box.querySelector(`[data-alert="${name}"]`).setAttribute("aria-checked", String(wanted(name)));
}

async function turn(name) {
  const on = !wanted(name);
  // Browsers let a page ask, and sound, only when somebody has pressed something.
  if (on && name === "notice" && "Notification" in window) await Notification.requestPermission();
  kept(name, on ? "yes" : "no");
  const refused = on && name === "notice" && !allowed();
  document.querySelector("[data-alert-refused]").hidden = !refused;
  if (on && name === "sound") beep();
  showSwitches();
}

// ---- being heard ----

let audio = null;

function beep() {
  try {
    audio ??= new AudioContext();
    for (const [tone, after] of TONES) {
      const source = audio.createOscillator();
      const volume = audio.createGain();
      const start = audio.currentTime + after;
      source.frequency.value = tone;
      volume.gain.setValueAtTime(0.12, start);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.13);
      source.connect(volume).connect(audio.destination);
      source.start(start);
      source.stop(start + 0.14);
    }
  } catch {
    // A browser without sound still shows the number.
  }
}

/** Calls attention to something; who it is about is only said on a page that its reader looks at. */
function alertTo(words, named, address) {
  if (wanted("sound")) beep();
  if (!wanted("notice")) return;
  let notice;
  try {
    notice = new Notification("Huilu", { body: document.hidden ? words : named || words, tag: words });
  } catch {
    // Chrome on Android knows the name and still makes none.
    return;
  }
  notice.onclick = () => {
    window.focus();
    if (address) location.assign(address);
    notice.close();
  };
}

// ---- the strip ----

let before = null;

function stateNow() {
  const state = document.getElementById("chats-state");
  if (!state) return null;
  const chats = [...strip().querySelectorAll("[data-chat]")].map(({ dataset, href }) =>
    [dataset.chat, { unread: Number(dataset.unread), name: dataset.name, passed: dataset.passed, href }]);
  const { unread, newest, writes, mailHint } = state.dataset;
  return { chats: new Map(chats), unread: Number(unread), newest, writes, mailHint };
}

function compare(now, earlier) {
  const words = strip().dataset;
  // As an offer, it is told whatever is being looked at.
  const passed = [...now.chats].find(([id, chat]) => chat.passed && !earlier.chats.has(id))?.[1];
  if (passed) {
    alertTo(words.passed, words.passedBy.replace("{name}", passed.passed), passed.href);
    return;
  }
  for (const [id, chat] of now.chats) {
    const more = chat.unread > (earlier.chats.get(id)?.unread ?? 0);
    if (more && (document.hidden || id !== openId())) {
      alertTo(words.message, words.messageOf.replace("{name}", chat.name), chat.href);
      return;
    }
  }
  if (now.newest > earlier.newest) alertTo(words.case, "", "/desk");
}

// The steps to the next chat are shown where the strip is longer than its place; by key they work in any case.
function showSteps() {
  const row = strip()?.querySelector("ul");
  strip()?.classList.toggle("scrolls", Boolean(row) && row.scrollWidth > row.clientWidth + 1);
}

const title = document.title.replace(/^\(\d+\) /, "");

function renewed() {
  const now = stateNow();
  if (!now) return;
  showSteps();
  document.title = now.unread ? `(${now.unread}) ${title}` : title;
  const earlier = before;
  before = now;
  if (earlier) compare(now, earlier);
  const hint = document.getElementById("mail-hint");
  if (hint && now.mailHint !== undefined) hint.textContent = now.mailHint;
  if (strip().querySelector("[data-writes]") || now.writes) setTimeout(lookAgain, WRITING_LASTS);
}

function lookAgain() {
  const box = strip();
  if (box && (box.querySelector("[data-writes]") || document.getElementById("writing")?.textContent.trim())) {
    window.htmx.trigger(box, "look");
  }
}

export function watchChats() {
  showSwitches();
  window.addEventListener("resize", showSteps);
  document.addEventListener("click", ({ target }) => {
    const pressed = target.closest?.("[data-alert]");
    if (pressed) turn(pressed.dataset.alert);
  });
  // The open case was read, so its number of unread messages goes.
  document.addEventListener("huilu:read", () => strip()?.querySelector(".chat-unread") && window.htmx.trigger(strip(), "look"));
  document.addEventListener("huilu:offer", () => strip() && alertTo(strip().dataset.offer, "", "/desk"));
  document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target?.id === "chats") renewed();
  });
}
