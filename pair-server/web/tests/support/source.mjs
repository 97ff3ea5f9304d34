// Parts of the pages that need no browser, loaded from their sources. Knows no test.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** What a file of `src` exports; what it would load later stays out. */
export async function loadSource(path) {
  const entry = fileURLToPath(new URL(`../../src/${path}`, import.meta.url));
  const lazily = { name: "lazily", setup: (plugins) => plugins.onResolve({ filter: /./ }, ({ kind, path: wanted }) => (kind === "dynamic-import" ? { path: wanted, external: true } : undefined)) };
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: "esm", platform: "node", plugins: [lazily], logLevel: "error" });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
