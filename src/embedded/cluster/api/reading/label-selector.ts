import { badRequest } from '../../store/status-error.js';

/** Says whether an object's labels are wanted. */
export type LabelPredicate = (labels: Readonly<Record<string, string>>) => boolean;

const KEY = String.raw`[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?`;
const SET = new RegExp(String.raw`^(${KEY})\s+(in|notin)\s*\(([^)]*)\)$`);
const EQUALITY = new RegExp(String.raw`^(${KEY})\s*(==|=|!=)\s*([-A-Za-z0-9_.]*)$`);
const COMPARISON = new RegExp(String.raw`^(${KEY})\s*([<>])\s*(\d+)$`);
const EXISTENCE = new RegExp(String.raw`^(!?)\s*(${KEY})$`);

/** Parses `a=b,c!=d,e in (f,g),!h`. Undefined for an empty selector. Throws 400 on what cannot be parsed. */
export function parseLabelSelector(text: string): LabelPredicate | undefined {
  const requirements = splitRequirements(text);
  if (requirements.length === 0) return undefined;
  const predicates = requirements.map((requirement) => parseRequirement(requirement));
  return (labels) => predicates.every((matches) => matches(labels));
}

/** Splits at the commas outside of parentheses. */
function splitRequirements(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function parseRequirement(text: string): LabelPredicate {
  const equality = EQUALITY.exec(text);
  if (equality !== null) return equalityPredicate(equality);
  const set = SET.exec(text);
  if (set !== null) return setPredicate(set);
  const existence = EXISTENCE.exec(text);
  if (existence !== null) {
    const [, not, key = ''] = existence;
    return (labels) => Object.hasOwn(labels, key) === (not === '');
  }
  const comparison = COMPARISON.exec(text);
  if (comparison !== null) return comparisonPredicate(comparison);
  throw badRequest(`unable to parse requirement: found '${text}', expected: identifier, '!', 'in', 'notin', '=', '!='`);
}

function equalityPredicate([, key = '', operator, value = '']: RegExpExecArray): LabelPredicate {
  if (operator === '!=') return (labels) => labels[key] !== value;
  return (labels) => labels[key] === value;
}

function setPredicate([, key = '', operator, list = '']: RegExpExecArray): LabelPredicate {
  const values = new Set(list.split(',').map((value) => value.trim()));
  if (operator === 'notin') return (labels) => !(key in labels) || !values.has(labels[key] ?? '');
  return (labels) => key in labels && values.has(labels[key] ?? '');
}

function comparisonPredicate([, key = '', operator, text = '']: RegExpExecArray): LabelPredicate {
  const limit = Number(text);
  return (labels) => {
    const value = Number.parseInt(labels[key] ?? '', 10);
    return operator === '>' ? value > limit : value < limit;
  };
}
