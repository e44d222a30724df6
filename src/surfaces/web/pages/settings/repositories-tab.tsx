import { Label } from "@patternfly/react-core";
import type { JSX } from "react";
import type { SettingsView } from "../../../../app/wire/settings.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Nothing } from "../../parts/page-states.tsx";
import { InlineCode } from "../proposal/inline-code.tsx";

type Repository = SettingsView["repositories"][number];

/** Where changes go; only the server's configuration changes it. */
export function RepositoriesTab({ repositories }: Pick<SettingsView, "repositories">): JSX.Element {
  if (repositories.length === 0) {
    return (
      <Nothing title="No repository is configured">
        Start the server with <code>--repositories FILE</code> to have approved proposals pushed and pull requests
        opened.
      </Nothing>
    );
  }
  return (
    <>
      <p className="postern-subtle postern-editor-keys">
        From the server&apos;s configuration; changed there, not here.
      </p>
      <div className="postern-table-place">
        <DataTable
          label="Repositories"
          rows={repositories}
          rowKey={({ name }) => name}
          columns={[
            { key: "name", title: "Name", cell: ({ name }: Repository) => name },
            { key: "kind", title: "Kind", cell: ({ kind }: Repository) => kind },
            { key: "url", title: "Address", breaks: true, cell: ({ url }: Repository) => <code>{url}</code> },
            { key: "layout", title: "Layout", cell: ({ layout }: Repository) => layout },
            {
              key: "state",
              title: "State",
              cell: ({ trouble }: Repository) =>
                trouble === null ? (
                  <Label isCompact status="success">
                    Reachable
                  </Label>
                ) : (
                  <>
                    <Label isCompact status="danger">
                      In trouble
                    </Label>{" "}
                    <InlineCode text={trouble} />
                  </>
                ),
            },
          ]}
        />
      </div>
    </>
  );
}
