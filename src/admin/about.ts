/** What this process is, for people. */
export class About {
  constructor(
    readonly version: string,
    /** One line each, without credentials. */
    readonly backends: { readonly supabase: string; readonly kubernetes: string },
  ) {}
}
