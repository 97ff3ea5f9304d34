// What a page must not do: fail, complain about its policy, load from elsewhere.

/** Collects what goes wrong on a page; a connection that is refused while the server is down does not count. */
export function expectNothing(page) {
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !/ERR_CONNECTION_REFUSED|WebSocket connection to|ERR_INTERNET_DISCONNECTED/.test(text)) problems.push(text);
  });
  const origin = () => new URL(page.url()).origin;
  page.on("request", (request) => {
    const url = request.url();
    if (/^https?:/.test(url) && page.url().startsWith("http") && !url.startsWith(origin())) problems.push(`a request to ${url}`);
  });
  return problems;
}
