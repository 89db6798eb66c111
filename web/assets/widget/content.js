/* What a message says: answers as the server's tree of allowed elements, plain words with their links, files. */

const MAY_BUILD = /^(p|h3|strong|em|code|pre|ul|ol|li|blockquote|br|hr|table|thead|tbody|tr|th|td|div)$/;
// About twelve lines on a phone; what is longer shows its beginning first.
const FOLD_FROM = 700;
// Pixels; twice as wide as the chat, for dense screens.
const WIDEST = 800;

/** The nodes of a tree of the server: strings, or [tag, attributes, ...children] (see web/markdown.py). */
function built(nodes, view, inLink) {
  return nodes.flatMap((node) => {
    if (typeof node === "string") return inLink ? node : linked(node, view.t("new_tab"));
    const [tag, { href, src, alt, start, lang }, ...children] = node;
    if (tag === "a") return outsideLink(href, built(children, view, true), view.t("new_tab"));
    if (tag === "img") return picture(src, alt, view);
    const inside = built(children, view, inLink);
    return MAY_BUILD.test(tag) ? h(tag, { start, lang }, inside) : inside;
  });
}

/** The words of a message in their bubble; null when it has none. */
function bubble(item, view) {
  const file = item.payload?.file;
  if (!item.text) return null;
  const words = item.content ? built(item.content, view) : file ? [fileLink(file, view)] : linked(item.text, view.t("new_tab"));
  const node = h("div", { class: item.content ? "bubble rich" : "bubble", part: "bubble", "data-role": "text", lang: item.language }, words);
  return item.author === "bot" && item.text.length > FOLD_FROM ? folded(node, view) : node;
}

/** Shows the beginning only until the rest is asked for; whoever reaches a link further down by keyboard sees it. */
function folded(node, view) {
  node.classList.add("folded");
  const open = () => {
    node.classList.remove("folded");
    more.remove();
  };
  const more = button("more", view.t("more"), () => {
    open();
    node.tabIndex = -1;
    node.focus();
  }, { "aria-expanded": "false" });
  node.addEventListener("focusin", open);
  return h("div", { class: "fold" }, node, more);
}

function fileLink({ address, name, media_type: type, size }, view) {
  if (/^image\//.test(type)) return picture(address, name, view);
  return outsideLink(address, `${name} (${Math.ceil(size / 1024)} KB)`, view.t("new_tab"));
}

/**
 * A picture of our server as a link to itself. Drawn from what is fetched, so that a page whose policy forbids
 * foreign pictures shows it all the same; where that fails, its name stays as the link.
 */
function picture(address, alt, view) {
  const canvas = h("canvas", { role: "img", "aria-label": alt, hidden: true });
  const name = h("span", {}, alt || address);
  const link = outsideLink(address, [canvas, name], view.t("new_tab"));
  fetch(new URL(address, ORIGIN), { credentials: "omit" })
    .then((response) => (response.ok ? response.blob() : Promise.reject(response.status)))
    .then(createImageBitmap)
    .then((image) => {
      const stay = view.atEnd();
      // No larger than it can be seen: many large pictures are more than a phone can hold.
      const scale = Math.min(1, WIDEST / image.width);
      [canvas.width, canvas.height] = [image.width * scale, image.height * scale];
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      image.close();
      canvas.hidden = false;
      name.hidden = true;
      if (stay) view.scrollToEnd();
    })
    .catch(() => {});
  return link;
}
