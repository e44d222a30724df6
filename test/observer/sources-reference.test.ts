import { expect, test } from "vitest";
import { z } from "zod";
import { observerConfig } from "../../src/adapters/observer-config/schema.ts";
import { liveSources } from "../../src/main/live-sources.ts";

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: string | number | boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

function schemaOf(type: z.ZodType): Schema {
  return z.toJSONSchema(type, { io: "input", unrepresentable: "any" }) as Schema;
}

interface Row {
  readonly name: string;
  readonly form: string;
  readonly preset: string;
  readonly text: string;
}

function formOf({ type, enum: words, const: only, items, anyOf }: Schema): string {
  if (words !== undefined) return words.map((word) => `\`${String(word)}\``).join(", ");
  if (only !== undefined) return `\`${String(only)}\``;
  if (anyOf !== undefined) return [...new Set(anyOf.map(formOf))].join(" or ");
  if (type === "array") return `list of ${formOf(items ?? {})}`;
  if (type === "object") return "mapping";
  return { integer: "whole number", boolean: "`true` or `false`", string: "text" }[type ?? ""] ?? type ?? "any";
}

function rowsOf(schema: Schema, prefix = ""): readonly Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, own]): readonly Row[] => {
    const name = `${prefix}${key}`;
    const isRequired = schema.required?.includes(key) ?? false;
    const isPlain = own.default !== undefined && typeof own.default !== "object";
    const preset = isRequired
      ? "required"
      : isPlain || Array.isArray(own.default)
        ? `\`${JSON.stringify(own.default)}\``
        : "";
    const inner = [own, ...(own.anyOf ?? [])].flatMap((form) => [
      ...rowsOf(form, `${name}.`),
      ...(form.items === undefined ? [] : rowsOf(form.items, `${name}[].`)),
    ]);
    return [{ name, form: formOf(own), preset, text: own.description ?? "" }, ...inner];
  });
}

function tableOf(rows: readonly Row[]): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  return [
    "| option | value | if not said | what |",
    "|---|---|---|---|",
    ...rows.map(({ name, form, preset, text }) => `| \`${name}\` | ${cell(form)} | ${cell(preset)} | ${cell(text)} |`),
  ].join("\n");
}

const kinds = await Promise.all(
  Object.entries(liveSources)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(async ([word, load]) => {
      const kind = await load();
      return { word, kind, options: schemaOf(await kind.options()) };
    }),
);
const observerRows = rowsOf(schemaOf(observerConfig)).filter(({ name }) => !name.startsWith("sources[]."));

test("every kind of source is listed under its own word, with a summary", () => {
  for (const { word, kind } of kinds) {
    expect(kind.kind).toBe(word);
    expect(kind.summary).toMatch(/^[^.].*[^.]$/);
  }
});

test("every option says what it is", () => {
  const silent = [
    ...observerRows.map((row) => ({ ...row, of: "observer" })),
    ...kinds.flatMap(({ word, options }) => rowsOf(options).map((row) => ({ ...row, of: word }))),
  ].filter(({ text }) => text === "");
  expect(silent.map(({ of, name }) => `${of}: ${name}`)).toEqual([]);
});

test("the reference page is what the schemas say", async () => {
  const page = `# Options of an observer and its sources

What a configuration of \`postern observe\` can say; [observer](../observer.md) tells what it means. On the command line the options
of one source are given as \`--set option=value\`. This page is made from the schemas that configurations are checked with; a
test keeps the two equal.

## The observer

${tableOf(observerRows)}

Each of the \`sources\` has a \`kind\`, a \`name\` that is the kind when left out, and the options of its kind:

${kinds.map(({ word, kind, options }) => `## \`${word}\`\n\n${kind.summary[0]?.toUpperCase()}${kind.summary.slice(1)}.\n\n${tableOf(rowsOf(options))}\n`).join("\n")}`;
  await expect(page).toMatchFileSnapshot("../../docs/reference/sources.md");
});
