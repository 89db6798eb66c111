// Set-up of integrations and webhooks: copying what is shown once, and asking before what cannot be taken back.
// Everything works without this file.

import "../copying.js";

document.addEventListener("submit", (event) => {
  const { confirm } = event.target.dataset;
  if (confirm && !window.confirm(confirm)) event.preventDefault();
});
