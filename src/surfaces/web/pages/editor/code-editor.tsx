import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorView, highlightActiveLine, highlightActiveLineGutter, keymap } from "@codemirror/view";
import { type JSX, useEffect, useImperativeHandle, useRef, type Ref } from "react";
import type { TextDiagnostic } from "./diagnostics.ts";
import { readOnly, shadowOf, yamlLook } from "./yaml-look.ts";

export interface CodeEditorHandle {
  readonly focus: () => void;
  /** @param line from 1 */
  readonly goToLine: (line: number) => void;
  readonly replaceAll: (text: string) => void;
}

export interface CodeEditorProps {
  readonly label: string;
  /** The text at first; later changes come through the handle. */
  readonly text: string;
  readonly diagnostics: readonly TextDiagnostic[];
  /** To read and to copy only. */
  readonly isReadOnly?: boolean;
  readonly onChange: (text: string) => void;
  readonly ref?: Ref<CodeEditorHandle>;
}

/**
 * YAML to type in. Tab indents; Escape and then Tab leaves, as the page says beside it. F8 goes to the next finding, Ctrl-Shift-M lists
 * them. Loaded lazily: with its language it is larger than the page around it.
 */
export function CodeEditor({
  label,
  text,
  diagnostics,
  isReadOnly = false,
  onChange,
  ref,
}: CodeEditorProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const changed = useRef(onChange);
  const first = useRef({ label, text, isReadOnly });
  useEffect(() => {
    changed.current = onChange;
  });

  useEffect(() => {
    if (host.current === null) return undefined;
    const root = shadowOf(host.current);
    const editor = new EditorView({
      root,
      parent: root,
      doc: first.current.text,
      extensions: [
        yamlLook(first.current.label),
        first.current.isReadOnly ? readOnly : [],
        history(),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        lintGutter(),
        keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ "aria-multiline": "true", autocapitalize: "off", autocorrect: "off" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed.current(update.state.doc.toString());
        }),
      ],
    });
    view.current = editor;
    return () => {
      editor.destroy();
    };
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    const { length } = editor.state.doc;
    const fitting = diagnostics.filter(({ to }) => to <= length).map((each) => ({ ...each }));
    editor.dispatch(setDiagnostics(editor.state, fitting));
  }, [diagnostics]);

  useImperativeHandle(ref, () => ({
    focus: () => view.current?.focus(),
    goToLine: (line) => {
      const editor = view.current;
      if (editor === undefined) return;
      const at = editor.state.doc.line(Math.min(Math.max(1, line), editor.state.doc.lines)).from;
      editor.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      editor.focus();
    },
    replaceAll: (next) => {
      const editor = view.current;
      editor?.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: next } });
    },
  }));

  return <div ref={host} className="postern-code-editor" data-code-editor />;
}
