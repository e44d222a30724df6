import { printable } from "../../../core/quoted.ts";

/** An element with children or text; attributes in the order given. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children?: readonly XmlElement[];
  readonly text?: string;
}

/** An XML 1.0 document in UTF-8. Characters XML cannot hold, and control characters, are written as in JSON. */
export function formatXml(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, "")}`;
}

function element({ name, attributes, children = [], text }: XmlElement, indent: string): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(String(value))}"`);
  const open = `${indent}<${name}${written.join("")}`;
  if (text !== undefined) return `${open}>${text.split("\n").map(escape).join("\n")}</${name}>\n`;
  if (children.length === 0) return `${open}/>\n`;
  return `${open}>\n${children.map((child) => element(child, `${indent}  `)).join("")}${indent}</${name}>\n`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

function escape(value: string): string {
  // Noncharacters are outside XML's Char production too.
  const harmless = printable(value).replaceAll(/[\ufffe\uffff]/g, "\ufffd");
  return harmless.replaceAll(/[&<>"']/g, (character) => entities[character]!);
}
