// The editor: nobody leaves an article with unsaved words by accident. Everything else works without this file.

const form = document.getElementById("article-form");

if (form) {
  // After a refused save the words in the form are not stored anywhere, though nothing was typed since.
  let unsaved = form.dataset.unsaved === "yes";
  form.addEventListener("input", () => { unsaved = true; });
  form.addEventListener("submit", () => { unsaved = false; });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
}
