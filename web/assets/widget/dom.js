/* Building elements without markup strings, so that a page's strictest content policy holds and nothing said can become code. */

/** An element with attributes (functions become listeners, false and null are left out) and children. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** A button; `role` is its stable name for tests, `more` holds further attributes. */
const button = (role, label, click, more) => h("button", { type: "button", class: "plain", "data-role": role, click, ...more }, label);

const ICONS = {
  chat: "M4 4h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-9l-5 4v-4H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zm3 5v2h10V9zm0 4v2h7v-2z",
  bot: "M11 2h2v3h5a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2h5zM8 9v3h3V9zm5 0v3h3V9zm-5 6v2h8v-2z",
  clip: "M6 7v9a6 6 0 0 0 12 0V6a4 4 0 0 0-8 0v10a2 2 0 0 0 4 0V7h-2v9V6a2 2 0 0 1 4 0v10a4 4 0 0 1-8 0V7z",
  person: "M12 3a4 4 0 0 1 0 9 4 4 0 0 1 0-9zM3 21a9 7 0 0 1 18 0z",
};

/** A decorative picture; its meaning must stand in words beside it. */
function icon(name) {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** The site's own sign in the header, where it gave one; a picture that cannot be loaded leaves no trace. */
function logo() {
  const src = setting("logo");
  const image = src && h("img", { class: "logo", src, alt: "", error: () => image.remove() });
  return image;
}

/** A link out of the chat, or plain words when the address is not http(s). `spoken` is added for screen readers only. */
function outsideLink(address, label, spoken) {
  let url;
  try {
    url = new URL(address, ORIGIN);
  } catch {
    return label;
  }
  if (!/^(https?|mailto|tel):$/.test(url.protocol)) return label;
  const note = spoken && h("span", { class: "unseen" }, ` ${spoken}`);
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, label, note);
}

// An address ends at white space, quotes and Chinese punctuation, which follows it without a space.
const ADDRESS = /https?:\/\/[^\s<>"'\u2018-\u201d\u3001-\u3011\uff01-\uff1f]+/g;

/** Plain text as nodes: http(s) addresses become links; line breaks are kept by the style. */
function linked(text, spoken) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    let address = match[0].replace(/[.,;:!?*_]+$/, "");
    if (address.endsWith(")") && !address.includes("(")) address = address.slice(0, -1);
    nodes.push(text.slice(end, match.index), outsideLink(address, address, spoken));
    end = match.index + address.length;
  }
  return [...nodes, text.slice(end)];
}

/** When something was said, in the reader's zone; its day stands above it in the log. */
const timeOf = (iso, language) => h("time", { datetime: iso }, formatted(iso, language, { hour: "2-digit", minute: "2-digit" }));

/** A time in the reader's language and zone; "" for none. */
function formatted(iso, language, style) {
  const when = new Date(iso);
  return +when ? new Intl.DateTimeFormat(language, style).format(when) : "";
}

/** Readable letter colour, black or white, on any CSS colour; null when the colour is not one. */
function lettersOn(color) {
  if (!CSS.supports("color", color)) return null;
  const probe = h("canvas", { width: 1, height: 1 }).getContext("2d");
  probe.fillStyle = color;
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue] = [...probe.getImageData(0, 0, 1, 1).data].map((part) => (part / 255) ** 2.2);
  // At a luminance of 0.18 black and white stand out equally, each by more than 4.5:1.
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#000" : "#fff";
}
