import type { IpAddress } from "../../../src/core/net/ip.ts";
import type { RuleList } from "../../../src/core/policy/model.ts";
import type { Knowledge } from "../../../src/pipeline/baseline/knowledge/knowledge.ts";
import type { ClusterFacts } from "../../../src/pipeline/flows/cluster-facts.ts";
import type { Harvest } from "../../../src/pipeline/flows/harvest.ts";
import type { Form } from "../../../src/pipeline/suggest/choose/choice.ts";
import type { Readiness } from "../../../src/pipeline/suggest/readiness/readiness.ts";
import type { World } from "../world/world.ts";

/** What every maker gets: nothing that the product could not know. */
export interface Learned {
  readonly harvest: Harvest;
  readonly facts: ClusterFacts;
  readonly knowledge: Knowledge;
}

/** What a maker expected of the form it chose. */
export interface ChosenForm extends Pick<Form, "title" | "blockedShare" | "breaksWithinWeek"> {
  /** `left out` where it was seen and not learned. */
  readonly kind: Form["kind"] | "left out";
}

export interface MadePolicy {
  readonly list: RuleList;
  /** Rules as written in the object. */
  readonly rules: number;
  readonly readiness: Readiness | undefined;
  /** How a host, or an address without one, came to be allowed; undefined where nothing was chosen for it. */
  readonly chosenFor?: (host: string | undefined, address: IpAddress) => ChosenForm | undefined;
}

export interface PolicyMaker {
  readonly name: string;
  /** By namespace; a namespace without one is left open. Only the ideal looks at the world. */
  make(learned: Learned, world: World): ReadonlyMap<string, MadePolicy>;
}
