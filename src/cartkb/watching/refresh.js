// Asks whether anything has changed, and loads the page again when it has. In watch mode only.
"use strict";
const shown = document.currentScript.dataset.token;
async function ask() {
  try {
    const answer = await fetch("/watching/token", { cache: "no-store" });
    if ((await answer.text()) !== shown) {
      location.reload();
      return;
    }
    document.documentElement.classList.remove("watching-lost");
  } catch {
    document.documentElement.classList.add("watching-lost");
  }
  setTimeout(ask, 300);
}
ask();
