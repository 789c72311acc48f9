// Keys, the running time and tone of an alert, drafts and the inbox's cursor. Every action works without this file.
"use strict";
(() => {
  const $ = (selector, root) => (root || document).querySelector(selector);
  const $$ = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const isTyping = (target) => target instanceof HTMLElement && (target.isContentEditable
    || target.tagName === "TEXTAREA" || target.tagName === "SELECT"
    || (target.tagName === "INPUT" && !["radio", "checkbox", "button", "submit"].includes(target.type)));
  const isShown = (element) => element.getClientRects().length > 0;

  // --- keys -------------------------------------------------------------------------------------------------------
  const press = (name) => {
    const target = $$(`[data-key="${name}"]`).find((element) => isShown(element) && !element.disabled);
    if (!target) return false;
    if (target.matches("input[type=text], input[type=search], textarea, select")) target.focus();
    else if (target.matches("details")) { target.open = true; const inner = $("input, select, textarea, button", target); if (inner) inner.focus(); }
    else target.click();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      const form = event.target instanceof HTMLElement ? event.target.closest("form") : null;
      const main = form || $("form[data-main]");
      if (main) { event.preventDefault(); const button = $("button.primary", main); main.requestSubmit(button || undefined); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      const dialog = $("dialog[open]");
      if (dialog) return;
      if (isTyping(event.target)) { event.target.blur(); return; }
      const back = $("[data-key=escape]");
      if (back) back.click();
      return;
    }
    if (isTyping(event.target) || $("dialog[open]")) return;
    if (event.key === "?") { $("#keys")?.showModal(); event.preventDefault(); return; }
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (list.handle(name)) { event.preventDefault(); return; }
    if (name === "n" && !$("[data-key=n]")) { location.assign("/desk/file"); return; }
    if (press(name)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-keys-open]")) $("#keys")?.showModal();
    const all = event.target instanceof Element ? event.target.closest("[data-check-all]") : null;
    if (all) $$("input[type=checkbox]", all.closest("form")).forEach((box) => { box.checked = true; });
    const fill = event.target instanceof Element ? event.target.closest("[data-fill]") : null;
    if (fill) { const box = document.getElementById(fill.dataset.into); box.value = fill.dataset.fill; box.focus(); }
    const show = event.target instanceof Element ? event.target.closest("[data-show-password]") : null;
    if (show) { const box = document.getElementById(show.dataset.showPassword); box.type = box.type === "password" ? "text" : "password"; }
  });

  // --- the inbox: a cursor that nothing moves but the person ------------------------------------------------------------
  const list = {
    rows: () => $$("#rows .case-row"),
    at: () => $("#rows .case-row.selected"),
    select(row, scroll) {
      if (!row) return;
      this.rows().forEach((other) => { other.classList.toggle("selected", other === row); });
      if (scroll) row.scrollIntoView({ block: "nearest" });
      const pane = $("#preview");
      if (pane && isShown(pane) && pane.dataset.shown !== row.dataset.number) {
        pane.dataset.shown = row.dataset.number;
        if (window.htmx) window.htmx.ajax("GET", row.dataset.preview, { target: "#preview", swap: "innerHTML" });
      }
    },
    handle(name) {
      const rows = this.rows();
      if (!rows.length) return false;
      const now = rows.indexOf(this.at());
      if (name === "j") { this.select(rows[Math.min(now + 1, rows.length - 1)], true); return true; }
      if (name === "k") { this.select(rows[Math.max(now - 1, 0)], true); return true; }
      if (name === "Enter" && now >= 0 && !(document.activeElement instanceof HTMLAnchorElement && document.activeElement !== $("a", rows[now]))
          && !(document.activeElement instanceof HTMLButtonElement)) { $("a.open", rows[now]).click(); return true; }
      if (name === "x" && now >= 0) { const box = $("input[type=checkbox]", rows[now]); if (box) { box.checked = !box.checked; box.dispatchEvent(new Event("change", { bubbles: true })); } return true; }
      return false;
    },
  };
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const row = event.target.closest("#rows .case-row");
    if (!row || event.target.closest("input, label, button") || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const pane = $("#preview");
    if (pane && isShown(pane) && !row.classList.contains("selected")) { event.preventDefault(); list.select(row, false); }
  });
  const remember = () => {
    const rows = list.rows();
    if (rows.length) sessionStorage.setItem("inbox", JSON.stringify({ numbers: rows.map((row) => row.dataset.number), from: location.pathname + location.search }));
  };
  const pickUp = () => {
    const place = $("[data-complaint]");
    if (!place) return;
    const kept = JSON.parse(sessionStorage.getItem("inbox") || "{}");
    const numbers = kept.numbers || [];
    const index = numbers.indexOf(place.dataset.complaint);
    const back = $("a[data-key=escape]");
    if (back && kept.from) back.href = kept.from;
    if (index < 0) return;
    const where = $("#position");
    where.hidden = false;
    $("[data-text]", where).textContent = where.dataset.words.replace("{n}", index + 1).replace("{of}", numbers.length);
    const go = (key, number) => { const link = $(`[data-key="${key}"]`, where); if (number) link.href = `/desk/complaints/${encodeURIComponent(number)}`; else link.hidden = true; };
    go("j", numbers[index + 1]); go("k", numbers[index - 1]);
  };

  // --- the alert: running time, tone after the first gesture, a title that says it ----------------------------------------
  let audio = null;
  const known = new Set();
  const wake = () => { if (!audio && window.AudioContext) audio = new AudioContext(); else if (audio && audio.state === "suspended") audio.resume(); };
  ["pointerdown", "keydown"].forEach((name) => document.addEventListener(name, wake, { passive: true }));
  const tone = () => {
    if (!audio || audio.state !== "running") return;
    [0, .35, .7].forEach((at, index) => {
      const wave = audio.createOscillator(); const volume = audio.createGain();
      wave.frequency.value = index % 2 ? 660 : 880; volume.gain.value = .18;
      wave.connect(volume).connect(audio.destination);
      wave.start(audio.currentTime + at); wave.stop(audio.currentTime + at + .28);
    });
  };
  const title = document.title;
  let ticks = 0;
  setInterval(() => {
    const bars = $$("[data-alert]");
    document.title = bars.length ? `(!) ${title}` : title;
    bars.forEach((bar) => {
      const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(bar.dataset.raised)) / 1000));
      const minutes = Math.floor(seconds / 60);
      const zh = document.documentElement.lang.startsWith("zh");
      const words = minutes < 60 ? (zh ? `${minutes}分${String(seconds % 60).padStart(2, "0")}秒` : `${minutes} min ${seconds % 60} s`)
        : (zh ? `${Math.floor(minutes / 60)}小时${minutes % 60}分` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`);
      $("[data-running]", bar).textContent = words;
      if (!known.has(bar.dataset.alert)) { known.add(bar.dataset.alert); tone(); }
    });
    ticks += 1;
    if (bars.length && ticks % 20 === 0) tone();
  }, 1000);

  // --- drafts: what was typed stays on this page until it is sent ------------------------------------------------------------
  const draftKey = (box) => `draft:${location.pathname}:${box.name}`;
  const drafts = () => $$("textarea[data-draft]").forEach((box) => {
    const kept = sessionStorage.getItem(draftKey(box));
    if (kept && !box.value) box.value = kept;
    box.addEventListener("input", () => sessionStorage.setItem(draftKey(box), box.value));
    box.form?.addEventListener("submit", () => sessionStorage.removeItem(draftKey(box)));
  });

  // --- filters send themselves; a picked source answers to 1–5 -----------------------------------------------------------------
  document.addEventListener("change", (event) => {
    if (event.target instanceof Element && event.target.matches("[data-auto]")) event.target.form.requestSubmit();
    if (event.target instanceof Element && event.target.matches("#rows input[type=checkbox]")) {
      const chosen = $$("#rows input[type=checkbox]:checked");
      const bar = $("#chosen");
      if (bar) { bar.hidden = !chosen.length; $("[data-text]", bar).textContent = bar.dataset.words.replace("{n}", chosen.length); $("input[name=numbers]", bar).value = chosen.map((box) => box.value).join(","); }
    }
  });

  // --- htmx: the token, lost connection, ended session -----------------------------------------------------------------------------
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.target.id === "alerts") event.detail.parameters.have = $("[data-bar]")?.dataset.bar || "";
    event.detail.headers["X-CSRFToken"] = $("meta[name=csrf-token]").content;
  });
  document.addEventListener("htmx:sendError", () => { const line = $("#offline"); if (line) line.hidden = false; });
  document.addEventListener("htmx:afterRequest", (event) => { const line = $("#offline"); if (line && event.detail.successful) line.hidden = true; });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 401) location.assign(document.body.dataset.signIn);
  });

  document.addEventListener("DOMContentLoaded", () => {
    const drawer = $(".filter-drawer");
    if (drawer && matchMedia("(max-width: 900px)").matches && !$("select.on", drawer)) drawer.open = false;
    if ($("#rows") && $("#preview") && isShown($("#preview")) && !list.at()) list.select(list.rows()[0], false);
    remember(); pickUp(); drafts();
    const focus = $("[data-focus]");
    if (focus) focus.focus();
    const scroller = $("[data-scroll-end]");
    if (scroller) scroller.scrollTop = scroller.scrollHeight;
  });
})();
