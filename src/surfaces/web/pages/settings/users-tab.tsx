import { Label } from "@patternfly/react-core";
import type { JSX } from "react";
import type { SettingsView } from "../../../../app/wire/settings.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Nothing } from "../../parts/page-states.tsx";
import { Time } from "../../parts/time.tsx";

type User = SettingsView["users"][number];

/** Who has signed in. */
export function UsersTab({ users }: Pick<SettingsView, "users">): JSX.Element {
  if (users.length === 0)
    return <Nothing title="Nobody is listed">People appear here once they have signed in.</Nothing>;
  return (
    <div className="postern-table-place">
      <DataTable
        label="People"
        rows={users}
        rowKey={({ person }) => person.subject}
        columns={[
          { key: "name", title: "Name", cell: ({ person }: User) => person.name },
          {
            key: "subject",
            title: "Known as",
            breaks: true,
            cell: ({ person }: User) => <code>{person.subject}</code>,
          },
          {
            key: "role",
            title: "May",
            cell: ({ isAdministrator }: User) =>
              isAdministrator ? (
                <Label isCompact color="purple">
                  Administrator
                </Label>
              ) : (
                "what its namespaces allow"
              ),
          },
          { key: "seen", title: "Last seen", cell: ({ lastSeenMs }: User) => <Time ms={lastSeenMs} /> },
        ]}
      />
    </div>
  );
}
