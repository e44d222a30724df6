import { hash } from "node:crypto";
import { z } from "zod";
import { quoted } from "../../../core/quoted.ts";
import { fail, ok, type Result } from "../../../core/result.ts";
import type { Failure } from "../../failure.ts";
import { hashOfLeaf } from "../audit-hashes.ts";
import { canonicalJson } from "../canonical-json.ts";
import { exportSchema } from "../export-lines.ts";
import { keyRecordKind } from "../sign-checkpoint.ts";
import type { VerifierKey } from "../signed-note.ts";
import type { AuditReport } from "./audit-report.ts";
import { LogVerifier, type SeenEnd } from "./log-verifier.ts";

const headShape = z.strictObject({ schema: z.string(), size: z.number().int() });
const recordShape = z.strictObject({
  chainHash: z.string(),
  leafHash: z.string(),
  record: z.looseObject({ sequence: z.number().int() }),
});
const checkpointShape = z.strictObject({ checkpoint: z.string() });
const endShape = z.strictObject({
  end: z.strictObject({ chainHash: z.string(), rootHash: z.string(), size: z.number().int() }),
});
const keyShape = z.looseObject({
  record: z.looseObject({ kind: z.literal(keyRecordKind), payload: z.looseObject({ verifierKey: z.string() }) }),
});

/** As `export-lines.ts` writes them: hashes at fixed places, then the record, which is hashed as it stands. */
const chainAt = '{"chainHash":"';
const leafAt = '","leafHash":"';
const recordAt = '","record":';
const chainStart = chainAt.length;
const leafStart = chainStart + 64 + leafAt.length;
const recordStart = leafStart + 64 + recordAt.length;
const sequenceAt = ',"sequence":';
const subjectAt = ',"subject":"';
const keySubject = '"audit-key/';
/** Of a record whose subject names a key: `"audit-key/12345678"}}`. */
const keySubjectTail = keySubject.length + 8 + 3;

/** No record that is written is nearly as long. */
const mostLineBytes = 4_194_304;
const newline = 10;

/**
 * Checks an export as it is read. A line in the form that exports have costs three hashes and no reading of JSON; another form of the same
 * JSON is read and brought to it.
 */
export class ExportVerifier {
  readonly #verifier: LogVerifier;
  #rest: Buffer = Buffer.alloc(0);
  #line = 0;
  #size: number | undefined;
  #end: SeenEnd | undefined;

  constructor(keys: readonly VerifierKey[], known: readonly string[] = []) {
    this.#verifier = new LogVerifier(keys, known);
  }

  get records(): number {
    return this.#verifier.expected;
  }

  /** Takes the next bytes, and may overwrite them. Fails with `audit_export_malformed` for what is no export at all. */
  push(bytes: Buffer): Result<void, Failure> {
    const chunk = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const failure = this.#take(chunk, start, end);
      if (failure !== undefined) return fail(failure);
      start = end + 1;
    }
    this.#rest = Buffer.from(chunk.subarray(start));
    return this.#rest.length > mostLineBytes ? fail(this.#malformed("a line is too long")) : ok(undefined);
  }

  finish(): Result<AuditReport, Failure> {
    if (this.#rest.length > 0) {
      const failure = this.#take(this.#rest, 0, this.#rest.length);
      if (failure !== undefined) return fail(failure);
    }
    if (this.#size === undefined) return fail(this.#malformed("it is empty"));
    return ok(this.#verifier.finish(this.#end, this.#end?.where ?? `line ${this.#line + 1}`));
  }

  #take(chunk: Buffer, start: number, end: number): Failure | undefined {
    this.#line += 1;
    if (this.#size === undefined) return this.#takeHead(chunk.toString("utf8", start, end));
    // Every byte as a character, which is enough to find what is between the texts.
    const line = chunk.toString("latin1", start, end);
    const length = line.length;
    if (
      this.#end === undefined &&
      line.startsWith(chainAt) &&
      line.startsWith(leafAt, chainStart + 64) &&
      line.startsWith(recordAt, leafStart + 64) &&
      line.endsWith('"}}')
    ) {
      const sequence = sequenceIn(line);
      if (sequence !== undefined) {
        // A leaf is hashed with a zero byte before it: here that takes the place of the colon.
        chunk[start + recordStart - 1] = 0;
        const leaf = hash("sha256", chunk.subarray(start + recordStart - 1, end - 1));
        const chainHash = line.slice(chainStart, chainStart + 64);
        const leafHash = line.slice(leafStart, leafStart + 64);
        this.#verifier.record(sequence, leaf, leafHash, chainHash, this.#place);
        if (line.startsWith(keySubject, length - keySubjectTail)) {
          chunk[start + recordStart - 1] = 0x3a;
          this.#noteKey(sequence, chunk.toString("utf8", start, end));
        }
        return undefined;
      }
    }
    this.#takeOther(chunk.toString("utf8", start, end));
    return undefined;
  }

  readonly #place = (): string => `line ${this.#line}`;

  #takeHead(line: string): Failure | undefined {
    const head = headShape.safeParse(jsonIn(line));
    if (!head.success || head.data.schema !== exportSchema) {
      return this.#malformed(`its first line is not ${quoted(`{"schema":"${exportSchema}",…}`)}`);
    }
    this.#size = head.data.size;
    return undefined;
  }

  #takeOther(line: string): void {
    const where = this.#place();
    if (this.#end !== undefined) {
      this.#verifier.unreadable(where, "it stands after the end");
      return;
    }
    const json = jsonIn(line);
    const record = recordShape.safeParse(json);
    if (record.success) {
      const { chainHash, leafHash, record: told } = record.data;
      this.#verifier.record(told.sequence, hashOfLeaf(canonicalJson(told)), leafHash, chainHash, this.#place);
      this.#noteKey(told.sequence, line);
      return;
    }
    const checkpoint = checkpointShape.safeParse(json);
    const end = endShape.safeParse(json);
    if (checkpoint.success) this.#verifier.checkpoint(checkpoint.data.checkpoint, where);
    else if (end.success) this.#takeEnd({ ...end.data.end, where });
    else this.#verifier.unreadable(where, json === undefined ? "it is no JSON" : "it has another form");
  }

  #takeEnd(end: SeenEnd): void {
    this.#end = end;
    if (end.size === this.#size) return;
    const message = `the first line says that there are ${this.#size} records, and the end that there were ${end.size}`;
    this.#verifier.reportEnd(end.where, message);
  }

  #noteKey(sequence: number, line: string): void {
    const key = keyShape.safeParse(jsonIn(line));
    if (key.success) this.#verifier.namesKey(sequence, key.data.record.payload.verifierKey);
  }

  #malformed(why: string): Failure {
    const where = this.#line === 0 ? "" : ` (line ${this.#line})`;
    const message = `this is no export of an audit log, as \`postern audit export\` writes it: ${why}${where}`;
    return { code: "audit_export_malformed", message };
  }
}

/** Of the record itself: its subject is the last member, and no text within has a quotation mark without a backslash before it. */
function sequenceIn(line: string): number | undefined {
  const at = line.lastIndexOf(sequenceAt);
  const end = line.indexOf(",", at + sequenceAt.length);
  if (at < recordStart || end < 0 || end - at > sequenceAt.length + 15 || !line.startsWith(subjectAt, end))
    return undefined;
  let sequence = 0;
  for (let index = at + sequenceAt.length; index < end; index += 1) {
    const digit = line.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    sequence = sequence * 10 + digit;
  }
  return sequence;
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
