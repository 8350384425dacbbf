import { isDeepStrictEqual } from 'node:util';

import { claim } from '../claims.js';
import type { ClusterView, Draft } from '../cluster-view.js';
import type { ControllerRevision, DaemonSet, StatefulSet } from '../kinds.js';
import { controllerReference } from '../ownership.js';
import type { PodTemplate } from '../pod-kinds.js';
import { templateHash } from '../template-hash.js';

const KEY = 'apps/controllerrevisions';

type Owner = StatefulSet | DaemonSet;

/** The owner's templates of old and new, the newest last, which is the present one. Writes it down when it is new. */
export function keepRevisions(view: ClusterView, owner: Owner, hashLabel: string) {
  const known = claim(view, KEY, owner).sort((left, right) => left.revision - right.revision);
  const newest = known.at(-1);
  const next = (newest?.revision ?? 0) + 1;
  const same = known.findLast((revision) => isDeepStrictEqual(templateOf(revision), owner.spec.template));
  if (same !== undefined && same === newest) return { all: known, update: same };
  const update =
    same === undefined
      ? view.create(KEY, revisionDraft(owner, next, hashLabel))
      : view.update(KEY, { ...same, revision: next });
  return { all: [...known.filter((revision) => revision !== same), update], update };
}

/** The pod template that a revision keeps. */
export function templateOf({ data }: ControllerRevision): PodTemplate | undefined {
  if (data.spec?.template === undefined) return undefined;
  const { $patch: _replace, ...template } = data.spec.template;
  return template;
}

function revisionDraft(owner: Owner, revision: number, hashLabel: string): Draft {
  const { template } = owner.spec;
  const { name, namespace, annotations } = owner.metadata;
  const hash = templateHash(template);
  const data: ControllerRevision['data'] = { spec: { template: { ...template, $patch: 'replace' } } };
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controllerReference(owner)],
    },
    data,
    revision,
  };
}

/** Deletes the oldest revisions that nothing uses, down to the owner's limit. */
export function truncateHistory(
  view: ClusterView,
  owner: Owner,
  all: readonly ControllerRevision[],
  live: ReadonlySet<string>,
): void {
  const unused = all.filter(({ metadata }) => !live.has(metadata.name));
  const limit = owner.spec.revisionHistoryLimit ?? 10;
  for (const revision of unused.slice(0, Math.max(0, unused.length - limit))) view.delete(KEY, revision);
}
