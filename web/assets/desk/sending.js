// Sending something small beside the forms of a page.

/** Sends a form's fields to an address of ours, with the page's own token. */
export function send(address, fields = {}) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
  return fetch(address, { method: "POST", headers, body: new URLSearchParams(fields), keepalive: true });
}

/** Whether the focus is nowhere or within a form: what answers the form may then take it, and disturbs nobody who writes. */
export function nobodyElse(form) {
  return document.activeElement === document.body || form.contains(document.activeElement);
}
