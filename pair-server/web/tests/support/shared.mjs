// The browser and the server that all tests of one file share. Knows no test.
import { after } from "node:test";
import { Server, launchBrowser } from "./processes.mjs";

/** Starts both; they end with the file's tests, and where one of them does not start. */
export async function browserAndServer(options) {
  const started = await Promise.allSettled([launchBrowser(), Server.start(options)]);
  const [browser, server] = started.map((one) => one.value);
  const stop = async () => {
    await browser?.close();
    await server?.stop();
  };
  const failed = started.find((one) => one.status === "rejected");
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  after(stop);
  return { browser, server };
}
