import type { Page } from "../../../app/wire/list.ts";
import type { TrafficRow } from "../../../app/wire/traffic.ts";
import { useAnswer } from "../api/queries.ts";

/** The clusters that have sent anything, as options of a filter. */
export function useClusters(): readonly { readonly value: string; readonly label: string }[] {
  const { data } = useAnswer<Page<TrafficRow>>("traffic", { by: ["cluster"], limit: 100 });
  return (data?.items ?? [])
    .flatMap(({ cluster }) => (cluster === undefined ? [] : [cluster]))
    .toSorted()
    .map((cluster) => ({ value: cluster, label: cluster }));
}
