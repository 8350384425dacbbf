/**
 * For rules between several members of a body: they are looked at also where single members are at fault, so that all faults are told at
 * once. They are then given what was sent, whatever that is, and read it by the functions below.
 */
export const whateverElse = { when: () => true } as const;

/** A member of what may be no object; undefined where there is none. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

/** A member that is text; undefined where it is none. */
export function textOf(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name);
  return typeof member === 'string' ? member : undefined;
}

/** The items of a member that is a list; none where it is none. */
export function itemsOf(value: unknown, name: string): readonly unknown[] {
  const member: unknown = memberOf(value, name);
  return Array.isArray(member) ? member : [];
}
