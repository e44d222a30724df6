import { expect } from "vitest";
import { entryForTest } from "../audit/audit-contract.test-support.ts";
import { proposalForTest } from "./proposals-contract.test-support.ts";
import type { State } from "./state.ts";

type On = (what: string, check: (state: State) => Promise<void>) => void;

export function changeChecks(on: On): void {
  on("changes all books together", async ({ decisions }) => {
    const proposal = await decisions.change(async (books) => {
      const added = await books.proposals.add(proposalForTest("p-1"));
      await books.namespaces.set({ cluster: "east", namespace: "shop" }, { phase: "review" });
      await books.namespaces.setFindings({ cluster: "east", namespace: "shop" }, []);
      await books.audit.append([entryForTest(0)]);
      return (await books.proposals.byId("p-1")) ?? added;
    });
    expect(await decisions.proposals.byId("p-1")).toEqual(proposal);
    expect(await decisions.audit.size()).toBe(1);
  });

  on("changes nothing when the work fails", async ({ decisions }) => {
    const failing = decisions.change(async (books) => {
      await books.proposals.add(proposalForTest("p-1"));
      await books.audit.append([entryForTest(0)]);
      await books.users.seen("x", 1);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await decisions.proposals.byId("p-1")).toBeUndefined();
    expect(await decisions.audit.size()).toBe(0);
    expect(await decisions.proposals.add(proposalForTest("p-2"))).toMatchObject({ number: 1 });
  });

  on("does not pretend that a change was kept whose statement failed", async ({ decisions }) => {
    await decisions.proposals.add(proposalForTest("p-1"));
    const quiet = decisions.change(async (books) => {
      await books.audit.append([entryForTest(0)]);
      await books.proposals.add(proposalForTest("p-1")).catch(() => {});
    });
    const isKept = await quiet.then(
      () => true,
      () => false,
    );
    expect(await decisions.audit.size()).toBe(isKept ? 1 : 0);
  });

  on("makes one change at a time, so that what was read still holds", async ({ decisions }) => {
    const { cluster, namespace } = { cluster: "east", namespace: "shop" };
    await decisions.namespaces.set({ cluster, namespace }, { findings: 0 });
    const addOne = (): Promise<void> =>
      decisions.change(async (books) => {
        const { findings } = (await books.namespaces.get({ cluster, namespace }))!;
        await books.namespaces.set({ cluster, namespace }, { findings: findings + 1 });
      });
    await Promise.all(Array.from({ length: 20 }, addOne));
    expect((await decisions.namespaces.get({ cluster, namespace }))?.findings).toBe(20);
  });

  on("refuses to wait for itself", async ({ decisions }) => {
    const outer = decisions.change(() => decisions.audit.size());
    await expect(outer).rejects.toThrow("ask the books that the change was given");
    const nested = decisions.change(() => decisions.change(() => Promise.resolve()));
    await expect(nested).rejects.toThrow("ask the books that the change was given");
    await expect(decisions.change((books) => books.audit.size())).resolves.toBe(0);
  });
}
