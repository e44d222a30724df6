import { type Cidr, cidrAround, type IpSet, ipSetOfAll } from "../../../src/core/net/ip-set.ts";
import type { Port } from "../../../src/pipeline/baseline/port.ts";
import { type Random, seeded } from "../../corpus/random.ts";
import type { LearningSettings } from "../settings.ts";
import type { AddressBook } from "./address-book.ts";
import { type BlockAllocator, blockInside } from "./blocks.ts";
import { keyed, textKey } from "./keyed.ts";
import { Pool } from "./pool.ts";
import { kindShapes, poolShape, type ServiceKind } from "./service-kinds.ts";
import type { Supplier } from "./suppliers.ts";

/** A service as it really is. Namespaces may know it by names of their own (buckets); the addresses are common. */
export interface TrueService {
  readonly index: number;
  readonly id: string;
  readonly kind: ServiceKind;
  /** The names it has; `*` stands for a part that each namespace has its own of. Empty: it is known by address only. */
  readonly names: readonly string[];
  /** What its names are aliases of. */
  readonly alias: string | undefined;
  readonly ports: readonly Port[];
  readonly v4: Pool;
  readonly v6: Pool | undefined;
  /** Every address it may ever use: what somebody who knows would allow. */
  readonly truth: IpSet;
  readonly holdSeconds: number;
  readonly packets: readonly [number, number];
}

export interface ServiceSpec {
  readonly id: string;
  readonly kind: ServiceKind;
  /** `Amazon/S3/us-east-1`, `on-premises`, or `own`: a block of its own. */
  readonly from: string;
  readonly names?: readonly string[];
  readonly alias?: string;
  readonly ports?: readonly Port[];
  /** Services with the same word have the same addresses: sites on one content network. */
  readonly shares?: string;
}

const https: readonly Port[] = [{ protocol: "tcp", port: 443 }];

/** What services are made of. */
export interface Ground {
  readonly book: AddressBook;
  readonly blocks: BlockAllocator;
  readonly suppliers: ReadonlyMap<string, Supplier>;
  readonly onPremises: readonly Cidr[];
  /** When learning ends, and the last second that anybody asks about. */
  readonly learned: number;
  readonly horizon: number;
}

/** Makes services on demand, one for each spec, and pools that several may share. */
export class ServiceMaker {
  readonly all: TrueService[] = [];
  readonly #byId = new Map<string, TrueService>();
  readonly #pools = new Map<string, { readonly v4: Pool; readonly v6: Pool | undefined }>();
  readonly #settings: LearningSettings;
  readonly #world: Ground;

  constructor(settings: LearningSettings, world: Ground) {
    this.#settings = settings;
    this.#world = world;
  }

  make(spec: ServiceSpec): TrueService {
    const known = this.#byId.get(spec.id);
    if (known !== undefined) return known;
    // Its own stream, so that one more service leaves all others as they are.
    const random = seeded(keyed(this.#settings.seed, textKey(spec.id)));
    const supplier = this.#world.suppliers.get(spec.from);
    const pools = this.#poolsOf(spec, supplier, random);
    const { holdSeconds, packets } = kindShapes[spec.kind];
    const service: TrueService = {
      index: this.all.length,
      id: spec.id,
      kind: spec.kind,
      names: spec.names ?? [],
      alias: spec.alias,
      ports: spec.ports ?? https,
      ...pools,
      truth: this.#truth(pools, supplier),
      holdSeconds: holdSeconds[random.below(holdSeconds.length)]!,
      packets,
    };
    this.all.push(service);
    this.#byId.set(spec.id, service);
    return service;
  }

  #poolsOf(spec: ServiceSpec, supplier: Supplier | undefined, random: Random): Pick<TrueService, "v4" | "v6"> {
    const shared = spec.shares === undefined ? undefined : this.#pools.get(spec.shares);
    if (shared !== undefined) return shared;
    const { book, horizon, learned } = this.#world;
    const { churn, pools: size, dualStack } = this.#settings;
    const pool = (blocks: readonly Cidr[], later: readonly Cidr[] = []): Pool => {
      const shape = poolShape(spec.kind, blocks, random, { churn, pools: size });
      // Providers publish a block before they use it, but a list that was read before does not have it.
      return new Pool(
        later.length === 0 ? shape : { ...shape, later: { blocks: later, from: learned } },
        book,
        horizon,
      );
    };
    const v4 = pool(this.#blocksOf(spec, supplier, random), supplier?.unpublished);
    const v6Blocks = supplier?.v6 ?? [];
    const pools = { v4, v6: v6Blocks.length > 0 && random.chance(dualStack) ? pool(v6Blocks) : undefined };
    if (spec.shares !== undefined) this.#pools.set(spec.shares, pools);
    return pools;
  }

  #blocksOf({ kind, from }: ServiceSpec, supplier: Supplier | undefined, random: Random): readonly Cidr[] {
    if (supplier !== undefined) return supplier.v4.filter((cidr) => !supplier.unpublished.includes(cidr));
    const { blocks, onPremises } = this.#world;
    if (from !== "on-premises") return [blocks.v4(kind === "partner" ? 27 : 24)];
    return [blockInside(onPremises, kind === "on-premises-pool" ? 25 : 27, random)];
  }

  /**
   * Where anything may move to, the supplier's blocks; else the networks in use. A content network that nobody publishes
   * is known to this one by its networks.
   */
  #truth({ v4, v6 }: Pick<TrueService, "v4" | "v6">, supplier: Supplier | undefined): IpSet {
    const blocks = [...(supplier?.v4 ?? []), ...(v6 === undefined ? [] : (supplier?.v6 ?? []))];
    if (supplier !== undefined) return ipSetOfAll(blocks);
    const { book, horizon } = this.#world;
    const used = [v4, ...(v6 === undefined ? [] : [v6])].flatMap((pool) => [...pool.allBetween(0, horizon)]);
    return ipSetOfAll(used.map((id) => cidrAround(book.at(id), book.at(id).family === 4 ? 28 : 64)));
  }
}
