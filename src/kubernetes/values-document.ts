/**
 * Values as the one document that goes to helm's standard input: JSON, which YAML reads too.
 * What YAML's reader folds, refuses or breaks lines at (NEL, line and paragraph separators, DEL, C1 controls, the byte
 * order mark) is escaped, so that no value can end its string or be changed on the way.
 * @throws RangeError for half a surrogate pair, which no YAML can carry
 */
export function valuesDocument(values: Readonly<Record<string, unknown>>): string {
  const json = JSON.stringify(values);
  if (/\\u[dD][89a-fA-F]/.test(json.replaceAll('\\\\', ''))) {
    throw new RangeError('A value holds half a surrogate pair, which is no character.');
  }
  return json.replace(UNSAFE_IN_YAML, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

// DEL, C1 with NEL, LS, PS, BOM and the two non-characters.
const UNSAFE_IN_YAML = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
