import type { ObserverSettings } from "../app/live/observer-settings.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import { liveSources } from "./live-sources.ts";

/** From the process that reads to the one that runs, as structured clones. */
export interface HandedObserver {
  /** Settings in which kinds of sources are their words and addresses are in {@link AsText}. */
  readonly settings: unknown;
  readonly isOnce: boolean;
  readonly dump: ClusterFacts | undefined;
}

/** An address, which no message can carry, as a text that no option can be. */
interface AsText {
  readonly "a URL": string;
}

/** Throws for what is no plain value, which no option of a source is. */
export function packSettings(settings: ObserverSettings): unknown {
  const sources = settings.sources.map(({ kind, ...source }) => ({ ...source, kind: kind.kind }));
  return packed({ ...settings, sources });
}

/** What {@link packSettings} packed, with the kinds of sources loaded. */
export async function unpackSettings(message: unknown): Promise<ObserverSettings> {
  const settings = unpacked(message) as Omit<ObserverSettings, "sources"> & {
    readonly sources: readonly { readonly name: string; readonly kind: string; readonly options: unknown }[];
  };
  const sources = await Promise.all(
    settings.sources.map(async ({ kind, ...source }) => ({ ...source, kind: await liveSources[kind]!() })),
  );
  return { ...settings, sources };
}

function packed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof URL) return { "a URL": value.href } satisfies AsText;
  if (Array.isArray(value)) return value.map(packed);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError("an option that is no plain value");
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, packed(own)]));
}

function unpacked(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(unpacked);
  if ("a URL" in value) return new URL(String(value["a URL"]));
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, unpacked(own)]));
}
