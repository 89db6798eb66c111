// Buttons that copy the words of a field; without this file one marks and copies them by hand.

/** Copies the words of a field; answers whether the browser let us. */
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    // On plain http there is no clipboard of this kind; marking and copying is the old way.
    field.select();
    return document.execCommand("copy");
  }
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const done = await copy(document.getElementById(button.dataset.copy));
  document.getElementById("copied").textContent = done ? button.dataset.copied : button.dataset.byHand;
});
