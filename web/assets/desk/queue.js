// Offers of waiting cases: told once, counted down, and announced to whoever rings the bell (`huilu:offer`).

const area = () => document.getElementById("offers");
const shown = () => [...(area()?.querySelectorAll("[data-offer]") ?? [])];
const ends = new Map();
// Told once in a window, whichever of its pages is shown: storage may be switched off, then each page tells anew.
const TOLD = "huilu-offers-told";
let known = new Set(told());

function told() {
  try { return JSON.parse(sessionStorage.getItem(TOLD)) || []; } catch { return []; }
}

function countDown() {
  for (const offer of shown()) {
    const left = Math.max(0, Math.ceil((ends.get(offer.dataset.offer) - performance.now()) / 1000));
    const words = offer.querySelector("[data-seconds]");
    words.textContent = words.dataset.words.replace("{seconds}", left);
    offer.querySelector("progress").value = left;
  }
}

// The server says how many seconds are left, because this machine's clock may be wrong.
function note() {
  const present = new Set();
  for (const offer of shown()) {
    const id = offer.dataset.offer;
    present.add(id);
    ends.set(id, performance.now() + Number(offer.querySelector("[data-seconds]").dataset.seconds) * 1000);
    if (known.has(id)) continue;
    const detail = { id, number: offer.dataset.number, words: offer.querySelector(".offer-title").textContent };
    document.dispatchEvent(new CustomEvent("huilu:offer", { detail }));
  }
  for (const id of ends.keys()) if (!present.has(id)) ends.delete(id);
  known = present;
  try { sessionStorage.setItem(TOLD, JSON.stringify([...known])); } catch { /* not remembered then */ }
  countDown();
}

// What was told before is not told again; what was typed and what was unfolded stay as they are.
let typed = new Map();
const unfolded = new Set();

function unfold(offer) {
  unfolded.add(offer.dataset.offer);
  offer.classList.add("unfolded");
}

document.addEventListener("click", ({ target }) => {
  const offer = target.closest?.("[data-unfold]")?.closest("[data-offer]");
  if (!offer) return;
  unfold(offer);
  // The field for the reason has no room on a small screen, and what is hidden takes no focus.
  const steps = [...offer.querySelectorAll(".offer-refuse [name=why], .offer-refuse button")];
  steps.find((each) => each.checkVisibility())?.focus();
});

// Which of the offers has the focus; -1 for none.
let held = -1;
document.body.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt === area()) detail.parameters.seen = [...known].join(",");
});
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target !== area()) return;
  held = shown().findIndex((offer) => offer.contains(document.activeElement));
  typed = new Map(shown().map((offer) => [offer.dataset.offer, offer.querySelector("input[name=why]").value]));
});
document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target !== area()) return;
  for (const offer of shown()) {
    offer.querySelector("input[name=why]").value = typed.get(offer.dataset.offer) ?? "";
    if (unfolded.has(offer.dataset.offer)) unfold(offer);
  }
  note();
});
// With an offer that goes its focus would go: it passes to the next one, or to what the page is about.
document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target !== area() || held < 0) return;
  const lost = document.activeElement === document.body;
  const next = shown()[Math.min(held, shown().length - 1)];
  held = -1;
  if (!lost) return;
  // All but the first are folded up, with a button that unfolds them.
  const steps = [...(next?.querySelectorAll("button") ?? [])].filter((each) => each.checkVisibility());
  (steps.find((each) => each.matches(".btn-primary")) || steps[0] || document.getElementById("main"))?.focus();
});
window.setInterval(countDown, 1000);
