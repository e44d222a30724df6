import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { failureOf } from "./channel.ts";

function failure(code: status, details: string): string {
  const error: ServiceError = Object.assign(new Error(details), { code, details, metadata: new Metadata() });
  return failureOf(error, "relay:443").message;
}

test.each([
  [
    status.UNAVAILABLE,
    "No connection established. Last error: Error: connect ECONNREFUSED 192.0.2.1:443. Resolution note: none",
    "cannot reach `relay:443`: connect ECONNREFUSED 192.0.2.1:443",
  ],
  [
    status.UNAVAILABLE,
    "No connection established. Last error: certificate has expired. Resolution note: ",
    "cannot reach `relay:443`: certificate has expired",
  ],
  [status.UNAVAILABLE, "", "cannot reach `relay:443`: no reason given"],
  [status.DEADLINE_EXCEEDED, "Deadline exceeded after 10s", "`relay:443` does not answer"],
  [
    status.UNAUTHENTICATED,
    "no\u001b[31m token\n",
    "`relay:443` does not accept the certificate or token: no [31m token",
  ],
])("what code %i with %j means to people", (code, details, expected) => {
  expect(failure(code, details)).toBe(expected);
});
