import { glob, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { SourceHands } from "../../app/live/live-source.ts";
import { AclLogDecoder } from "../../pipeline/sources/ovn-acl/decode.ts";
import { recordErrorText } from "../../pipeline/sources/record-decoder.ts";
import { RecordFeeder } from "../../pipeline/sources/record-feeder.ts";
import { headOf, isCopyOf } from "./file-copies.ts";
import { type FileMark, formatMarks, maxFiles, parseMarks } from "./file-mark.ts";
import { FollowedFile, type FollowedLog } from "./followed-file.ts";
import type { AclLogOptions } from "./options.ts";

/** A file whose name is gone is read on for so long after it last grew: its writer may not know yet. */
const graceMs = 5000;
/** Looked through for a file that was renamed while nobody looked. */
const maxSiblings = 10_000;

/** Emptied files and files that are gone, of which a copy may turn up yet. */
const maxPast = 64;

const packed = /\.(?:gz|bz2|xz|zst)$/;

interface FoundFile {
  readonly path: string;
  readonly key: string;
  readonly modifiedMs: number;
  readonly size: number;
}

/** All files that match, known by device and inode, whatever they are called. */
export class FollowedFiles {
  private readonly options: AclLogOptions;
  private readonly hands: SourceHands;
  private readonly files = new Map<string, FollowedFile>();
  private readonly decoder: AclLogDecoder;
  private readonly log: FollowedLog;
  /** From before a restart, until the file is found or given up. */
  private readonly marks: Map<string, FileMark>;
  private readonly past: FileMark[] = [];
  private isFirstLook = true;
  private hasTooMany = false;
  /** Why files could not be opened, by path. */
  private troubles = new Map<string, string>();

  constructor(options: AclLogOptions, resumeFrom: string | undefined, hands: SourceHands, nowMs: () => number) {
    this.options = options;
    this.hands = hands;
    this.decoder = new AclLogDecoder(hands.take);
    const feeder = new RecordFeeder(this.decoder, (error, sample) => hands.malformed(recordErrorText[error], sample));
    this.log = { feeder, hands, nowMs, emptied: (mark) => this.openCopy(mark) };
    const marks = resumeFrom === undefined ? [] : parseMarks(resumeFrom);
    this.marks = new Map(marks.map((mark) => [`${mark.device}:${mark.inode}`, mark]));
    if (marks.length > 0) this.isFirstLook = false;
  }

  /** Looks for files and reads what is new. @returns whether anything came, and whether there is more at once */
  async look(): Promise<{ readonly hasRead: boolean; readonly isBehind: boolean }> {
    const found = await this.find();
    this.troubles = new Map();
    // What was rotated comes before what replaced it.
    if (this.marks.size > 0) await this.openRenamed(found);
    for (const { path, key } of found) if (this.marks.has(key)) await this.open(path, key, "start");
    for (const file of found) if (!this.files.has(file.key)) await this.openNew(file);
    this.isFirstLook = false;
    let hasRead = false;
    let isBehind = false;
    const named = new Set(found.map(({ key }) => key));
    for (const [key, file] of this.files) {
      const step = await file.read();
      hasRead ||= step.bytes > 0;
      isBehind ||= step.isBehind;
      if (!named.has(key) && !step.isBehind && this.log.nowMs() - file.grewAtMs > graceMs) {
        this.files.delete(key);
        await file.finish();
        this.remember(file.mark());
      }
    }
    return { hasRead, isBehind };
  }

  /** Hands over what was held back for lines of the same packet. */
  settle(): void {
    this.log.feeder.flush();
    this.decoder.flush();
  }

  /** Files that cannot be opened for now keep their marks. */
  position(): string {
    const followed = [...this.files.values()].map((file) => file.mark());
    return formatMarks([...followed, ...this.marks.values()].slice(0, maxFiles));
  }

  /** For people: what is followed, and what is not and why. */
  describe(): string {
    const patterns = this.options.files.map((file) => `\`${file}\``).join(", ");
    const troubles = [...this.troubles].map(([path, why]) => `\`${path}\` ${why}`);
    const files = `${this.files.size} ${this.files.size === 1 ? "file" : "files"}`;
    const what = this.files.size === 0 ? `no file matches ${patterns} yet` : `follows ${files}`;
    const rest = this.hasTooMany ? [`more than ${maxFiles} files match, and the others are not read`] : [];
    return [what, ...rest, ...troubles].join("; ");
  }

  async close(): Promise<void> {
    for (const file of this.files.values()) await file.close();
    this.files.clear();
  }

  /**
   * A copy of a file that is followed has nothing to say, as long as the file itself has it; a copy of one that was emptied
   * or is gone goes on where that one was.
   */
  private async openNew({ path, key, size }: FoundFile): Promise<void> {
    const head = await headOf(path);
    const followed = [...this.files.values()].filter((file) => isCopyOf(head, file.mark()));
    const known = followed.length === 0 ? this.past.filter((mark) => isCopyOf(head, mark)) : await endsOf(followed);
    // What was just emptied looks for its copy itself.
    if (known === undefined) return;
    const original = known.toSorted((a, b) => a.offset - b.offset).at(-1);
    if (original === undefined) return this.open(path, key, this.beginOfNew());
    if (size <= original.offset) return;
    this.marks.set(key, original);
    await this.open(path, key, "start");
    this.marks.delete(key);
  }

  /** A copy of a file that is yet to be found by its mark, and then looks for its copy itself. */
  private async isMarked(path: string): Promise<boolean> {
    const head = await headOf(path);
    return [...this.marks.values()].some((mark) => isCopyOf(head, mark));
  }

  /** Reads on in a copy of the file that was emptied, wherever it lies beside it. @returns whether there is one */
  private async openCopy(mark: FileMark): Promise<boolean> {
    for (const { path, key, size } of (await this.siblings()).values()) {
      if (this.files.has(key) || this.marks.has(key) || size < mark.offset || packed.test(path)) continue;
      if (!isCopyOf(await headOf(path), mark)) continue;
      this.marks.set(key, mark);
      await this.open(path, key, "start");
      this.marks.delete(key);
      if (this.files.has(key)) return true;
    }
    this.remember(mark);
    return false;
  }

  private remember(mark: FileMark): void {
    this.past.push(mark);
    if (this.past.length > maxPast) this.past.shift();
  }

  private beginOfNew(): "start" | "end" {
    return this.isFirstLook ? this.options.begin : "start";
  }

  /** Regular files by pattern, the one written to last comes last. */
  private async find(): Promise<readonly FoundFile[]> {
    const found = new Map<string, FoundFile>();
    let hasTooMany = false;
    for (const pattern of this.options.files) {
      for await (const path of glob(pattern)) {
        const file = await look(path);
        if (file === undefined) continue;
        // What is followed stays so, in whatever order the system lists files.
        const isKnown = found.has(file.key) || this.files.has(file.key) || this.marks.has(file.key);
        if (isKnown || found.size < maxFiles) found.set(file.key, file);
        else hasTooMany = true;
      }
    }
    this.hasTooMany = hasTooMany;
    return [...found.values()].toSorted((a, b) => a.modifiedMs - b.modifiedMs);
  }

  /** Files that were read before and now have names that no pattern matches; or are gone, and their rest with them. */
  private async openRenamed(found: readonly FoundFile[]): Promise<void> {
    const named = new Set(found.map(({ key }) => key));
    const lost = [...this.marks.keys()].filter((key) => !named.has(key));
    if (lost.length > 0) {
      const siblings = await this.siblings();
      for (const key of lost) {
        const file = siblings.get(key);
        if (file === undefined) this.hands.outage();
        else {
          await this.open(file.path, key, "start");
          await this.openBetween(
            file,
            [...siblings.values()].filter((one) => !named.has(one.key)),
          );
        }
        this.marks.delete(key);
      }
    }
  }

  /** Files of the same log that came and were rotated as well while nobody looked: they are younger than `renamed`. */
  private async openBetween(renamed: FoundFile, others: readonly FoundFile[]): Promise<void> {
    const younger = others
      .filter((one) => logNameOf(one.path) === logNameOf(renamed.path) && one.modifiedMs >= renamed.modifiedMs)
      .toSorted((a, b) => a.modifiedMs - b.modifiedMs);
    for (const file of younger) {
      if (packed.test(file.path)) this.hands.outage();
      else if (!this.files.has(file.key) && !(await this.isMarked(file.path))) await this.openNew(file);
    }
  }

  private async siblings(): Promise<ReadonlyMap<string, FoundFile>> {
    const folders = new Set(this.options.files.map((file) => dirname(file.replace(/[*?[{].*$/s, "x"))));
    const siblings = new Map<string, FoundFile>();
    for (const folder of folders) {
      for (const name of (await readdir(folder).catch(() => [])).slice(0, maxSiblings)) {
        const file = await look(join(folder, name));
        if (file !== undefined) siblings.set(file.key, file);
      }
    }
    return siblings;
  }

  private async open(path: string, key: string, begin: "start" | "end"): Promise<void> {
    // A position holds no more: the others wait until one of these is gone.
    if (this.files.size >= maxFiles) return;
    try {
      const file = await FollowedFile.open(path, this.marks.get(key) ?? begin, this.log);
      this.marks.delete(key);
      // Between looking and opening, another file may have taken the name.
      const known = this.files.get(file.key);
      if (known === undefined) this.files.set(file.key, file);
      else await file.close();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
      if (code !== "ENOENT")
        this.troubles.set(path, code === "EACCES" ? "may not be read" : `cannot be read (${code})`);
    }
  }
}

/** Undefined when one of them was emptied since. */
async function endsOf(files: readonly FollowedFile[]): Promise<readonly FileMark[] | undefined> {
  const ends: FileMark[] = [];
  for (const file of files) {
    const end = await file.end();
    if (end === undefined) return undefined;
    ends.push(end);
  }
  return ends;
}

async function look(path: string): Promise<FoundFile | undefined> {
  try {
    const found = await stat(path, { bigint: true });
    if (!found.isFile()) return undefined;
    const { dev, ino, mtimeMs, size } = found;
    return { path, key: `${dev}:${ino}`, modifiedMs: Number(mtimeMs), size: Number(size) };
  } catch {
    return undefined;
  }
}

/** A log's name without what rotation put behind it: a number, a date, and how it was packed. */
function logNameOf(path: string): string {
  return join(
    dirname(path),
    basename(path)
      .replace(packed, "")
      .replace(/(?:[.-]\d+)+(?=\.log$|$)/, ""),
  );
}
