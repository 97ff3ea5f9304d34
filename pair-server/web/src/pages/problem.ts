// The page that is shown where no other one can be. Knows nothing.
import { element } from "../ui/elements";

/** Says what is wrong and what to do, and leads to the first page. */
export function showProblem(app: HTMLElement, title: string, words: string): void {
  document.title = `${title} · pair`;
  app.replaceChildren(
    element(
      "main",
      { class: "start" },
      element("h1", {}, element("span", { class: "logo", "aria-hidden": "true" }), title),
      element("p", { class: "lead", role: "alert" }, words),
      element("a", { href: "/" }, "All rooms"),
    ),
  );
}
