// Upload form of data files: checks the size before sending and shows that a file is being sent.

import "./jobs.js";

const form = document.querySelector("form.load");
const input = form.querySelector("input[type=file]");
const status = form.querySelector(".send [role=status]");

input.addEventListener("change", check);
form.addEventListener("submit", (event) => {
  if (!check()) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  status.textContent = form.dataset.sending;
}, true);
form.addEventListener("job-sent", () => (status.textContent = ""));

function check() {
  const file = input.files[0];
  const limit = Number(form.dataset.maxMb);
  const size = file ? file.size / 2 ** 20 : 0;
  const words = { file: file?.name, size: size.toFixed(1), limit };
  input.setCustomValidity(size > limit ? form.dataset.tooLarge.replace(/\{(\w+)\}/g, (_, name) => words[name]) : "");
  return input.reportValidity();
}
