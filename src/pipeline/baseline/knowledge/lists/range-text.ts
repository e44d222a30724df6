import { quoted } from "../../../../core/quoted.ts";
import { ok, type Result } from "../../../../core/result.ts";
import { listDate } from "./list-date.ts";
import { type ListTrouble, readBlock, trouble } from "./list-trouble.ts";
import type { ParsedRanges } from "./published-document.ts";
import { RangeGroups } from "./range-groups.ts";

/** Whether a text is a plain list and not a document: its first line that says anything begins with a block. */
export function isRangeText(text: string): boolean {
  for (const line of text.split("\n", 1000)) {
    const [block = ""] = withoutComment(line).split(/[\s,]/);
    if (block === "") continue;
    const read = readBlock(block, "");
    return read.ok || read.error.code === "list_too_broad";
  }
  return false;
}

/**
 * One block per line, `#` or `;` before comments, such as Cloudflare's lists. Comments may name the `provider:` and when the
 * list was made (`updated:`); without them the provider is `title`.
 */
export function parseRangeText(text: string, title: string): Result<ParsedRanges, ListTrouble> {
  let provider = title;
  let asOfMs: number | undefined;
  const lines = text.split("\n");
  for (const line of lines.slice(0, 50)) {
    const [, key = "", value = ""] =
      /^\s*[#;]\s*(provider|(?:last[ -])?(?:updated|modified))\s*:\s*(.+)$/i.exec(line) ?? [];
    if (key.toLowerCase() === "provider") provider = value;
    else if (key !== "") asOfMs ??= listDate(value);
  }
  const groups = new RangeGroups(provider);
  for (const [at, line] of lines.entries()) {
    const own = withoutComment(line);
    if (own === "") continue;
    if (/[\s,]/.test(own)) return trouble("list_format", `${quoted(own)} is not one CIDR block`, `line ${at + 1}`);
    groups.add(own, () => `line ${at + 1}`);
  }
  const read = groups.finish();
  return read.ok ? ok({ provider: read.value[0]?.provider ?? provider, groups: read.value, asOfMs }) : read;
}

function withoutComment(line: string): string {
  return line.replace(/[#;].*$/, "").trim();
}
