import type { Figure } from "./exposition.ts";

/** What the process takes of its machine, by the names that every exporter uses. */
export function processFigures(): readonly Figure[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const one = (name: string, help: string, value: number): Figure => ({ name, help, values: [{ value }] });
  return [
    one("process_cpu_seconds_total", "time of processors, in user and system mode", (user + system) / 1e6),
    one("process_resident_memory_bytes", "memory held", rss),
    one("process_start_time_seconds", "when the process began", Math.floor(performance.timeOrigin) / 1000),
    one("nodejs_heap_size_used_bytes", "memory of JavaScript's objects", heapUsed),
  ];
}
