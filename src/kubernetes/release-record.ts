import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

import { isRecord, listAt, numberAt, recordAt, textAt } from './json-value.js';
import type { KubernetesObject } from './kubernetes-object.js';
import { parseManifest } from './manifest.js';

export type ReleaseStatus =
  | 'unknown'
  | 'deployed'
  | 'uninstalled'
  | 'superseded'
  | 'failed'
  | 'uninstalling'
  | 'pending-install'
  | 'pending-upgrade'
  | 'pending-rollback';

/** One revision as its secret's labels tell it; costs no download of the record. */
export interface ReleaseMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  readonly status: ReleaseStatus;
  readonly secretName: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: Date | undefined;
  readonly modifiedAt: Date | undefined;
}

/** One revision in full, without the values: those are only known by their digest. */
export interface ReleaseRecord extends ReleaseMetadata {
  readonly description: string;
  readonly chart: { readonly name: string; readonly version: string; readonly appVersion: string };
  /** Everything the chart rendered, hooks apart; namespaces are as written in the chart. Secrets hold their data. */
  readonly manifest: readonly KubernetesObject[];
  readonly hooks: readonly ReleaseHook[];
  /** SHA-256 in hexadecimal of the values that were given to helm, with sorted keys. */
  readonly configDigest: string;
  readonly updatedAt: Date | undefined;
}

export interface ReleaseHook {
  readonly name: string;
  readonly kind: string;
  readonly events: readonly string[];
  readonly phase: string;
  readonly object: KubernetesObject | undefined;
}

/** No record that etcd takes unpacks to more; a larger one is not helm's. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

const STATUSES: readonly ReleaseStatus[] = [
  'deployed',
  'uninstalled',
  'superseded',
  'failed',
  'uninstalling',
  'pending-install',
  'pending-upgrade',
  'pending-rollback',
];

/** True while helm believes that an operation holds the release. */
export function isPending(status: ReleaseStatus): boolean {
  return status === 'pending-install' || status === 'pending-upgrade' || status === 'pending-rollback';
}

/** Reads the metadata of a release secret; undefined for an object that is not one of helm's. */
export function releaseMetadata(secret: KubernetesObject): ReleaseMetadata | undefined {
  const labels = secret.metadata.labels ?? {};
  const revision = Number(labels['version']);
  if (labels['owner'] !== 'helm' || labels['name'] === undefined || !Number.isInteger(revision)) return undefined;
  return {
    name: labels['name'],
    namespace: secret.metadata.namespace ?? '',
    revision,
    status: statusOf(labels['status']),
    secretName: secret.metadata.name,
    resourceVersion: secret.metadata.resourceVersion ?? '',
    labels,
    createdAt: dateOf(secret.metadata.creationTimestamp) ?? secondsOf(labels['createdAt']),
    modifiedAt: secondsOf(labels['modifiedAt']),
  };
}

/**
 * Decodes a release secret (base64, base64, gzip, JSON).
 * @throws Error when the secret holds no readable record; the message never quotes what it holds
 */
export function decodeRelease(secret: KubernetesObject): ReleaseRecord {
  const content = unpack(secret);
  const info = recordAt(content, 'info');
  const metadata = releaseMetadata(secret);
  return {
    name: textAt(content, 'name') ?? metadata?.name ?? '',
    namespace: secret.metadata.namespace ?? textAt(content, 'namespace') ?? '',
    revision: numberAt(content, 'version') ?? metadata?.revision ?? 0,
    status: statusOf(textAt(info, 'status')),
    secretName: secret.metadata.name,
    resourceVersion: secret.metadata.resourceVersion ?? '',
    labels: secret.metadata.labels ?? {},
    createdAt: metadata?.createdAt,
    modifiedAt: metadata?.modifiedAt,
    description: textAt(info, 'description') ?? '',
    chart: chartOf(content),
    manifest: parseManifest(textAt(content, 'manifest') ?? ''),
    hooks: listAt(content, 'hooks').map(hookOf),
    configDigest: digestOf(recordAt(content, 'config')),
    updatedAt: dateOf(textAt(info, 'last_deployed')),
  };
}

/**
 * The same secret with the record and its label saying `failed`, ready for a PUT that the resource version guards.
 * Helm reads the record and not the label, so relabelling alone would free nothing.
 */
export function asFailed(secret: KubernetesObject, description: string): KubernetesObject {
  const content = unpack(secret);
  const changed = { ...content, info: { ...recordAt(content, 'info'), status: 'failed', description } };
  const packed = gzipSync(Buffer.from(JSON.stringify(changed))).toString('base64');
  return {
    ...secret,
    metadata: { ...secret.metadata, labels: { ...secret.metadata.labels, status: 'failed' } },
    data: { ...recordAt(secret, 'data'), release: Buffer.from(packed).toString('base64') },
  };
}

/** SHA-256 in hexadecimal of values as JSON with sorted keys, so that the order of keys changes nothing. */
export function digestOf(values: Record<string, unknown>): string {
  return createHash('sha256').update(canonicalJson(values)).digest('hex');
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

function unpack(secret: KubernetesObject): Record<string, unknown> {
  const name = secret.metadata.name;
  const stored = textAt(secret, 'data', 'release');
  if (stored === undefined) throw new Error(`secret ${name} holds no release`);
  try {
    const packed = Buffer.from(Buffer.from(stored, 'base64').toString('latin1'), 'base64');
    const compressed = packed[0] === 0x1f && packed[1] === 0x8b;
    const bytes = compressed ? gunzipSync(packed, { maxOutputLength: MAX_RECORD_BYTES }) : packed;
    const content: unknown = JSON.parse(bytes.toString('utf8'));
    if (isRecord(content)) return content;
  } catch {
    // What could not be read may be a secret value: the reason stays out of the message.
  }
  throw new Error(`secret ${name} holds no readable release`);
}

function chartOf(content: Record<string, unknown>): ReleaseRecord['chart'] {
  const metadata = recordAt(content, 'chart', 'metadata');
  return {
    name: textAt(metadata, 'name') ?? '',
    version: textAt(metadata, 'version') ?? '',
    appVersion: textAt(metadata, 'appVersion') ?? '',
  };
}

function hookOf(hook: unknown): ReleaseHook {
  return {
    name: textAt(hook, 'name') ?? '',
    kind: textAt(hook, 'kind') ?? '',
    events: listAt(hook, 'events').filter((event) => typeof event === 'string'),
    phase: textAt(hook, 'last_run', 'phase') ?? '',
    object: parseManifest(textAt(hook, 'manifest') ?? '')[0],
  };
}

function statusOf(text: string | undefined): ReleaseStatus {
  return STATUSES.find((status) => status === text) ?? 'unknown';
}

function dateOf(text: string | undefined): Date | undefined {
  const milliseconds = Date.parse(text ?? '');
  return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds);
}

function secondsOf(label: string | undefined): Date | undefined {
  const seconds = Number(label);
  return label === undefined || !Number.isFinite(seconds) ? undefined : new Date(seconds * 1000);
}
