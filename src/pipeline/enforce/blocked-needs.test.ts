import { describe, expect, test } from "vitest";
import { blockedNeeds, type Need, type NeedsOfChange } from "./blocked-needs.ts";

const none: NeedsOfChange = { promised: [], given: [], workedBefore: [], deniedBefore: [] };

/** `cart 203.0.113.7 tcp/443 api.example.com` */
function need(text: string): Need {
  const [workload = "", address = "", l4 = "", ...names] = text.split(" ");
  const [protocol = "", port = ""] = l4.split("/");
  return { workload: `Deployment/${workload}`, address, names, protocol, port: Number(port) };
}

describe("a denied connection is one that was to keep working", () => {
  test.each<[string, string, Partial<Record<keyof NeedsOfChange, readonly string[]>>, boolean]>([
    ["when the replay promised it", "cart 203.0.113.7 tcp/443", { promised: ["cart 203.0.113.7 tcp/443"] }, true],
    [
      "when it promised another address of the name",
      "cart 203.0.113.8 tcp/443 api.example.com",
      { promised: ["cart 203.0.113.7 tcp/443 api.example.com"] },
      true,
    ],
    [
      "not when it promised it to another workload",
      "mail 203.0.113.7 tcp/443",
      { promised: ["cart 203.0.113.7 tcp/443"] },
      false,
    ],
    ["not on another port", "cart 203.0.113.7 tcp/80", { promised: ["cart 203.0.113.7 tcp/443"] }, false],
    ["not over another protocol", "cart 203.0.113.7 udp/443", { promised: ["cart 203.0.113.7 tcp/443"] }, false],
    ["not when nobody ever saw it", "cart 198.51.100.1 tcp/443", { promised: ["cart 203.0.113.7 tcp/443"] }, false],
    [
      "when it worked until the change",
      "cart 203.0.113.7 tcp/443",
      { workedBefore: ["cart 203.0.113.7 tcp/443"] },
      true,
    ],
    [
      "not when people saw that it would be denied",
      "cart 203.0.113.7 tcp/443",
      { workedBefore: ["cart 203.0.113.7 tcp/443"], given: ["cart 203.0.113.7 tcp/443"] },
      false,
    ],
    [
      "not when they gave up its name",
      "cart 203.0.113.8 tcp/443 ads.example",
      { workedBefore: ["cart 203.0.113.8 tcp/443"], given: ["cart 203.0.113.7 tcp/443 ads.example"] },
      false,
    ],
    [
      "when they gave up one name and the replay promised another",
      "cart 203.0.113.8 tcp/443 ads.example api.example",
      { promised: ["cart 203.0.113.7 tcp/443 api.example"], given: ["cart 203.0.113.9 tcp/443 ads.example"] },
      true,
    ],
    [
      "not when it was denied before as well",
      "cart 203.0.113.7 tcp/443",
      { workedBefore: ["cart 203.0.113.7 tcp/443"], deniedBefore: ["cart 203.0.113.7 tcp/443"] },
      false,
    ],
  ])("%s", (_, denied, needs, expected) => {
    const given = Object.fromEntries(Object.entries(needs).map(([key, texts]) => [key, texts.map(need)]));
    expect(blockedNeeds([need(denied)], { ...none, ...given })).toHaveLength(expected ? 1 : 0);
  });
});
