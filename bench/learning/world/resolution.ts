import { keyed } from "./keyed.ts";
import type { TrueService } from "./services.ts";
import type { World } from "./world.ts";

/** Between these a node looks a name up again, whatever the TTL (policy-semantics §1.5). */
const shortestRefresh = 5;
const longestRefresh = 1800;

/** What one cache of one name server holds for a name: it asks again when the TTL has run out. */
function cached(service: TrueService, family: 4 | 6, nameKey: number, cache: number, at: number): readonly number[] {
  const pool = family === 4 ? service.v4 : service.v6;
  if (pool === undefined) return [];
  const ttl = pool.shape.ttlSeconds;
  const phase = keyed(nameKey, cache, family) % ttl;
  const epoch = Math.floor((at + phase) / ttl);
  return pool.answer(nameKey, cache, epoch, Math.max(0, epoch * ttl - phase));
}

/**
 * The addresses that a node's firewall has for a name at a time: it asked every name server of its own when the TTL of the
 * last answer had run out, took the union, and forgot what it had before.
 */
export function nodeSet(
  { settings }: World,
  service: TrueService,
  nameKey: number,
  node: number,
  at: number,
): Set<number> {
  const found = new Set<number>();
  for (const family of [4, 6] as const) {
    const pool = family === 4 ? service.v4 : service.v6;
    if (pool === undefined) continue;
    const interval = Math.min(longestRefresh, Math.max(shortestRefresh, pool.shape.ttlSeconds));
    const phase = keyed(nameKey, node, 0x40de) % interval;
    const asked = Math.floor((at + phase) / interval) * interval - phase;
    for (let server = 0; server < settings.nameServers; server += 1) {
      // A name server is a farm: every question meets one of its caches.
      const cache = keyed(node, nameKey, Math.floor(asked), server) % settings.resolverCaches;
      for (const address of cached(service, family, nameKey, server * 64 + cache, asked)) found.add(address);
    }
  }
  return found;
}

/** When a pod last asked for a name: it keeps the answer, or the connections it opened with it, for a while. */
export function podAskedAt(service: TrueService, nameKey: number, pod: number, at: number): number {
  const hold = Math.max(service.v4.shape.ttlSeconds, service.holdSeconds);
  const phase = keyed(nameKey, pod, 0x90d) % hold;
  return Math.floor((at + phase) / hold) * hold - phase;
}

/** What the pod was told then, through the cluster's DNS and one of the caches behind it. */
export function podAnswer(
  { settings }: World,
  service: TrueService,
  nameKey: number,
  { pod, askedAt, family }: { readonly pod: number; readonly askedAt: number; readonly family: 4 | 6 },
): readonly number[] {
  const draw = keyed(pod, nameKey, Math.floor(askedAt), 0xd25);
  const server = draw % settings.nameServers;
  const cache = (draw >>> 8) % settings.resolverCaches;
  return cached(service, family, nameKey, server * 64 + cache, askedAt);
}
