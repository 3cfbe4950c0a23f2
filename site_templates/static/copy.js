// Puts a button for copying behind whatever has data-copy, whose value is the button's name.
// Where the clipboard is refused, the text is marked instead, so that the reader's own keys copy it.
"use strict";

const announcement = document.createElement("p");
announcement.className = "announced";
announcement.setAttribute("role", "status");
document.body.append(announcement);

function mark(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

for (const element of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = element.dataset.copy;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(element.textContent);
      announcement.textContent = "Copied.";
    } catch {
      mark(element);
      announcement.textContent = "Marked: copy it with your keys.";
    }
  });
  element.after(" ", button);
}
