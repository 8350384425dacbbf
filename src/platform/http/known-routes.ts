/** Which methods each path of the service takes, so that a wrong method is told from a wrong path. */
export class KnownRoutes {
  private readonly routes: { pattern: RegExp; methods: readonly string[] }[] = [];

  /** @param template a path as Fastify writes it; parameters match one segment, `*` the rest. */
  add(template: string, methods: readonly string[]): void {
    const pattern = template
      .split('/')
      .map((segment) =>
        segment === '*' ? '.*' : segment.startsWith(':') ? '[^/]+' : segment.replaceAll(/[^\w-]/g, '\\$&'),
      )
      .join('/');
    this.routes.push({ pattern: new RegExp(`^${pattern}$`), methods });
  }

  /** The methods that a path takes, in alphabetical order; none when there is no such path. */
  methodsOf(path: string): string[] {
    const methods = this.routes.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods);
    return [...new Set(methods)].sort();
  }
}
