import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { GitRepository } from "./code-host.ts";

/** The files of a repository at one commit. */
export interface Tree {
  read(path: string): Promise<Result<string | undefined, Failure>>;
  list(under: string): Promise<Result<readonly string[], Failure>>;
  filesWith(under: string, text: string): Promise<Result<readonly string[], Failure>>;
}

/** A file as it is to be; undefined text: deleted. */
export interface FileEdit {
  readonly path: string;
  readonly text: string | undefined;
}

export function treeAt(repository: GitRepository, commit: string): Tree {
  return {
    read: (path) => repository.readFile(commit, path),
    list: (under) => repository.listFiles(commit, under),
    filesWith: (under, text) => repository.filesWith(commit, under, text),
  };
}

export function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function joined(folder: string, path: string): string {
  return folder === "" ? path : `${folder}/${path}`;
}

/** `../../base` from `overlays/east` is `base`; undefined when it leads out of the repository. */
export function resolvedFrom(folder: string, relative: string): string | undefined {
  const parts = folder === "" ? [] : folder.split("/");
  for (const part of relative.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}

/** How a file is written from a folder: `../x/y.yaml`. */
export function relativeTo(folder: string, path: string): string {
  const from = folder === "" ? [] : folder.split("/");
  const to = path.split("/");
  let same = 0;
  while (same < from.length && same < to.length - 1 && from[same] === to[same]) same += 1;
  return [...from.slice(same).map(() => ".."), ...to.slice(same)].join("/");
}
