import { glob, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SourceHands } from "../../app/live/live-source.ts";
import { type FileMark, formatMarks, maxFiles, parseMarks } from "./file-mark.ts";
import { FollowedFile } from "./followed-file.ts";
import type { AclLogOptions } from "./options.ts";

/** A file whose name is gone is read on for so long after it last grew: its writer may not know yet. */
const graceMs = 5000;
/** Looked through for a file that was renamed while nobody looked. */
const maxSiblings = 10_000;

interface FoundFile {
  readonly path: string;
  readonly key: string;
  readonly modifiedMs: number;
}

/** All files that match, known by device and inode, whatever they are called. */
export class FollowedFiles {
  private readonly options: AclLogOptions;
  private readonly hands: SourceHands;
  private readonly nowMs: () => number;
  private readonly files = new Map<string, FollowedFile>();
  /** From before a restart, until the file is found or given up. */
  private readonly marks: Map<string, FileMark>;
  private isFirstLook = true;
  /** Why files could not be opened, by path. */
  private troubles = new Map<string, string>();

  constructor(options: AclLogOptions, resumeFrom: string | undefined, hands: SourceHands, nowMs: () => number) {
    this.options = options;
    this.hands = hands;
    this.nowMs = nowMs;
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
    for (const { path, key } of found) if (!this.files.has(key)) await this.open(path, key, this.beginOfNew());
    this.isFirstLook = false;
    let hasRead = false;
    let isBehind = false;
    const named = new Set(found.map(({ key }) => key));
    for (const [key, file] of this.files) {
      const step = await file.read(this.nowMs());
      hasRead ||= step.bytes > 0;
      isBehind ||= step.isBehind;
      if (!named.has(key) && !step.isBehind && this.nowMs() - file.grewAtMs > graceMs) {
        this.files.delete(key);
        await file.finish();
      }
    }
    return { hasRead, isBehind };
  }

  settle(): void {
    for (const file of this.files.values()) file.settle();
  }

  position(): string {
    return formatMarks([...this.files.values()].map((file) => file.mark()));
  }

  /** For people: what is followed, and what is not and why. */
  describe(): string {
    const patterns = this.options.files.map((file) => `\`${file}\``).join(", ");
    const troubles = [...this.troubles].map(([path, why]) => `\`${path}\` ${why}`);
    const files = `${this.files.size} ${this.files.size === 1 ? "file" : "files"}`;
    const what = this.files.size === 0 ? `no file matches ${patterns} yet` : `follows ${files}`;
    return [what, ...troubles].join("; ");
  }

  async close(): Promise<void> {
    for (const file of this.files.values()) await file.close();
    this.files.clear();
  }

  private beginOfNew(): "start" | "end" {
    return this.isFirstLook ? this.options.begin : "start";
  }

  /** Regular files by pattern, the one written to last comes last. */
  private async find(): Promise<readonly FoundFile[]> {
    const found = new Map<string, FoundFile>();
    for (const pattern of this.options.files) {
      for await (const path of glob(pattern)) {
        const file = await look(path);
        if (file !== undefined && found.size < maxFiles) found.set(file.key, file);
      }
    }
    return [...found.values()].toSorted((a, b) => a.modifiedMs - b.modifiedMs);
  }

  /** Files that were read before and now have names that no pattern matches; or are gone, and their rest with them. */
  private async openRenamed(found: readonly FoundFile[]): Promise<void> {
    const named = new Set(found.map(({ key }) => key));
    const lost = [...this.marks.keys()].filter((key) => !named.has(key));
    if (lost.length > 0) {
      const siblings = await this.siblings();
      for (const key of lost) {
        const path = siblings.get(key);
        if (path === undefined) this.hands.outage();
        else await this.open(path, key, "start");
        this.marks.delete(key);
      }
    }
  }

  private async siblings(): Promise<ReadonlyMap<string, string>> {
    const folders = new Set(this.options.files.map((file) => dirname(file.replace(/[*?[{].*$/s, "x"))));
    const siblings = new Map<string, string>();
    for (const folder of folders) {
      for (const name of (await readdir(folder).catch(() => [])).slice(0, maxSiblings)) {
        const file = await look(join(folder, name));
        if (file !== undefined) siblings.set(file.key, file.path);
      }
    }
    return siblings;
  }

  private async open(path: string, key: string, begin: "start" | "end"): Promise<void> {
    try {
      const file = await FollowedFile.open(path, this.marks.get(key), begin, this.hands, this.nowMs());
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

async function look(path: string): Promise<FoundFile | undefined> {
  try {
    const { dev, ino, mtimeMs, isFile } = await stat(path, { bigint: true }).then((found) => ({
      dev: found.dev,
      ino: found.ino,
      mtimeMs: found.mtimeMs,
      isFile: found.isFile(),
    }));
    return isFile ? { path, key: `${dev}:${ino}`, modifiedMs: Number(mtimeMs) } : undefined;
  } catch {
    return undefined;
  }
}
