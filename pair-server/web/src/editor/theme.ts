// How the text looks, on dark and on light: everything in custom properties of styles.css, so that one switch changes all of it.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const style = HighlightStyle.define([
  { tag: [tags.keyword, tags.moduleKeyword, tags.controlKeyword, tags.operatorKeyword], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.character], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.constant(tags.name)], color: "var(--code-constant)" },
  { tag: [tags.comment, tags.lineComment, tags.blockComment, tags.docComment], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.macroName], color: "var(--code-function)" },
  { tag: [tags.typeName, tags.className, tags.namespace, tags.tagName], color: "var(--code-type)" },
  { tag: [tags.propertyName, tags.attributeName, tags.definition(tags.propertyName)], color: "var(--code-property)" },
  { tag: [tags.meta, tags.annotation, tags.processingInstruction], color: "var(--code-meta)" },
  { tag: tags.heading, color: "var(--code-keyword)", fontWeight: "bold" },
  { tag: tags.strong, fontWeight: "bold" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: [tags.link, tags.url], color: "var(--code-function)", textDecoration: "underline" },
]);

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "var(--code-size)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", overscrollBehavior: "contain" },
  ".cm-content": { caretColor: "var(--accent)", padding: "12px 0" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--line-number)", border: "none", paddingLeft: "8px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--line)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--selection) !important",
  },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)", borderColor: "var(--border)" },
  ".cm-textfield, .cm-button": { background: "var(--surface)", color: "var(--text)", borderColor: "var(--border)", fontSize: "0.9em" },
  ".cm-searchMatch": { backgroundColor: "var(--match)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--match)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", border: "1px solid var(--border)", color: "var(--text)" },
  ".ghost": { color: "var(--muted)", fontStyle: "italic", whiteSpace: "pre" },
  ".peer-cursor": {
    position: "relative", borderLeft: "2px solid var(--peer)", marginLeft: "-1px", marginRight: "-1px", pointerEvents: "none",
  },
  ".peer-name": {
    position: "absolute", left: "-2px", bottom: "100%", padding: "0 5px", borderRadius: "4px 4px 4px 0", background: "var(--peer)",
    color: "#14161b", font: "600 11px/16px var(--sans)", whiteSpace: "nowrap", zIndex: "5", userSelect: "none",
    animation: "peer-name-fades 0.5s 4s forwards",
  },
  "@keyframes peer-name-fades": { to: { opacity: "0" } },
  ".cm-line:first-child .peer-name": { bottom: "auto", top: "100%", borderRadius: "0 4px 4px 4px" },
});

/** The theme. */
export const theme = [look, syntaxHighlighting(style)];
