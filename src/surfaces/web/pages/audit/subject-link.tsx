import type { JSX } from "react";
import { Link } from "react-router";
import { namespacePath, proposalPath } from "../../parts/links.ts";

/** What a record is about, as a way to it where there is a page. */
export function SubjectLink({ subject }: { readonly subject: string }): JSX.Element {
  const [area, ...rest] = subject.split("/");
  const [first, second] = rest;
  if (area === "proposal" && first !== undefined) return <Link to={proposalPath(first)}>{subject}</Link>;
  if (area === "namespace" && first !== undefined && second !== undefined) {
    return <Link to={namespacePath({ cluster: first, namespace: second })}>{subject}</Link>;
  }
  if (area === "law") return <Link to="/settings?tab=laws">{subject}</Link>;
  return <>{subject}</>;
}
