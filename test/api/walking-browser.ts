export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
}

/** A browser that follows redirects and keeps cookies, for each origin its own, and sends forms. */
export class WalkingBrowser {
  readonly #jars = new Map<string, Map<string, string>>();
  /** Every address that was asked, in order. */
  readonly visited: string[] = [];

  cookies(origin: string): string {
    return [...(this.#jars.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  setCookie(origin: string, name: string, value: string): void {
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar.set(name, value));
  }

  /** @param mayFollow false: the first answer, wherever it points */
  async go(address: string | URL, form?: Readonly<Record<string, string>>, mayFollow = true): Promise<Page> {
    let url = new URL(address);
    let body = form === undefined ? undefined : new URLSearchParams(form);
    for (let hops = 0; hops < 20; hops += 1) {
      this.visited.push(url.href);
      const response = await fetch(url, {
        redirect: "manual",
        method: body === undefined ? "GET" : "POST",
        headers: { cookie: this.cookies(url.origin), accept: "text/html" },
        ...(body === undefined ? {} : { body }),
      });
      for (const cookie of response.headers.getSetCookie()) this.#keep(url.origin, cookie);
      const location = response.headers.get("location");
      const text = await response.text();
      if (location === null || !mayFollow) {
        return { url: location === null ? url : new URL(location, url), status: response.status, text };
      }
      url = new URL(location, url);
      body = undefined;
    }
    throw new Error(`redirected in a circle at ${url.href}`);
  }

  /** Sends the first form of a page with its hidden fields. */
  submit(page: Page, fields: Readonly<Record<string, string>>): Promise<Page> {
    const [, action = ""] = /<form[^>]*action="([^"]+)"/.exec(page.text) ?? [];
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    return this.go(new URL(action, page.url), {
      ...Object.fromEntries(hidden.map(([, name = "", value = ""]) => [name, value])),
      ...fields,
    });
  }

  #keep(origin: string, cookie: string): void {
    const [pair = "", ...flags] = cookie.split(/; ?/);
    const [name = "", ...value] = pair.split("=");
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    const isOver = flags.some((flag) => /^expires=Thu, 01 Jan 1970/i.test(flag) || /^max-age=0$/i.test(flag));
    if (isOver) jar.delete(name);
    else jar.set(name, value.join("="));
    this.#jars.set(origin, jar);
  }
}
