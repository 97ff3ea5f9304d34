// What runs inside a measured page, beside it and without a change to it: when its text could be read, when a key was pressed, when a text
// was painted. Works on any page with one CodeMirror, in a shadow root or not. The functions are sent to the page as they stand.

/** Put into a page before anything of it runs: notes when the text's first line was painted, and every key. */
export function watch(firstLine) {
  const content = () => document.querySelector(".cm-content") ?? document.querySelector(".editor")?.shadowRoot?.querySelector(".cm-content");
  // A message that is posted in a frame's callback arrives when that frame was painted.
  const painted = (then) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => then(performance.now());
    channel.port2.postMessage(null);
  });
  const measured = { readable: null, keys: [], paints: [], content };
  window.measured = measured;
  const look = () => {
    if (content()?.querySelector(".cm-line")?.textContent.includes(firstLine)) painted((at) => (measured.readable = at));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  window.addEventListener("keydown", (event) => measured.keys.push(performance.timeOrigin + event.timeStamp), true);
  /** Notes from now on when the first line became longer, once for each character. */
  measured.watchLine = () => {
    const line = () => {
      const copy = content().querySelector(".cm-line").cloneNode(true);
      copy.querySelectorAll(".cm-ySelectionCaret, .peer-cursor").forEach((cursor) => cursor.remove());
      return copy.textContent.length;
    };
    let seen = line();
    const start = seen;
    new MutationObserver(() => {
      const now = line();
      if (now <= seen) return;
      seen = now;
      painted((at) => {
        while (measured.paints.length < now - start) measured.paints.push(performance.timeOrigin + at);
      });
    }).observe(content(), { childList: true, characterData: true, subtree: true });
  };
}

/** How far this page's clock is from the machine's, in milliseconds: renderers read the time when they start, and drift apart by a little. */
export function clockError() {
  const errors = [];
  for (let times = 0; times < 15; times++) {
    const before = Date.now();
    while (Date.now() === before);
    errors.push(performance.timeOrigin + performance.now() - Date.now());
  }
  return errors.sort((one, other) => one - other)[7];
}
