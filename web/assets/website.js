// The page that makes the line for a website: copying, and the small comforts of its form. The form works without this file.

import "./copying.js";

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
