import { expect, test } from "vitest";
import { DraftShelf } from "./kept-draft.ts";

function store(): { readonly map: Map<string, string> } & Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  const map = new Map<string, string>();
  return {
    map,
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
  };
}

const before = { manifest: "old", title: "t", justification: "", ticket: "", reviewers: "", expires: "" };
const kept = { version: 3, before, draft: { ...before, manifest: "new" } };

test("what was kept is there for the same person and proposal, until it is forgotten", () => {
  const tab = store();
  new DraftShelf(tab, "local:ada", "p-1").keep(kept);
  expect(new DraftShelf(tab, "local:ada", "p-1").read()).toEqual(kept);
  expect(new DraftShelf(tab, "local:ada", "p-2").read()).toBeUndefined();
  expect(new DraftShelf(tab, "local:eve", "p-1").read()).toBeUndefined();
  new DraftShelf(tab, "local:ada", "p-1").forget();
  expect(tab.map.size).toBe(0);
});

test.each(["", "no json", "null", "[]", '{"version":3}', '{"version":3,"before":{},"draft":{"manifest":1}}'])(
  "what somebody else left there is no draft: %j",
  (text) => {
    const tab = store();
    new DraftShelf(tab, "local:ada", "p-1").keep(kept);
    for (const key of tab.map.keys()) tab.map.set(key, text);
    expect(new DraftShelf(tab, "local:ada", "p-1").read()).toBeUndefined();
  },
);

test("a store that throws keeps nothing and breaks nothing", () => {
  const full = {
    getItem: () => {
      throw new Error("denied");
    },
    setItem: () => {
      throw new Error("full");
    },
    removeItem: () => {
      throw new Error("denied");
    },
  };
  const shelf = new DraftShelf(full, "local:ada", "p-1");
  shelf.keep(kept);
  shelf.forget();
  expect(shelf.read()).toBeUndefined();
});
