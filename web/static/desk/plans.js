// The plan's keys, the running cost, and Ctrl+Enter; every page works without it.
(() => {
  "use strict";
  const read = (box) => Number((box?.value || "").normalize("NFKC").replace(/[,\s]/g, ""));
  const quantity = document.querySelector("[data-quantity]");
  const price = document.querySelector("[data-unit-cost]");
  const cost = document.querySelector("[data-cost]");
  const show = () => {
    const sum = quantity.value && price.value ? read(quantity) * read(price) / 10000 : NaN;
    cost.textContent = Number.isFinite(sum) ? cost.dataset.words.replace("{n}", sum.toFixed(2)) : "—";
  };
  if (quantity && price && cost) [quantity, price].forEach((box) => box.addEventListener("input", show));

  document.addEventListener("keydown", (event) => {
    const form = document.querySelector("form[data-ctrl-enter]");
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[name=confirmed]") || form.querySelector("button.primary") || form.querySelector("button"));
      return;
    }
    const isTyping = event.target instanceof Element && event.target.matches("input, textarea, select, [contenteditable]");
    const rows = [...document.querySelectorAll("[data-rows] tr[id]")];
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !rows.length) return;
    const at = rows.findIndex((row) => row.classList.contains("selected"));
    const go = (index) => {
      const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
      rows.forEach((one) => one.classList.toggle("selected", one === row));
      row.scrollIntoView({ block: "nearest" });
      row.querySelector("a.open").focus();
    };
    if (event.key === "j") go(at + 1);
    if (event.key === "k") go(at < 0 ? 0 : at - 1);
  });
})();
