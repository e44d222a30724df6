import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightSpecialChars, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const token = (name: string): string => `var(--pf-t--global--${name})`;

function tint(status: "danger" | "success", percent: number): string {
  return `color-mix(in srgb, ${token(`border--color--status--${status}--default`)} ${percent}%, transparent)`;
}

/** Colours are the design system's own, so that dark mode and high contrast follow without a word here. */
const colours = EditorView.theme({
  "&": {
    color: token("text--color--regular"),
    backgroundColor: token("background--color--primary--default"),
    fontSize: token("font--size--body--sm"),
    height: "100%",
  },
  "&.cm-focused": { outline: `2px solid ${token("border--color--brand--default")}`, outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: token("font--family--mono"), lineHeight: "1.55", overflow: "auto" },
  ".cm-content": { caretColor: token("text--color--regular"), padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: token("text--color--regular") },
  ".cm-gutters": {
    color: token("text--color--subtle"),
    backgroundColor: token("background--color--secondary--default"),
    borderRight: `1px solid ${token("border--color--default")}`,
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: token("background--color--primary--hover") },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: token("border--color--nonstatus--blue--default"),
    opacity: "0.45",
  },
  ".cm-panels": {
    color: token("text--color--regular"),
    backgroundColor: token("background--color--secondary--default"),
  },
  ".cm-tooltip": {
    color: token("text--color--regular"),
    backgroundColor: token("background--color--floating--default"),
    border: `1px solid ${token("border--color--default")}`,
    borderRadius: "6px",
    maxWidth: "min(32rem, 80vw)",
  },
  ".cm-diagnostic": { padding: "6px 10px", whiteSpace: "normal" },
  ".cm-diagnosticSource": { opacity: "1", color: token("text--color--subtle") },
  // Both sides of a comparison: a bar at the edge, and what goes is struck through, so that colour does not say it alone. The tints lie
  // over each other and are weak enough for the text on them to keep its contrast in both themes.
  "&.cm-merge-a .cm-changedLine, .cm-deletedChunk": { backgroundColor: tint("danger", 6) },
  "&.cm-merge-b .cm-changedLine": { backgroundColor: tint("success", 6) },
  ".cm-insertedLine, .cm-deletedLine, .cm-deletedLine del": { backgroundColor: "transparent" },
  "&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText": {
    background: tint("danger", 6),
    textDecoration: "line-through",
  },
  "&.cm-merge-b .cm-changedText": { background: tint("success", 6) },
  "&.cm-merge-a .cm-changedLineGutter": { background: token("border--color--status--danger--default") },
  "&.cm-merge-b .cm-changedLineGutter": { background: token("border--color--status--success--default") },
  ".cm-collapsedLines": {
    color: token("text--color--link--default"),
    background: token("background--color--secondary--default"),
    fontFamily: token("font--family--body"),
  },
  ".cm-shownLine": { boxShadow: `inset 4px 0 ${token("border--color--brand--default")}` },
});

const highlight = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: token("text--color--link--default") },
  { tag: [tags.string, tags.special(tags.string)], color: token("text--color--regular") },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: token("text--color--status--custom--default") },
  { tag: [tags.comment, tags.meta], color: token("text--color--subtle"), fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator], color: token("text--color--subtle") },
]);

/** What every view of YAML has: numbered lines, colours, no editing yet. */
export function yamlLook(label: string): Extension {
  return [
    yaml(),
    lineNumbers(),
    highlightSpecialChars(),
    drawSelection(),
    syntaxHighlighting(highlight),
    colours,
    EditorState.tabSize.of(2),
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
  ];
}

/** For reading: focusable, so that the keyboard can scroll and select, and not to be changed. */
export const readOnly: Extension = [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({
    tabindex: "0",
    role: "textbox",
    "aria-multiline": "true",
    "aria-readonly": "true",
  }),
];

/**
 * A root of its own for a code view: its style sheets are adopted there, which a strict content security policy allows, while inline ones
 * in the document are not. The page's single keys do not hear what is typed inside.
 */
export function shadowOf(host: HTMLElement): ShadowRoot {
  const shadow = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  shadow.replaceChildren();
  host.addEventListener("keydown", (event) => {
    event.stopPropagation();
  });
  return shadow;
}
