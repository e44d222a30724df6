import { expect, test } from "vitest";
import { proxyFor } from "./proxy.ts";

/** As OpenShift's cluster-wide proxy tells its pods. */
const cluster = {
  HTTP_PROXY: "http://proxy.example:3128",
  HTTPS_PROXY: "http://proxy.example:3128",
  NO_PROXY:
    ".cluster.local,.svc,10.0.0.0/16,10.128.0.0/14,172.30.0.0/16,127.0.0.1,api-int.ocp.example.com,localhost,fd02::/112",
};
const proxied = (url: string, env: Readonly<Record<string, string>>): string =>
  proxyFor(new URL(url), env)?.href ?? "direct";

test.each([
  // The API server, by the address that a pod is told.
  ["https://172.30.0.1/", "direct"],
  ["https://[fd02::1]:443/", "direct"],
  ["https://172.31.0.1/", "http://proxy.example:3128/"],
  ["https://loki-gateway-http.netobserv.svc:8080/", "direct"],
  ["https://api-int.ocp.example.com:6443/", "direct"],
  ["https://api.ocp.example.com:6443/", "http://proxy.example:3128/"],
  ["https://collector.example/", "http://proxy.example:3128/"],
  ["http://collector.example/", "http://proxy.example:3128/"],
  ["https://localhost:8723/", "direct"],
  ["https://127.9.9.9/", "direct"],
  ["https://[::1]/", "direct"],
])("in a cluster with a proxy, %s goes by %s", (url, way) => {
  expect(proxied(url, cluster)).toBe(way);
});

test.each([
  ["example.com", "https://example.com/", "direct"],
  ["example.com", "https://EXAMPLE.com./", "direct"],
  ["Example.com", "https://a.example.com/", "direct"],
  ["example.com", "https://notexample.com/", "http://p:1/"],
  [".example.com", "https://example.com/", "http://p:1/"],
  [".example.com", "https://a.example.com/", "direct"],
  ["*.example.com", "https://a.example.com/", "direct"],
  ["example.com:8443", "https://example.com/", "http://p:1/"],
  ["example.com:443", "https://example.com/", "direct"],
  ["192.0.2.7", "https://192.0.2.7/", "direct"],
  ["192.0.2.7:80", "https://192.0.2.7/", "http://p:1/"],
  ["2001:db8::7", "https://[2001:db8::7]/", "direct"],
  ["[2001:db8::7]:443", "https://[2001:db8::7]/", "direct"],
  ["192.0.2.9/24", "https://192.0.2.7/", "direct"],
  ["192.0.2.0/24", "https://host.example/", "http://p:1/"],
  ["0.0.0.0/0", "https://[2001:db8::7]/", "http://p:1/"],
  ["192.0.2.0/99, ,/,:,x/8", "https://192.0.2.7/", "http://p:1/"],
  [" * ", "https://host.example/", "direct"],
  ["2.7", "https://192.0.2.7/", "http://p:1/"],
])("NO_PROXY=%s: %s goes by %s", (noProxy, url, way) => {
  expect(proxied(url, { HTTPS_PROXY: "p:1", NO_PROXY: noProxy })).toBe(way);
});

test.each([
  ["either case is read, capitals first", { https_proxy: "http://a", HTTPS_PROXY: "http://b" }, "http://b/"],
  ["an empty one says nothing", { HTTPS_PROXY: "", https_proxy: "http://a:1" }, "http://a:1/"],
  ["the other scheme's does not count", { HTTP_PROXY: "http://a" }, "direct"],
])("%s", (_, env, way) => {
  expect(proxied("https://host.example/", env)).toBe(way);
});

test.each(["socks5://user:secret@proxy:1080", "http://", "http://user:secret@[x"])(
  "an address that is no proxy's is told without repeating it: %s",
  (said) => {
    expect(() => proxied("https://host.example/", { HTTPS_PROXY: said })).toThrow(
      /^`HTTPS_PROXY` in the environment is no URL of an http or https proxy; correct it, or unset it$/,
    );
  },
);
