import { toCidrs } from "../../../src/core/net/ip-set.ts";
import type { TrueService } from "../world/services.ts";
import { allowList } from "./allow-list.ts";
import type { PolicyMaker } from "./maker.ts";

/** Knows every service that the namespace ever uses, with all ranges it may ever move to: what learning can hope for. */
export const ideal: PolicyMaker = {
  name: "ideal",
  make(_learned, { namespaces }) {
    return new Map(
      namespaces.map(({ name, workloads }) => {
        const services = new Set<TrueService>(workloads.flatMap(({ uses }) => uses.map(({ service }) => service)));
        const list = allowList([...services].map(({ truth, ports }) => ({ to: truth, ports })));
        const rules = [...services].reduce((sum, { truth }) => sum + toCidrs(truth).length, 0);
        return [name, { list, rules, readiness: undefined }];
      }),
    );
  },
};
