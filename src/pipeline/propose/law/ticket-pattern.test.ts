import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitsTicket, parseTicketPattern, ticketIn, type TicketPattern } from "./ticket-pattern.ts";

function pattern(text: string): TicketPattern {
  const parsed = parseTicketPattern(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

test.each([
  ["[A-Z]{2,10}-[0-9]+", "SEC-1", true],
  ["[A-Z]{2,10}-[0-9]+", "S-1", false],
  ["[A-Z]{2,10}-[0-9]+", "SEC-", false],
  ["^SEC-\\d+$", "SEC-42", true],
  ["^SEC-\\d+$", "see SEC-42", false],
  ["INC\\d{7}|CHG\\d{7}", "CHG0012345", true],
  ["INC\\d{7}|CHG\\d{7}", "CHG001234", false],
  ["a?b*c", "c", true],
  ["a?b*c", "abbbc", true],
  ["x.z", "x-z", true],
  ["\\[x\\]", "[x]", true],
])("%s and `%s`: %s", (text, ticket, fits) => expect(fitsTicket(pattern(text), ticket)).toBe(fits));

test.each([
  ["(a+)+b", "groups are not known here"],
  ["a**", "it stands in no place for it"],
  [".*", "would ask for nothing"],
  ["", "would ask for nothing"],
  ["[a-", "not closed"],
  ["[z-a]", "ends before it begins"],
  ["a{900}", "more than 64 times"],
  ["a{5,2}", "ends before it begins"],
  ["a\\b", "not known here"],
  ["a{64}".repeat(4), "more than 200 steps"],
])("%s is refused: %s", (text, why) => {
  const parsed = parseTicketPattern(text);
  expect(parsed.ok ? "read" : parsed.error.message).toContain(why);
});

describe("laws", () => {
  // A pattern of the small language means the same to an ordinary engine.
  const atom = fc.constantFrom("a", "b", "-", "[a-c]", "[0-9x]", "\\d", ".");
  const repeat = fc.constantFrom("", "?", "*", "+", "{2}", "{1,3}", "{2,}");
  const branch = fc.array(fc.tuple(atom, repeat), { minLength: 1, maxLength: 5 });
  const texts = fc.array(branch, { minLength: 1, maxLength: 2 });

  test("it answers as an ordinary engine does", () => {
    const tickets = fc.string({ unit: fc.constantFrom("a", "b", "c", "-", "1", "x"), maxLength: 8 });
    fc.assert(
      fc.property(texts, tickets, (parts, ticket) => {
        const text = parts.map((own) => own.map(([what, times]) => what + times).join("")).join("|");
        const parsed = parseTicketPattern(text);
        fc.pre(parsed.ok);
        expect(fitsTicket(pattern(text), ticket)).toBe(new RegExp(`^(?:${text})$`).test(ticket));
      }),
      { numRuns: 2_000 },
    );
  });

  test("many stars in a row do not take for ever", () => {
    expect(fitsTicket(pattern(`${"a*".repeat(60)}b`), "a".repeat(200))).toBe(false);
  });

  test("any text is read or refused", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        expect(typeof parseTicketPattern(text).ok).toBe("boolean");
      }),
    );
  });
});

test.each([
  ["SEC-42", "SEC-42"],
  ["SEC-42: open the bank", "SEC-42"],
  ["fix(egress): open the bank [OPS-7]", "OPS-7"],
  ["open the bank", "open the bank"],
  ["XSEC-1x", "XSEC-1x"],
  ["", ""],
])("the ticket in the title `%s` is `%s`", (title, ticket) => {
  expect(ticketIn(title, [pattern("SEC-[0-9]+"), pattern("OPS-[0-9]+")])).toBe(ticket);
});
