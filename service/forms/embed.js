/* A form of Doorstep inside a page of another site, where the tag of this script stands. It reads nothing of that page but its address's
   origin, and sends nothing. The form posts its height from its frame; the frame becomes as tall. */
((form) => {
  "use strict";
  const LEAST_PX = 100;
  const MOST_PX = 40000; // a phone with every topic open and large letters
  const FIRST_PX = 1400; // until the form has posted its height
  const tag = document.currentScript;
  if (!tag || !tag.parentNode) return;

  // A site that the form does not name may not frame it. A link is better than a frame that stays gray.
  if (!form.sites.some((site) => new URL(site).origin === location.origin)) {
    const link = document.createElement("a");
    link.href = form.page;
    link.textContent = form.title;
    tag.after(link);
    return;
  }

  const frame = document.createElement("iframe");
  frame.src = form.frame;
  frame.title = form.title;
  Object.assign(frame.style, { display: "block", width: "100%", height: `${FIRST_PX}px`, border: "0" });

  window.addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== new URL(form.frame).origin) return;
    const height = event.data && event.data["doorstep-height"];
    if (!Number.isFinite(height) || height < LEAST_PX || height > MOST_PX) return;
    frame.style.height = `${Math.ceil(height)}px`;
  });
  tag.after(frame);
})
