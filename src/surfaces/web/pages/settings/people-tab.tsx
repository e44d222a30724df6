import { Button, Dropdown, DropdownItem, DropdownList, Label, MenuToggle } from "@patternfly/react-core";
import { EllipsisVIcon } from "@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon";
import { useQueryClient } from "@tanstack/react-query";
import { type JSX, useState } from "react";
import type { SettingsView } from "../../../../app/wire/settings.ts";
import type { UserChange, UserLink, UserView } from "../../../../app/wire/users.ts";
import { ProblemError, send } from "../../api/client.ts";
import { useAnswer } from "../../api/queries.ts";
import { useSession } from "../../api/session.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Nothing, ProblemState, Waiting } from "../../parts/page-states.tsx";
import { Time } from "../../parts/time.tsx";
import { toast } from "../../shell/toasts.tsx";
import { grantWords, isLastAdministrator, signInName } from "./grants.ts";
import { LinkDialog } from "./link-dialog.tsx";
import { SlackLink } from "./slack-link.tsx";
import { UserDialog } from "./user-dialog.tsx";

interface PeopleTabProps {
  readonly users: SettingsView["users"];
  readonly isReadOnly: boolean;
}

/** Who may sign in with a password of this server's own, and who came by another way. */
export function PeopleTab({ users, isReadOnly }: PeopleTabProps): JSX.Element {
  const hasSlack = useSession()?.hasSlack === true;
  const { data, error, refetch } = useAnswer<{ readonly items: readonly UserView[] }>(
    "users",
    {},
    { enabled: !isReadOnly },
  );
  // Where people only sign in elsewhere there are no users of the server's own.
  const isOff = error instanceof ProblemError && error.problem.status === 404;
  const hasOwn = !isReadOnly && !isOff;
  const others = hasOwn ? users.filter(({ person }) => !person.subject.startsWith("local:")) : users;
  return (
    <div className="postern-people">
      {hasSlack && <SlackLink />}
      {hasOwn && data === undefined && error === null && <Waiting lines={4} label="Loading the people" />}
      {hasOwn && data === undefined && error !== null && (
        <ProblemState
          error={error}
          onRetry={() => {
            void refetch();
          }}
        />
      )}
      {hasOwn && data !== undefined && <OwnUsers users={data.items} />}
      {(others.length > 0 || !hasOwn) && <OthersSeen users={others} isAlone={!hasOwn} />}
    </div>
  );
}

type Asked = { readonly kind: "invite" } | { readonly kind: "change"; readonly user: UserView };

function OwnUsers({ users }: { readonly users: readonly UserView[] }): JSX.Element {
  const [asked, setAsked] = useState<Asked>();
  const [made, setMade] = useState<UserLink>();
  const queries = useQueryClient();
  const refresh = (): void => {
    setAsked(undefined);
    void queries.invalidateQueries({ queryKey: ["users"] });
    void queries.invalidateQueries({ queryKey: ["settings"] });
  };
  const attempt = async (title: string, work: () => Promise<string | undefined>): Promise<void> => {
    try {
      const done = await work();
      refresh();
      if (done !== undefined) toast({ title: done });
    } catch (error) {
      toast({ variant: "danger", title, body: error instanceof Error ? error.message : String(error) });
    }
  };
  const change = async (user: UserView, next: UserChange, done: string): Promise<void> =>
    attempt(`${user.person.name} was not changed`, async () => {
      await send<UserView>("PATCH", `users/${encodeURIComponent(signInName(user))}`, next);
      return done;
    });
  const actionsOf = (user: UserView): readonly UserAction[] => {
    const isLast = isLastAdministrator(user, users);
    return [
      {
        title: "Change permissions",
        run: () => {
          setAsked({ kind: "change", user });
        },
      },
      {
        title: user.hasPassword ? "Link for a new password" : "New link",
        ...(user.isDisabled ? { why: "enable the account first, or the link would open nothing" } : {}),
        run: () => {
          void attempt(`No link for ${user.person.name}`, async () => {
            setMade(await send<UserLink>("POST", `users/${encodeURIComponent(signInName(user))}/link`));
            return undefined;
          });
        },
      },
      user.isDisabled
        ? {
            title: "Enable",
            run: () => {
              void change(user, { isDisabled: false }, `${user.person.name} may sign in again`);
            },
          }
        : {
            title: "Disable",
            isDanger: true,
            ...(isLast ? { why: "the last one who administers: make another administrator first" } : {}),
            run: () => {
              void change(user, { isDisabled: true }, `${user.person.name} is signed out and may not sign in`);
            },
          },
    ];
  };
  return (
    <section aria-label="People with a password here">
      <div className="postern-people__head">
        <p className="postern-subtle">
          People with a name and a password of this server. Whoever signs in another way needs no invitation.
        </p>
        <Button
          onClick={() => {
            setAsked({ kind: "invite" });
          }}
        >
          Invite somebody
        </Button>
      </div>
      <div className="postern-table-place">
        <DataTable
          label="People"
          rows={users}
          rowKey={({ person }) => person.subject}
          columns={[
            {
              key: "name",
              title: "Name",
              cell: (user: UserView) => (
                <>
                  {user.person.name}
                  {user.person.name !== signInName(user) && <div className="postern-under">{signInName(user)}</div>}
                </>
              ),
            },
            { key: "may", title: "May", breaks: true, cell: (user: UserView) => <MayOf user={user} /> },
            { key: "state", title: "State", cell: (user: UserView) => <StateOf user={user} /> },
            { key: "seen", title: "Last seen", cell: ({ lastSeenMs }: UserView) => <LastSeen ms={lastSeenMs} /> },
            {
              key: "actions",
              title: "Actions",
              cell: (user: UserView) => <UserMenu name={user.person.name} actions={actionsOf(user)} />,
            },
          ]}
        />
      </div>
      {asked !== undefined && (
        <UserDialog
          user={asked.kind === "change" ? asked.user : undefined}
          users={users}
          onClose={() => {
            setAsked(undefined);
          }}
          onInvited={(link) => {
            refresh();
            setMade(link);
          }}
          onChanged={({ person }) => {
            refresh();
            toast({ title: `Saved what ${person.name} may do` });
          }}
        />
      )}
      {made !== undefined && (
        <LinkDialog
          made={made}
          onClose={() => {
            setMade(undefined);
          }}
        />
      )}
    </section>
  );
}

function MayOf({ user }: { readonly user: UserView }): JSX.Element {
  if (!user.isAdministrator) return <>{grantWords(user.grants)}</>;
  return (
    <Label isCompact color="purple">
      Administrator
    </Label>
  );
}

function StateOf({ user }: { readonly user: UserView }): JSX.Element {
  const [word, status] = user.isDisabled
    ? (["Disabled", "danger"] as const)
    : user.hasPassword
      ? (["Active", "success"] as const)
      : (["Invited", "info"] as const);
  return (
    <Label isCompact variant="outline" status={status}>
      {word}
    </Label>
  );
}

function LastSeen({ ms }: { readonly ms: number | null }): JSX.Element {
  return ms === null ? <>not yet</> : <Time ms={ms} />;
}

interface UserAction {
  readonly title: string;
  readonly isDanger?: boolean;
  /** Why it is not possible. */
  readonly why?: string;
  readonly run: () => void;
}

function UserMenu({ name, actions }: { readonly name: string; readonly actions: readonly UserAction[] }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plain"
          isExpanded={isOpen}
          aria-label={`Actions for ${name}`}
          icon={<EllipsisVIcon />}
          onClick={() => {
            setOpen(!isOpen);
          }}
        />
      )}
    >
      <DropdownList>
        {actions.map(({ title, isDanger = false, why, run }) => (
          <DropdownItem
            key={title}
            isDanger={isDanger}
            isAriaDisabled={why !== undefined}
            {...(why === undefined ? {} : { description: why })}
            onClick={() => {
              setOpen(false);
              if (why === undefined) run();
            }}
          >
            {title}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}

type Seen = SettingsView["users"][number];

function OthersSeen({
  users,
  isAlone,
}: {
  readonly users: SettingsView["users"];
  readonly isAlone: boolean;
}): JSX.Element {
  if (users.length === 0) {
    return <Nothing title="Nobody is listed">People appear here once they have signed in.</Nothing>;
  }
  return (
    <section aria-label="People seen" className="postern-people__part">
      {!isAlone && <h2 className="postern-people__title">Signed in another way</h2>}
      <div className="postern-table-place">
        <DataTable
          label="People seen"
          rows={users}
          rowKey={({ person }) => person.subject}
          columns={[
            { key: "name", title: "Name", cell: ({ person }: Seen) => person.name },
            {
              key: "subject",
              title: "Known as",
              breaks: true,
              cell: ({ person }: Seen) => <code>{person.subject}</code>,
            },
            {
              key: "role",
              title: "May",
              cell: ({ isAdministrator }: Seen) =>
                isAdministrator ? (
                  <Label isCompact color="purple">
                    Administrator
                  </Label>
                ) : (
                  "what its namespaces allow"
                ),
            },
            { key: "seen", title: "Last seen", cell: ({ lastSeenMs }: Seen) => <Time ms={lastSeenMs} /> },
          ]}
        />
      </div>
    </section>
  );
}
