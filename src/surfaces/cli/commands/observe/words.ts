import type { ObserverSettings } from "../../../../app/live/observer-settings.ts";
import { quoted } from "../../../../core/quoted.ts";
import { type Text, text } from "../../terminal/text.ts";
import { bytes, count } from "../../words/count.ts";

/** What a configuration asks for, in a few lines. */
export function formatWords(settings: ObserverSettings): readonly Text[] {
  const { observer, cluster, sources, everyMs, ship, buffer, anonymise, metrics } = settings;
  const hiding = anonymise === undefined ? "" : ", addresses and names hidden";
  const at =
    metrics === undefined
      ? "nowhere"
      : metrics.host.includes(":")
        ? `[${metrics.host}]:${metrics.port}`
        : `${metrics.host}:${metrics.port}`;
  return [
    text`observer ${quoted(observer)} of cluster ${quoted(cluster)}: ${count(sources.length, "source")}, a batch every ${everyMs / 1000} s`,
    ...sources.map(({ name, kind }) => text`source ${quoted(name)}: ${kind.kind}, ${kind.summary}`),
    text`cluster: ${kubernetesWords(settings)}`,
    text`batches go to ${ship === undefined ? "nobody" : quoted(ship.url.href)}${hiding}`,
    text`buffer: ${quoted(buffer.folder)}, up to ${bytes(buffer.maxBytes)}`,
    text`metrics: ${at}`,
  ];
}

function kubernetesWords({ kubernetes }: ObserverSettings): string {
  if (kubernetes.from === "nothing") return "not asked, flows name their workloads themselves";
  if (kubernetes.from === "dump") return `from ${kubernetes.paths.map(quoted).join(", ")}`;
  return kubernetes.kubeconfig === undefined ? "its API" : `its API, as ${quoted(kubernetes.kubeconfig)} says`;
}
