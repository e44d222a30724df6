import { Label, Title } from "@patternfly/react-core";
import { type JSX, useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import type { NamespaceDetail } from "../../../../app/wire/namespaces.ts";
import { withQuery } from "../../parts/links.ts";
import { Nothing } from "../../parts/page-states.tsx";
import { linesOf, partsOf, type PolicyLine } from "./policy-lines.ts";
import { RuleCard } from "./rule-card.tsx";

/** Each policy in force: its text beside the evidence of its rules, tied line to rule. */
export function PolicyTab({ detail }: { readonly detail: NamespaceDetail }): JSX.Element {
  const { policies, cluster, namespace } = detail;
  if (policies.length === 0) {
    return (
      <Nothing
        title="No policy is in force"
        actions={<Link to={withQuery("/proposals/new", { cluster, namespace })}>Propose one from its traffic</Link>}
      >
        Everything that its pods send may leave the cluster.
      </Nothing>
    );
  }
  return (
    <>
      {policies.map((policy) => (
        <Policy key={`${policy.kind}/${policy.name}`} policy={policy} detail={detail} />
      ))}
    </>
  );
}

interface PolicyProps {
  readonly policy: NamespaceDetail["policies"][number];
  readonly detail: NamespaceDetail;
}

function Policy({ policy, detail }: PolicyProps): JSX.Element {
  const { kind, name, manifest, rules, status } = policy;
  const [chosen, setChosen] = useState<number>();
  const text = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const from = useRef<"text" | "list">("list");
  const lines = linesOf(manifest, rules);
  useEffect(() => {
    if (chosen === undefined) return;
    const place = from.current === "list" ? text.current : list.current;
    place?.querySelector(`[data-rule="${chosen}"]`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <section className="postern-policy">
      <Title headingLevel="h2" size="lg">
        {kind} <code>{name}</code> {status !== "" && <Label isCompact>{status}</Label>}
      </Title>
      <div className="postern-policy__sides">
        <div
          ref={text}
          className="postern-policy__text"
          role="region"
          aria-label={`Text of ${kind} ${name}`}
          // It scrolls.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
        >
          {lines.map((line, index) => (
            <Line
              key={line.number}
              line={line}
              isFirst={line.rule !== undefined && lines[index - 1]?.rule !== line.rule}
              isChosen={chosen !== undefined && line.rule === chosen}
              onChoose={(rule) => {
                from.current = "text";
                setChosen(rule === chosen ? undefined : rule);
              }}
            />
          ))}
        </div>
        <ol ref={list} className="postern-policy__rules" aria-label={`Rules of ${kind} ${name}`}>
          {rules.map((rule) => (
            <RuleCard
              key={rule.index}
              rule={rule}
              where={detail}
              isChosen={chosen === rule.index}
              onChoose={() => {
                from.current = "list";
                setChosen(chosen === rule.index ? undefined : rule.index);
              }}
            />
          ))}
        </ol>
      </div>
    </section>
  );
}

interface LineProps {
  readonly line: PolicyLine;
  readonly isFirst: boolean;
  readonly isChosen: boolean;
  readonly onChoose: (rule: number) => void;
}

function Line({ line, isFirst, isChosen, onChoose }: LineProps): JSX.Element {
  const { number, text, rule } = line;
  return (
    <div
      className={isChosen ? "postern-line postern-line--chosen" : "postern-line"}
      {...(isFirst ? { "data-rule": rule } : {})}
    >
      {isFirst && rule !== undefined ? (
        <button
          type="button"
          className="postern-line__number"
          aria-pressed={isChosen}
          aria-label={`Line ${number}, rule ${rule}: show its evidence`}
          onClick={() => {
            onChoose(rule);
          }}
        >
          {number}
        </button>
      ) : (
        <span className="postern-line__number" aria-hidden="true">
          {number}
        </span>
      )}
      <code>
        {partsOf(text).map((part, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- parts of one line have no other name
          <span key={index} className={`postern-yaml-${part.kind}`}>
            {part.text}
          </span>
        ))}
      </code>
    </div>
  );
}
