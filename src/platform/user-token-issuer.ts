/** Who issues the tokens of users, and what shows that a token is from there. */
export interface UserTokenIssuer {
  /** What tokens must say in `iss`; absent: they need not say it. */
  readonly name?: string | undefined;
  /** Where the public keys of its signatures are listed. */
  readonly jwksUrl?: string | undefined;
  /** What it signs with instead, or as well (HS256): whoever has it can be any user. */
  readonly secret?: string | undefined;
}
