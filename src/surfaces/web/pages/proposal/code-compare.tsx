import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { StateEffect, StateField, type Extension } from "@codemirror/state";
import { EditorView, Decoration } from "@codemirror/view";
import { type JSX, useEffect, useRef } from "react";
import { readOnly, shadowOf, yamlLook } from "../editor/yaml-look.ts";

export interface CodeCompareProps {
  /** Undefined: nothing is there yet, so there is only one side. */
  readonly before: string | undefined;
  readonly after: string;
  /** One column with what goes above what comes, for narrow windows. */
  readonly isUnified: boolean;
  /** Line of `after` to show, from 1, and a count that grows with each time somebody asks for it. */
  readonly shown: { readonly line: number; readonly times: number } | undefined;
}

const showLine = StateEffect.define<number | undefined>();
const shownLine = StateField.define({
  create: () => Decoration.none,
  update: (marks, transaction) => {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(showLine)) continue;
      const { doc } = transaction.state;
      const isThere = effect.value !== undefined && effect.value >= 1 && effect.value <= doc.lines;
      next = isThere
        ? Decoration.set(Decoration.line({ class: "cm-shownLine" }).range(doc.line(effect.value ?? 1).from))
        : Decoration.none;
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** YAML before and after, to read: long unchanged stretches are folded, what changed is marked. Loaded lazily. */
export function CodeCompare({ before, after, isUnified, shown }: CodeCompareProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const newest = useRef<EditorView>(undefined);

  useEffect(() => {
    if (host.current === null) return undefined;
    const root = shadowOf(host.current);
    const collapse = { margin: 3, minSize: 6 };
    const side = (label: string): Extension => [yamlLook(label), readOnly, shownLine];
    if (before === undefined || isUnified) {
      const compared =
        before === undefined
          ? []
          : unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: collapse });
      const label = before === undefined ? "New policy" : "Policy with its changes";
      const view = new EditorView({ root, parent: root, doc: after, extensions: [side(label), compared] });
      newest.current = view;
      return () => {
        view.destroy();
      };
    }
    const merge = new MergeView({
      root,
      parent: root,
      a: { doc: before, extensions: side("Policy before") },
      b: { doc: after, extensions: side("Policy after") },
      gutter: true,
      highlightChanges: true,
      collapseUnchanged: collapse,
    });
    newest.current = merge.b;
    return () => {
      merge.destroy();
    };
  }, [before, after, isUnified]);

  useEffect(() => {
    const view = newest.current;
    if (view === undefined || shown === undefined || shown.line > view.state.doc.lines) return;
    const at = view.state.doc.line(shown.line).from;
    view.dispatch({
      selection: { anchor: at },
      effects: [showLine.of(shown.line), EditorView.scrollIntoView(at, { y: "center" })],
    });
    host.current?.scrollIntoView({ block: "center" });
    view.focus();
  }, [shown]);

  return <div ref={host} className="postern-code-compare" />;
}
