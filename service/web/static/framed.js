/* A page of ours in a frame of another site. It posts its height to the page around it, and nothing else, and brings its answers into view.
   Without this script the frame scrolls. */
(() => {
  "use strict";
  if (window.parent === window) return;
  const FIELDS = "input:not([type=hidden]), select, textarea";
  const root = document.documentElement;
  let posted = 0;

  // To any origin: our policy already names who may frame this page, and a height says nothing about a person.
  function postHeight() {
    const height = Math.ceil(root.getBoundingClientRect().height);
    if (height === posted) return;
    posted = height;
    window.parent.postMessage({ "doorstep-height": height }, "*");
  }

  // A frame as tall as its page has nothing to scroll: the page around it only follows the focus.
  function lead(place) {
    const target = place.matches(FIELDS) ? place : place.querySelector(FIELDS) || place;
    if (target === place && !place.matches(FIELDS)) place.tabIndex = -1;
    target.focus();
  }

  // What came back, or nothing on the first page.
  function answer() {
    const fault = document.querySelector("#error-summary, #email-asked, .is-wrong");
    if (fault) return fault;
    if (/\/thanks(\/|$)/.test(location.pathname)) return document.querySelector("h1");
    return location.hash.length > 1 ? document.querySelector(`${location.hash} h2`) : null;
  }

  new ResizeObserver(postHeight).observe(root);
  window.addEventListener("load", () => {
    postHeight();
    const place = answer();
    if (place) lead(place);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const place = link && document.getElementById(link.hash.slice(1));
    if (!place) return;
    event.preventDefault();
    lead(place);
  });
})();
