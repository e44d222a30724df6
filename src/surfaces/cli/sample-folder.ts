import { isAbsolute, relative } from "node:path";
import type { Context } from "./context.ts";

/** The bundled sample as a person can type it from where they are: short where it lies below, absolute elsewhere. */
export function sampleFolderFrom({ io, ports }: Context): string {
  const below = relative(io.workingDirectory, ports.sampleFolder);
  return below.startsWith("..") || isAbsolute(below) ? ports.sampleFolder.replace(/[/\\]$/, "") : below;
}
