// RFC 3986, appendix A, in so far as one regular expression can say it without backtracking.
const unreserved = String.raw`[\w.~!$&'()*+,;=-]|%[\dA-Fa-f]{2}`;
const segments = `(?:${unreserved}|[:@/])*`;
const authority = String.raw`(?:(?:${unreserved}|:)*@)?(?:\[[\dA-Fa-fv:.]+\]|(?:${unreserved})*)(?::\d*)?`;
const hierarchy = `(?://${authority}(?:/${segments})?|(?!//)${segments})`;
const behind = String.raw`(?:\?(?:${unreserved}|[:@/?])*)?(?:#(?:${unreserved}|[:@/?])*)?`;
const scheme = '[A-Za-z][A-Za-z0-9+.-]*:';
/** The first segment of a reference without a scheme has no colon. */
const relative = `(?!(?:${unreserved}|@)*:)`;

const uri = new RegExp(`^${scheme}${hierarchy}${behind}$`);
const reference = new RegExp(`^(?:${scheme}|${relative})${hierarchy}${behind}$`);

/** With a scheme. */
export function isUri(text: string): boolean {
  return uri.test(text);
}

/** Absolute, or relative such as `/billing` or `billing-api`. */
export function isUriReference(text: string): boolean {
  return reference.test(text);
}
