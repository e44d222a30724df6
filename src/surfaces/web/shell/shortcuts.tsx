import { createContext, type JSX, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { pagesOfNavigation } from "./navigation.tsx";
import { ShortcutHelp } from "./shortcut-help.tsx";

/** `keys` is one key, or two in a row: `a`, `g p`. */
export interface Shortcut {
  readonly keys: string;
  readonly says: string;
  readonly run: () => void;
}

interface Registry {
  readonly add: (shortcuts: () => readonly Shortcut[]) => () => void;
  readonly all: () => readonly Shortcut[];
}

const RegistryContext = createContext<Registry | undefined>(undefined);

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}

/**
 * Single keys of a page, besides the shell's own. They rest while somebody types and while a dialog is open, and can be
 * switched off in the help dialog (WCAG 2.1.4).
 */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const registry = useContext(RegistryContext);
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => registry?.add(() => latest.current), [registry]);
}

const offKey = "postern.shortcuts-off";
function storedOff(): boolean {
  try {
    return localStorage.getItem(offKey) === "yes";
  } catch {
    return false;
  }
}

export function Shortcuts({ children }: { readonly children: ReactNode }): JSX.Element {
  const navigate = useNavigate();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [isOff, setOff] = useState(storedOff);
  const [sets] = useState(() => new Set<() => readonly Shortcut[]>());
  const registry = useMemo<Registry>(
    () => ({
      add: (shortcuts) => {
        sets.add(shortcuts);
        return () => sets.delete(shortcuts);
      },
      all: () => [...sets].flatMap((each) => each()),
    }),
    [sets],
  );
  const own = useMemo<readonly Shortcut[]>(
    () => [
      {
        keys: "?",
        says: "Show keyboard shortcuts",
        run: () => {
          setHelpOpen(true);
        },
      },
      {
        keys: "/",
        says: "Search in this list",
        run: () => {
          document.querySelector<HTMLInputElement>("main input[type=search], main [data-search] input")?.focus();
        },
      },
      ...pagesOfNavigation.map(({ path, title, key }) => ({
        keys: `g ${key}`,
        says: `Go to ${title}`,
        run: () => {
          void navigate(path);
        },
      })),
    ],
    [navigate],
  );

  useEffect(() => {
    let first = "";
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hear = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      if (document.querySelector("[role=dialog][aria-modal=true]") !== null) return;
      const pressed = event.key;
      if (isOff && pressed !== "?") return;
      const all = [...registry.all(), ...own];
      const hit = all.find(({ keys }) => keys === (first === "" ? pressed : `${first} ${pressed}`));
      clearTimeout(timer);
      first = "";
      if (hit !== undefined) {
        event.preventDefault();
        hit.run();
      } else if (all.some(({ keys }) => keys.startsWith(`${pressed} `))) {
        first = pressed;
        timer = setTimeout(() => {
          first = "";
        }, 1_500);
      }
    };
    document.addEventListener("keydown", hear);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("keydown", hear);
    };
  }, [isOff, own, registry]);

  return (
    <RegistryContext.Provider value={registry}>
      {children}
      {isHelpOpen && (
        <ShortcutHelp
          own={own}
          ofPage={registry.all()}
          isOff={isOff}
          onSwitch={(off) => {
            setOff(off);
            try {
              localStorage.setItem(offKey, off ? "yes" : "no");
            } catch {
              // Kept for this page only.
            }
          }}
          onClose={() => {
            setHelpOpen(false);
          }}
        />
      )}
    </RegistryContext.Provider>
  );
}
