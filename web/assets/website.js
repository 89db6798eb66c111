// The page that makes the line for a website: copying, and the small comforts of its form. The form works without this file.

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

// Whoever picks a colour wants it. Heard before htmx hears it, so that the choice is sent along.
document.addEventListener("input", ({ target }) => {
  if (target.id === "color") document.getElementById("builtin").checked = false;
}, true);

// The fields stay as they are while one types; only what is said about them is renewed.
document.body.addEventListener("htmx:afterSettle", () => {
  for (const problem of document.querySelectorAll(".website-problem")) {
    const field = document.getElementById(problem.id.replace("-problem", ""));
    if (problem.textContent) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
});
