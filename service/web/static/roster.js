/* The roster of a date. Each press of a button waits in this browser until the server has it, so a hall without network loses none.
   Without this script the same buttons are plain forms. A press may arrive twice: the server takes it once. */
(() => {
  "use strict";
  const RETRY_MS = 15000;
  const AFTER = { came: "attended", missed: "missed", back: "confirmed" };
  const LIVE = ["roster-counts", "roster-guests", "roster-walk-ins", "roster-refused"];
  const roster = document.getElementById("roster");
  const storageName = `doorstep-roster-${roster.dataset.queue}`;
  const offline = document.getElementById("roster-offline");
  const signedOut = document.getElementById("roster-signed-out");
  let token = roster.dataset.token;
  let inMemory = [];

  // A browser may refuse storage; then the presses wait as long as the page is open.
  function waiting() {
    try {
      return JSON.parse(localStorage.getItem(storageName) || "[]");
    } catch {
      return inMemory;
    }
  }

  function store(presses) {
    inMemory = presses;
    try {
      localStorage.setItem(storageName, JSON.stringify(presses));
    } catch {
      // Kept in memory.
    }
  }

  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  function showState(row, state) {
    row.dataset.state = state;
    for (const part of row.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(state);
  }

  // What this page cannot know yet from the server: presses that still wait.
  function showPress(press) {
    if (press.page !== roster.dataset.page) return;
    const fields = Object.fromEntries(press.fields);
    if (fields.mark) {
      const row = document.getElementById(`guest-${fields.guest}`);
      if (row) showState(row, AFTER[fields.mark]);
    } else if (press.action.includes("/walk-ins/remove")) {
      const input = document.querySelector(`#roster-walk-ins input[name=key][value="${CSS.escape(fields.key)}"]`);
      if (input) input.closest("li").hidden = true;
    } else {
      const line = document.createElement("li");
      line.textContent = [fields.first_name, fields.people].filter(Boolean).join(" – ");
      document.getElementById("roster-walk-ins").append(line);
    }
  }

  function showAnswer(page) {
    const focused = document.activeElement && document.activeElement.closest("li[id]");
    for (const id of LIVE) {
      const fresh = page.getElementById(id);
      if (fresh) document.getElementById(id).replaceChildren(...fresh.cloneNode(true).childNodes);
    }
    waiting().forEach(showPress);
    if (focused) focusIn(document.getElementById(focused.id));
  }

  function focusIn(row) {
    const button = row && row.querySelector("button:not([hidden])");
    if (button) button.focus();
  }

  async function post(press) {
    const body = new URLSearchParams(press.fields);
    body.set("form_token", token);
    const response = await fetch(press.action, { method: "POST", body });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("roster");
    if (fresh) token = fresh.dataset.token;
    return { status: response.status, page, atHome: fresh !== null && fresh.dataset.page === press.page };
  }

  // A host may get a new link for the same date: what waited under the one before goes out under this one.
  function moveHere(press) {
    return { ...press, page: roster.dataset.page, action: press.action.replace(press.page, roster.dataset.page) };
  }

  // Returns whether the next press may be sent.
  async function sendFirst(press) {
    let answer = await post(press);
    if (answer.status === 422 && answer.atHome) answer = await post(press); // the page was open for hours: now with a fresh token
    if (answer.status === 401 || answer.status === 410 || (answer.status === 200 && !answer.atHome)) {
      signedOut.hidden = false;
      return false;
    }
    if (answer.status === 429 || answer.status >= 500) return false;
    signedOut.hidden = true;
    store(waiting().filter((other) => other.id !== press.id));
    if (answer.atHome && press.page === roster.dataset.page) showAnswer(answer.page);
    return true;
  }

  async function sendAll() {
    try {
      for (let press = waiting()[0]; press && (await sendFirst(press)); press = waiting()[0]);
      offline.hidden = true;
    } catch {
      offline.hidden = false;
    }
  }

  // One line for all pages of this browser: a press never overtakes the one before it.
  let sending = Promise.resolve();
  function send() {
    const turn = () => (navigator.locks ? navigator.locks.request(storageName, sendAll) : sendAll());
    sending = sending.then(turn, turn);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.hasAttribute("data-queued")) return;
    event.preventDefault();
    const fields = [...new FormData(form)].filter(([name]) => name !== "form_token");
    if (event.submitter && event.submitter.name) fields.push([event.submitter.name, event.submitter.value]);
    const press = { id: newKey(), page: roster.dataset.page, action: form.getAttribute("action"), fields };
    store([...waiting(), press]);
    showPress(press);
    if (form.classList.contains("walk-in")) {
      form.reset();
      form.elements.key.value = newKey();
      form.elements.first_name.focus();
    } else {
      focusIn(form.closest("li"));
    }
    send();
  });

  window.addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send());
  setInterval(() => waiting().length && send(), RETRY_MS);
  if ("oneDate" in roster.dataset && waiting().length) store(waiting().map(moveHere));
  waiting().forEach(showPress);
  send();
})();
