import { expect, test } from "vitest";
import { parseClickHouse } from "./clickhouse.ts";

test.each([
  ["https://writer@db.example:8443/flows", "https://db.example:8443 as writer into flows"],
  ["http://127.0.0.1:8123", "http://127.0.0.1:8123 as default into postern"],
  ["http://[::1]:8123/", "http://[::1]:8123 as default into postern"],
  [
    "https://writer@a.example:8443,b.example,[::1]:1/flows",
    "https://a.example:8443 https://b.example https://[::1]:1 as writer into flows",
  ],
])("%s is %s", (text, meant) => {
  const place = parseClickHouse(text, undefined);
  expect(
    place.ok ? `${place.value.urls.join(" ")} as ${place.value.user} into ${place.value.database}` : place.error,
  ).toBe(meant);
});

test.each([
  ["db.example", "is no address of a ClickHouse server"],
  ["tcp://db.example:9000", "is no address of a ClickHouse server"],
  ["https://writer:secret@db.example", "has a password in it"],
  ["https://writer:secret@a.example,b.example", "has a password in it"],
  ["https://a.example,,b.example", "is no address of a ClickHouse server"],
  ["https://a.example,b.example:x", "is no address of a ClickHouse server"],
  ["https://a%zz.example", "is no address of a ClickHouse server"],
  ["https://%zz@a.example", "stands for nothing"],
  ["https://db.example/a`b", "is no plain name"],
  ["https://db.example/a/b", "is no plain name"],
])("%s %s", (text, why) => {
  const place = parseClickHouse(text, undefined);
  expect(place.ok ? "" : place.error).toContain(why);
});

test("the name of a cluster is plain as well", () => {
  expect(parseClickHouse("https://db.example", "main")).toMatchObject({ ok: true, value: { cluster: "main" } });
  expect(parseClickHouse("https://db.example", "'; DROP").ok).toBe(false);
});
