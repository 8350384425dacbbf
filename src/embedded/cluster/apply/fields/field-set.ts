import { isObject } from '../json.js';
import type { PathElement } from './path-element.js';

/**
 * A set of field paths in the form of fieldsV1: a node without members is a path of the set, a node with members is one
 * only if it has the member `.`. The root stands for no path: `{}` is the empty set there. Sets are never changed in
 * place, parts of them are shared.
 */
export interface FieldSet {
  readonly [element: PathElement]: FieldSet;
}

export const SELF = '.';
export const NO_FIELDS: FieldSet = Object.freeze({});

/** True for a decoded `fieldsV1`; what lies deeper is read as it comes. */
export function isFieldSet(value: unknown): value is FieldSet {
  return isObject(value);
}

type Growing = Record<PathElement, FieldSet>;

/** True when no path is in the set. */
export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** True when the node's own path is in the set; never asked of the root. */
export function isMember(node: FieldSet | undefined): boolean {
  return node !== undefined && (isEmptySet(node) || node[SELF] !== undefined);
}

/** True when the path is in the set. */
export function hasPath(set: FieldSet, path: readonly PathElement[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) node = node?.[element];
  return path.length > 0 && isMember(node);
}

/** The set with one path only. */
export function pathSet(path: readonly PathElement[]): FieldSet {
  return path.reduceRight<FieldSet>((below, element) => ({ [element]: below }), NO_FIELDS);
}

/** The node that is a path of its own if `member`, above the given children; undefined when there is neither. */
export function nodeOf(member: boolean, children: FieldSet | undefined): FieldSet | undefined {
  if (children === undefined || isEmptySet(children)) return member ? NO_FIELDS : undefined;
  return member ? { [SELF]: NO_FIELDS, ...children } : children;
}

type Combine = (left: FieldSet | undefined, right: FieldSet | undefined) => FieldSet | undefined;

/** Children of two nodes, combined step by step. Only the steps of `left` are walked unless `both`. */
function combineChildren(left: FieldSet, right: FieldSet, combine: Combine, both: boolean): FieldSet {
  const children: Growing = {};
  for (const element in left) {
    if (element === SELF) continue;
    const node = combine(left[element], right[element]);
    if (node !== undefined) children[element] = node;
  }
  if (!both) return children;
  for (const element in right) {
    if (element === SELF || left[element] !== undefined) continue;
    const node = combine(undefined, right[element]);
    if (node !== undefined) children[element] = node;
  }
  return children;
}

/** Paths of either set. */
export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right || isEmptySet(right)) return left;
  return isEmptySet(left) ? right : combineChildren(left, right, unionNode, true);
}

function unionNode(left: FieldSet | undefined, right: FieldSet | undefined): FieldSet | undefined {
  if (left === undefined || left === right) return right;
  if (right === undefined) return left;
  return nodeOf(isMember(left) || isMember(right), combineChildren(left, right, unionNode, true));
}

/** Paths of `left` that are not in `right`. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  return isEmptySet(right) ? left : combineChildren(left, right, differenceNode, false);
}

function differenceNode(left: FieldSet | undefined, right: FieldSet | undefined): FieldSet | undefined {
  if (left === undefined || right === undefined) return left;
  return nodeOf(isMember(left) && !isMember(right), combineChildren(left, right, differenceNode, false));
}

/** Paths of `left` that are neither in `right` nor below a path of it. */
export function withoutBelow(left: FieldSet, right: FieldSet): FieldSet {
  return isEmptySet(right) ? left : combineChildren(left, right, withoutBelowNode, false);
}

function withoutBelowNode(left: FieldSet | undefined, right: FieldSet | undefined): FieldSet | undefined {
  if (left === undefined || right === undefined) return left;
  if (isMember(right)) return undefined;
  return nodeOf(isMember(left), combineChildren(left, right, withoutBelowNode, false));
}

/** Paths that both sets have. */
export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  return left === right ? left : combineChildren(left, right, intersectionNode, false);
}

function intersectionNode(left: FieldSet | undefined, right: FieldSet | undefined): FieldSet | undefined {
  if (left === undefined || right === undefined) return undefined;
  return nodeOf(isMember(left) && isMember(right), combineChildren(left, right, intersectionNode, false));
}

/** True when every path of `left` is in `right`. */
export function isSubset(left: FieldSet, right: FieldSet): boolean {
  if (left === right) return true;
  for (const element in left) {
    const node = left[element];
    const other = right[element];
    if (node === undefined || node === other) continue;
    if (element === SELF) {
      if (!isMember(right)) return false;
    } else if (other === undefined || (isMember(node) && !isMember(other)) || !isSubset(node, other)) return false;
  }
  return true;
}

/** True when both sets have the same paths. */
export function sameSet(left: FieldSet, right: FieldSet): boolean {
  return isSubset(left, right) && isSubset(right, left);
}

/** All paths, the members of a level before what lies below them, each level in order. */
export function* pathsOf(set: FieldSet, prefix: readonly PathElement[] = []): Generator<PathElement[]> {
  const elements = Object.keys(set)
    .filter((element) => element !== SELF)
    .sort();
  for (const element of elements) if (isMember(set[element])) yield [...prefix, element];
  for (const element of elements) {
    const below = set[element];
    if (below !== undefined) yield* pathsOf(below, [...prefix, element]);
  }
}

/** The same set with the steps of each level in order, as managedFields show them. */
export function sortedSet(set: FieldSet): FieldSet {
  const elements = Object.keys(set);
  if (elements.length === 0) return NO_FIELDS;
  const sorted: Growing = {};
  for (const element of elements.sort()) sorted[element] = sortedSet(set[element] ?? NO_FIELDS);
  return sorted;
}
