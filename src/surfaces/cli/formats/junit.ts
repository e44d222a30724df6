import type { Severity } from "../../../core/policy/model.ts";
import type { ReportEntry } from "./report-entry.ts";
import { formatXml, type XmlElement } from "./xml.ts";

export interface JunitSuite {
  /** A file or namespace. */
  readonly name: string;
  readonly entries: readonly ReportEntry[];
}

/** Severities that make a test fail; the rest is told in `system-out`, which build servers show but do not count. */
export type FailsOn = (severity: Severity) => boolean;

/** JUnit XML as build servers read it: a suite per file or namespace, a failed case per entry, one passed case for a clean suite. */
export function formatJunit(name: string, suites: readonly JunitSuite[], failsOn: FailsOn): string {
  const built = suites.map((suite) => ({ suite, cases: casesOf(suite, failsOn) }));
  const count = (cases: readonly Case[]): number => cases.filter(({ failed }) => failed).length;
  const all = built.flatMap(({ cases }) => cases);
  return formatXml({
    name: "testsuites",
    attributes: { name, tests: all.length, failures: count(all), errors: 0 },
    children: built.map(({ suite, cases }) => ({
      name: "testsuite",
      attributes: { name: suite.name, tests: cases.length, failures: count(cases), errors: 0, skipped: 0 },
      children: cases.map(({ element }) => element),
    })),
  });
}

interface Case {
  readonly failed: boolean;
  readonly element: XmlElement;
}

function casesOf({ name, entries }: JunitSuite, failsOn: FailsOn): readonly Case[] {
  if (entries.length === 0) {
    return [{ failed: false, element: { name: "testcase", attributes: { classname: name, name: "no findings" } } }];
  }
  return entries.map((entry) => {
    const failed = failsOn(entry.severity);
    const where =
      entry.at === undefined ? "" : `${entry.at.file}${entry.at.line === undefined ? "" : `:${entry.at.line}`}`;
    const body = [entry.message, ...entry.details, where].filter((line) => line !== "").join("\n");
    const child: XmlElement = failed
      ? { name: "failure", attributes: { type: entry.code, message: entry.message }, text: body }
      : { name: "system-out", attributes: {}, text: `${entry.severity}: ${body}` };
    const line = entry.at?.line === undefined ? "" : ` (line ${entry.at.line})`;
    const attributes = {
      classname: name,
      name: `${entry.code}${line}`,
      ...(entry.at === undefined
        ? {}
        : { file: entry.at.file, ...(entry.at.line === undefined ? {} : { line: entry.at.line }) }),
    };
    return { failed, element: { name: "testcase", attributes, children: [child] } };
  });
}
