import { type Cidr, cidrAround, parseCidr } from "../../../core/net/ip-set.ts";
import { familyBits, parseIp } from "../../../core/net/ip.ts";
import type { NamePattern } from "../../../core/net/name-pattern.ts";
import { canonicalName, namePattern } from "../../../core/net/name-pattern.ts";
import { fitDnsName } from "../../../core/policy/kinds/dns-name.ts";
import { type Fields, field, isFields, nearest } from "../../../core/policy/kinds/inspection.ts";
import { formatPath, type Manifest, type Path } from "../../../core/policy/manifest.ts";
import type { SourceLocation } from "../../../core/policy/model.ts";
import { quoted } from "../../../core/quoted.ts";
import type { LawFinding } from "./law-finding.ts";

/** Longest list of a law: more would be a mistake, or an attack. */
export const mostEntries = 10_000;

/** One reading of one document: hands out its parts in the types that are expected, and collects what is wrong. */
export class LawReading {
  readonly findings: LawFinding[] = [];
  readonly #manifest: Manifest;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  at(path: Path): SourceLocation {
    return this.#manifest.locate(path);
  }

  error(code: LawFinding["code"], path: Path, message: string, fix: string): undefined {
    this.findings.push({ code, severity: "error", at: this.at(path), message, fix });
    return undefined;
  }

  warning(code: LawFinding["code"], path: Path, message: string, fix: string): void {
    this.findings.push({ code, severity: "warning", at: this.at(path), message, fix });
  }

  /** An object with none but the known fields. */
  fields(value: unknown, path: Path, known: readonly string[]): Fields | undefined {
    if (!isFields(value))
      return this.#shape(path, "a mapping", `write ${known.map((name) => `\`${name}:\``).join(", ")} below it`);
    for (const name of Object.keys(value)) if (!known.includes(name)) this.unknown(name, known, path);
    return value;
  }

  unknown(name: string, known: readonly string[], path: Path): void {
    const meant = nearest(name, known);
    const where = path.length === 0 ? "the document" : `\`${formatPath(path)}\``;
    const fix = `${meant === undefined ? "remove it" : `write \`${meant}\``}; known here: ${known.join(", ")}`;
    this.error("law_field_unknown", [...path, name], `${where} has no field ${quoted(name)}`, fix);
  }

  missing(path: Path, name: string, fix: string): undefined {
    return this.error("law_field_missing", path, `\`${name}\` is missing`, fix);
  }

  text(value: unknown, path: Path, longest = 2_000): string | undefined {
    if (typeof value !== "string") return this.#shape(path, "text", "put it in quotes");
    if (value.length <= longest) return value;
    return this.error("law_value", path, `the text is longer than ${longest} characters`, "shorten it");
  }

  whole(value: unknown, path: Path, least: number, most: number): number | undefined {
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    const fix = typeof value === "string" && /^[0-9]+$/.test(value) ? "write it without quotes" : "write one";
    return this.error("law_value", path, `${quoted(value)} is no whole number from ${least} to ${most}`, fix);
  }

  truth(value: unknown, path: Path): boolean | undefined {
    return typeof value === "boolean"
      ? value
      : this.#shape(path, "`true` or `false`", "write one of the two, without quotes");
  }

  oneOf<T extends string>(value: unknown, path: Path, known: readonly T[]): T | undefined {
    const found = known.find((each) => each === value);
    if (found !== undefined) return found;
    const meant = typeof value === "string" ? nearest(value, known) : undefined;
    const fix = meant === undefined ? `write one of ${known.join(", ")}` : `write \`${meant}\``;
    return this.error("law_value", path, `${quoted(value)} is not known here`, fix);
  }

  /** A list whose entries are read one by one; those that cannot be are left out, and told. Absent: empty. */
  list<T>(fields: Fields, name: string, path: Path, read: (value: unknown, path: Path) => T | undefined): readonly T[] {
    const value = field(fields, name);
    const at = [...path, name];
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.#shape(at, "a list", "write `- ` before each entry");
      return [];
    }
    if (value.length > mostEntries) {
      this.error("law_value", at, `more than ${mostEntries} entries`, "split the law in several, or use wider blocks");
      return [];
    }
    return (value as readonly unknown[])
      .map((entry, i) => read(entry, [...at, i]))
      .filter((each) => each !== undefined);
  }

  block = (value: unknown, path: Path): Cidr | undefined => {
    const text = this.text(value, path, 60);
    if (text === undefined) return undefined;
    const address = parseIp(text);
    if (address.ok) return cidrAround(address.value, familyBits[address.value.family]);
    const cidr = parseCidr(text);
    if (cidr.ok) return cidr.value;
    const fix =
      cidr.error.suggestion === undefined ? "write a block such as `10.0.0.0/8`" : `write \`${cidr.error.suggestion}\``;
    return this.error("law_value", path, cidr.error.message, fix);
  };

  /** In a law `*.` stands for any depth: what it forbids below a name, it forbids at every depth. */
  name = (value: unknown, path: Path): NamePattern | undefined => {
    const text = this.text(value, path, 255);
    if (text === undefined) return undefined;
    const fit = fitDnsName(canonicalName(text));
    if (fit.isStored && !fit.isAddress) return namePattern(text, "subdomains");
    const message = `${quoted(text)} is no name, nor one with \`*.\` before it`;
    return this.error("law_value", path, message, "write `api.example.com`, or `*.example.com` for all names below it");
  };

  #shape(path: Path, expected: string, fix: string): undefined {
    const name = path.findLast((segment) => typeof segment === "string") ?? "document";
    return this.error("law_shape", path, `${quoted(name)} must be ${expected}`, fix);
  }
}
