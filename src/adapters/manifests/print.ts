import type { DraftPolicy } from "../../core/policy/draft.ts";
import { printPolicy } from "../../core/policy/print-policy.ts";
import type { PrintedManifest, PrintedValue } from "../../core/policy/printed-manifest.ts";
import { printable } from "../../core/quoted.ts";
import { resolvePlainScalar } from "./plain-scalar.ts";

/**
 * The YAML text of a draft, ending in a newline: the same draft always gives the same bytes. Objects that a policy points
 * to stand before it, as documents of their own.
 */
export function printManifest(draft: DraftPolicy): string {
  const printed = printPolicy(draft);
  return [...(printed.companions ?? []), printed].map(printYaml).join("---\n");
}

/** Block style, two spaces, list items indented; comments above the object and above each rule. */
export function printYaml({ value, header, ruleComments, denyComments = [] }: PrintedManifest): string {
  const lines = header.map((line) => comment(line, ""));
  const commentsOf = (path: string, index: number): readonly string[] => {
    if (path === "spec.egressDeny") return denyComments[index] ?? [];
    return path === "spec.egress" ? (ruleComments[index] ?? []) : [];
  };
  const write = (node: PrintedValue, indent: string, path: string): void => {
    if (isList(node)) {
      for (const [i, item] of node.entries()) {
        for (const line of commentsOf(path, i)) lines.push(comment(line, indent));
        writeItem(item, indent, `${path}[${i}]`);
      }
    } else if (typeof node === "object") {
      for (const [key, part] of Object.entries(node))
        writeEntry(key, part, indent, path === "" ? key : `${path}.${key}`);
    }
  };
  const writeEntry = (key: string, part: PrintedValue, indent: string, path: string): void => {
    const inline = printInline(part);
    lines.push(`${indent}${printString(key)}:${inline === undefined ? "" : ` ${inline}`}`);
    if (inline === undefined) write(part, `${indent}  `, path);
  };
  const writeItem = (item: PrintedValue, indent: string, path: string): void => {
    const inline = printInline(item);
    if (inline !== undefined) {
      lines.push(`${indent}- ${inline}`);
      return;
    }
    const first = lines.length;
    write(item, `${indent}  `, path);
    lines[first] = `${indent}- ${lines[first]!.slice(indent.length + 2)}`;
  };
  write(value, "", "");
  return `${lines.join("\n")}\n`;
}

function comment(line: string, indent: string): string {
  return `${indent}# ${printable(line)}`.trimEnd();
}

/** What fits behind a key or a dash; undefined for collections that need lines of their own. */
function printInline(value: PrintedValue): string | undefined {
  if (isList(value)) return value.length === 0 ? "[]" : undefined;
  if (typeof value === "object") return Object.keys(value).length === 0 ? "{}" : undefined;
  return typeof value === "string" ? printString(value) : String(value);
}

/**
 * Without quotes only where every YAML reader, of version 1.1 or 1.2, sees the same text: nothing that looks like a
 * number, a date, a time or a word with a meaning.
 */
export function printString(text: string): string {
  const isPlain =
    /^[A-Za-z0-9_./][\w./:@+-]*$/.test(text) &&
    !text.endsWith(":") &&
    !/^[-+.0-9_:eExXoTZ]*$/.test(text) &&
    resolvePlainScalar(text) === text;
  return isPlain ? text : printable(JSON.stringify(text));
}

function isList(value: PrintedValue): value is readonly PrintedValue[] {
  return Array.isArray(value);
}
