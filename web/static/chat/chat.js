// The residents' page, made quicker: sends without leaving the page, keeps what was written while there is no net,
// uploads photos one by one, and looks for news. Everything here also works as plain forms and links without it.
// Syntax of ES2020 at most: phones behind the stairwell's code are old.
(function () {
  "use strict";

  var page = document.getElementById("page");
  var form = document.getElementById("say");
  if (!page || !form || !window.fetch || !window.FormData) return;
  document.documentElement.classList.add("has-script");

  var talk = document.getElementById("talk");
  var box = document.getElementById("text");
  var problems = document.getElementById("problems");
  var status = document.getElementById("status");
  var chosen = document.getElementById("chosen");
  var picker = document.getElementById("photos");
  var words = page.dataset;
  var isEarlier = talk.dataset.earlier === "yes";

  var LONGEST = 10000;
  var LARGEST_PHOTO = 20 * 1024 * 1024;
  var LONGEST_SIDE = 1600;
  var ANSWER_WITHIN_MS = 45000;
  var etag = "";
  var isSending = false;
  var isUploading = false;
  var activeAt = 0;
  var retryAfterMs = 2000;
  var pollTimer = 0;
  var retryTimer = 0;
  var photos = [];
  var replacing = null;

  // --- what is kept on the phone -----------------------------------------------------------------

  var memory = {};
  function keep(name, value) {
    memory[name] = value;
    try { localStorage.setItem(words.store + ":" + name, JSON.stringify(value)); } catch (error) { /* full or forbidden: memory is left */ }
  }
  function kept(name, otherwise) {
    if (name in memory) return memory[name];
    try {
      var value = JSON.parse(localStorage.getItem(words.store + ":" + name));
      return value === null ? otherwise : value;
    } catch (error) { return otherwise; }
  }
  function queue() { return kept("queue", []); }
  function field(name) { return form.elements.namedItem(name); }
  function fresh() {
    var bytes = new Uint32Array(2);
    (window.crypto || {}).getRandomValues ? window.crypto.getRandomValues(bytes) : bytes.fill(Date.now());
    return bytes[0].toString(36) + bytes[1].toString(36);
  }

  // --- showing -----------------------------------------------------------------------------------

  function complain(sentences) {
    problems.textContent = "";
    sentences.filter(Boolean).forEach(function (sentence) {
      var line = document.createElement("p");
      line.textContent = sentence;
      problems.appendChild(line);
    });
  }

  function begin() {
    var greeting = document.getElementById("greeting");
    if (greeting) greeting.remove();
    document.body.classList.replace("is-first", "is-talking");
  }

  function bubble(item) {
    if (document.getElementById("own-" + item.id)) return;
    var turn = document.getElementById("own-words").content.firstElementChild.cloneNode(true);
    turn.id = "own-" + item.id;
    turn.querySelector(".words").textContent = item.label || item.text;
    turn.querySelector(".meta").textContent = words.sending;
    talk.appendChild(turn);
    begin();
    bringIntoView(turn);
  }

  function note(item, sentence) {
    var turn = document.getElementById("own-" + item.id);
    if (turn) turn.querySelector(".meta").textContent = sentence;
  }

  function forgetBubble(item) {
    var turn = document.getElementById("own-" + item.id);
    if (turn) turn.remove();
  }

  function retire(choices) {
    choices.classList.add("is-past");
    choices.querySelectorAll("button").forEach(function (button) { button.disabled = true; });
  }

  // Puts what the server drew at the end of the talk. Returns the first new turn.
  function append(html) {
    var piece = document.createElement("template");
    piece.innerHTML = html;
    talk.querySelectorAll(".is-waiting").forEach(function (old) { old.remove(); });
    piece.content.querySelectorAll("[data-id]").forEach(function (turn) {
      var id = turn.dataset.id;
      if (id !== "0" && talk.querySelector('[data-id="' + id + '"]')) turn.remove();
    });
    if (piece.content.querySelector(".turn.resident:not(.is-waiting)")) {
      talk.querySelectorAll(".choices:not(.is-past)").forEach(retire);
    }
    if (piece.content.querySelector("#now")) {
      var before = document.getElementById("now");
      if (before) before.removeAttribute("id");
    }
    var first = piece.content.querySelector(".turn");
    if (first) begin();
    var pending = talk.querySelector(".is-pending");
    talk.insertBefore(piece.content, pending);
    return first;
  }

  function bringIntoView(turn) {
    if (!turn) return;
    var shown = turn;
    var answer = turn.nextElementSibling;
    // Her own long words must not push the answer off the screen, and nothing stands before safety words.
    if (turn.classList.contains("resident") && answer && (answer.querySelector(".danger") || turn.offsetHeight > window.innerHeight * 0.3)) shown = answer;
    shown.scrollIntoView({ block: "start" });
  }

  function take(news, isAnswer) {
    var turn = append(news.html);
    talk.dataset.last = news.last;
    field("after").value = news.last;
    field("turn").value = news.turn;
    if (news.problems) complain(news.problems);
    if (!turn) return;
    if (isAnswer) {
      bringIntoView(turn);
      status.textContent = words.sent;
      var answer = talk.querySelector(".turn:last-child");
      if (answer && (window.matchMedia("(pointer: coarse)").matches || document.activeElement === document.body)) {
        answer.tabIndex = -1;
        answer.focus({ preventScroll: true });
      }
    } else {
      status.textContent = words.arrived;
      var atEnd = window.innerHeight + window.pageYOffset > document.documentElement.scrollHeight - 400;
      if (atEnd && document.activeElement !== box) turn.scrollIntoView({ block: "nearest" });
    }
  }

  function setOffline(isOffline) {
    document.getElementById("offline").hidden = !isOffline;
    if (!isOffline || document.getElementById("advice")) return;
    var advice = document.getElementById("no-net-advice");
    if (!advice) return;
    var turn = advice.content.firstElementChild.cloneNode(true);
    turn.id = "advice";
    talk.appendChild(turn);
  }
  function clearAdvice() {
    var advice = document.getElementById("advice");
    if (advice) advice.remove();
  }

  // --- words and taps: kept first, then sent in order ------------------------------------------------

  function enqueue(item) {
    item.id = fresh();
    item.turn = field("turn").value;
    keep("queue", queue().concat([item]));
    bubble(item);
    flush();
  }

  function drop(item) {
    keep("queue", queue().filter(function (other) { return other.id !== item.id; }));
  }

  function post(item) {
    var body = new FormData();
    body.append("turn", item.turn);
    body.append("after", talk.dataset.last);
    ["b", "u"].forEach(function (name) { if (field(name)) body.append(name, field(name).value); });
    if (item.button) body.append("button", item.button); else body.append("text", item.text);
    var stop = window.AbortController ? new AbortController() : null;
    var timer = setTimeout(function () { if (stop) stop.abort(); }, ANSWER_WITHIN_MS);
    return fetch(form.action, {
      method: "POST",
      body: body,
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      signal: stop ? stop.signal : undefined,
    }).finally(function () { clearTimeout(timer); });
  }

  function flush() {
    var item = queue()[0];
    if (isSending || isEarlier) return;
    if (!item) { upload(); return; }
    isSending = true;
    activeAt = Date.now();
    clearTimeout(retryTimer);
    note(item, words.sending);
    post(item).then(function (response) {
      if (response.status >= 500 || response.status === 429) throw new Error("later");
      return response.json().then(function (news) { settle(item, response.status, news); });
    }).catch(function () {
      isSending = false;
      queue().forEach(function (each) { note(each, words.waiting); });
      setOffline(true);
      retryLater();
    });
  }

  function settle(item, code, news) {
    isSending = false;
    retryAfterMs = 2000;
    setOffline(false);
    clearAdvice();
    if (code === 409 && news.turn && !item.isSecond) {
      // The page was older than the browser's key: the same words, with a form of today.
      field("turn").value = news.turn;
      keep("queue", queue().map(function (each) {
        return each.id === item.id ? Object.assign({}, each, { turn: news.turn, isSecond: true }) : each;
      }));
      flush();
      return;
    }
    drop(item);
    forgetBubble(item);
    if (code !== 200) {
      if (!item.button && !box.value) box.value = item.text;
      if (news.turn) field("turn").value = news.turn;
      complain([news.words]);
    } else {
      take(news, true);
    }
    flush();
    plan();
  }

  function retryLater() {
    clearTimeout(retryTimer);
    retryTimer = setTimeout(function () { flush(); }, retryAfterMs);
    retryAfterMs = Math.min(retryAfterMs * 2, 30000);
  }

  // --- photos: shrunk on the phone, each its own request --------------------------------------------

  function shrink(file) {
    return new Promise(function (done) {
      if (/jpe?g$/i.test(file.type) && file.size < 300 * 1024) { done(file); return; }
      var address = URL.createObjectURL(file);
      var image = new Image();
      image.onerror = function () { URL.revokeObjectURL(address); done(file); };
      image.onload = function () {
        var factor = Math.min(1, LONGEST_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
        var canvas = document.createElement("canvas");
        canvas.width = Math.max(1, Math.round(image.naturalWidth * factor));
        canvas.height = Math.max(1, Math.round(image.naturalHeight * factor));
        try {
          canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
          canvas.toBlob(function (blob) {
            URL.revokeObjectURL(address);
            done(blob && blob.size < file.size ? blob : file);
          }, "image/jpeg", 0.85);
        } catch (error) { URL.revokeObjectURL(address); done(file); }
      };
      image.src = address;
    });
  }

  function number(photo) { return photos.indexOf(photo) + 1; }

  function renumber() {
    chosen.hidden = !photos.length;
    photos.forEach(function (photo) { show(photo); });
  }

  function show(photo, sentence) {
    var line = { chosen: words.photoChosen, sending: words.photoPart, broken: words.photoBroken }[photo.state];
    photo.line.querySelector("p").textContent = line.replace("{n}", number(photo));
    photo.line.classList.toggle("is-broken", photo.state === "broken");
    var ways = photo.line.querySelector(".photo-ways");
    if (photo.state === "sending") { ways.textContent = ""; return; }
    if (photo.state === "broken") photo.line.querySelector("p").textContent += "。" + (sentence || photo.sentence || words.photoAgain);
    photo.sentence = sentence || photo.sentence;
    if (ways.dataset.state === photo.state && ways.firstChild) return;
    ways.dataset.state = photo.state;
    ways.textContent = "";
    if (photo.state === "broken") ways.appendChild(way(words.photoChange, function () { replacing = photo; picker.click(); }));
    ways.appendChild(way(words.photoDrop, function () { remove(photo); box.focus(); }));
  }

  function way(label, action) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", action);
    return button;
  }

  function remove(photo) {
    photos = photos.filter(function (other) { return other !== photo; });
    photo.line.remove();
    URL.revokeObjectURL(photo.preview);
    renumber();
  }

  function choose(file) {
    var line = document.getElementById("photo-line").content.firstElementChild.cloneNode(true);
    var photo = { file: file, line: line, state: "chosen", preview: URL.createObjectURL(file), turn: "" };
    var image = line.querySelector("img");
    image.addEventListener("error", function () { image.hidden = true; });
    image.src = photo.preview;
    chosen.appendChild(line);
    photos.push(photo);
  }

  function upload() {
    var photo = photos.filter(function (each) { return each.state === "sending"; })[0];
    if (isUploading || isSending || !photo) return;
    isUploading = true;
    activeAt = Date.now();
    shrink(photo.file).then(function (blob) {
      if (blob.size > LARGEST_PHOTO) { fail(photo, words.photoBig); return; }
      photo.turn = photo.turn || field("turn").value;
      var body = new FormData();
      body.append("turn", photo.turn);
      body.append("after", talk.dataset.last);
      ["b", "u"].forEach(function (name) { if (field(name)) body.append(name, field(name).value); });
      body.append("photos", blob, "photo.jpg");
      var request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.timeout = 180000;
      request.upload.onprogress = function (event) {
        if (event.lengthComputable) photo.line.querySelector("progress").value = Math.round(event.loaded * 100 / event.total);
      };
      request.onerror = request.ontimeout = function () { isUploading = false; setOffline(true); retryLater(); };
      request.onload = function () {
        var news = {};
        try { news = JSON.parse(request.responseText); } catch (error) { /* a page of a proxy */ }
        if (request.status === 200) {
          isUploading = false;
          setOffline(false);
          clearAdvice();
          remove(photo);
          take(news, true);
          upload();
          plan();
        } else if (request.status === 409 && news.turn && !photo.isSecond) {
          isUploading = false;
          photo.isSecond = true;
          photo.turn = news.turn;
          field("turn").value = news.turn;
          upload();
        } else if (request.status >= 500 || request.status === 429) {
          isUploading = false;
          retryLater();
        } else {
          fail(photo, news.words || words.photoAgain);
        }
      };
      request.send(body);
    });
  }

  function fail(photo, sentence) {
    isUploading = false;
    photo.state = "broken";
    show(photo, sentence);
    upload();
  }

  picker.addEventListener("change", function () {
    var files = Array.prototype.slice.call(picker.files);
    if (replacing && files.length) { remove(replacing); }
    replacing = null;
    files.forEach(choose);
    picker.value = "";
    renumber();
    complain([]);
  });

  // --- news ----------------------------------------------------------------------------------------

  function plan() {
    clearTimeout(pollTimer);
    if (document.hidden || isEarlier) return;
    pollTimer = setTimeout(poll, Date.now() - activeAt < 20000 ? 2000 : 30000);
  }

  function poll() {
    if (isSending || isUploading) { plan(); return; }
    var after = talk.dataset.last;
    fetch(words.news + "?after=" + encodeURIComponent(after), {
      headers: etag ? { Accept: "application/json", "If-None-Match": etag } : { Accept: "application/json" },
      credentials: "same-origin",
      cache: "no-store",
    }).then(function (response) {
      setOffline(false);
      if (queue().length) flush(); else clearAdvice();
      if (response.status !== 200) return null;
      etag = response.headers.get("ETag") || "";
      return response.json();
    }).then(function (news) {
      if (news && !isSending && talk.dataset.last === after) take(news, false);
    }).catch(function () {
      if (navigator.onLine === false) setOffline(true);
    }).then(plan);
  }

  // --- what she does -------------------------------------------------------------------------------

  function sendWords() {
    var text = box.value.trim();
    var length = Array.from(text).length;
    var waiting = photos.filter(function (photo) { return photo.state === "chosen"; });
    complain([]);
    if (length > LONGEST) { complain([words.tooLong.replace("{n}", length)]); box.focus(); return; }
    waiting.forEach(function (photo) { photo.state = "sending"; });
    // Who talks on has done without the picture that could not be opened; its card would stay over every answer.
    if (text) photos.filter(function (photo) { return photo.state === "broken"; }).forEach(remove);
    renumber();
    if (text) {
      box.value = "";
      keep("draft", "");
      enqueue({ text: text });
    } else if (waiting.length) {
      flush();
    } else {
      // The server has the one sentence for it.
      post({ turn: field("turn").value, text: "" }).then(function (response) { return response.json(); })
        .then(function (news) { complain([news.words]); box.focus(); })
        .catch(function () { setOffline(true); });
    }
  }

  function chooseSize(button) {
    document.documentElement.className = document.documentElement.className.replace(/size-\w+/, "size-" + button.value);
    document.cookie = "linli_size=" + button.value + "; max-age=63072000; path=/; SameSite=Lax" + (location.protocol === "https:" ? "; Secure" : "");
    document.querySelectorAll(".sizes button").forEach(function (each) {
      each.setAttribute("aria-pressed", each === button ? "true" : "false");
    });
  }

  document.addEventListener("click", function (event) {
    var link = event.target.closest ? event.target.closest("a[data-words]") : null;
    if (link) {
      event.preventDefault();
      box.value = link.dataset.words + box.value;
      box.focus();
      box.setSelectionRange(box.value.length, box.value.length);
      return;
    }
    var button = event.target.closest ? event.target.closest("button") : null;
    if (!button || button.form !== form || button.type !== "submit" || isEarlier) return;
    event.preventDefault();
    if (button.name === "size") chooseSize(button);
    else if (button.name === "button") {
      complain([]);
      enqueue({ text: "", button: button.value, label: button.textContent.trim() });
    } else sendWords();
  });
  form.addEventListener("submit", function (event) {
    if (isEarlier) return;
    event.preventDefault();
    sendWords();
  });

  box.addEventListener("input", function () { activeAt = Date.now(); keep("draft", box.value); });
  box.addEventListener("focus", function () { activeAt = Date.now(); plan(); });
  document.addEventListener("visibilitychange", function () { if (document.hidden) clearTimeout(pollTimer); else poll(); });
  window.addEventListener("online", function () { setOffline(false); retryAfterMs = 2000; flush(); });
  window.addEventListener("offline", function () { setOffline(true); });

  if (!box.value && kept("draft", "")) box.value = kept("draft", "");
  if (!isEarlier) {
    queue().forEach(bubble);
    var now = document.getElementById("now");
    if (now && !queue().length && !location.hash) bringIntoView(now);
    flush();
  }
  plan();
})();
