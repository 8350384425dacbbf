import { all, type Default, deep, each, fill, within } from './fill.js';

const MODE = 0o644;

const fieldVersion: Default = (item) => within(item, 'fieldRef', (reference) => fill(reference, { apiVersion: 'v1' }));
const divisor: Default = (item) => within(item, 'resourceFieldRef', (reference) => fill(reference, { divisor: '0' }));
const items: Default = (object) => each(object, 'items', all(fieldVersion, divisor));
const mode: Default = (object) => fill(object, { defaultMode: MODE });

const projected: Default = (object) =>
  each(
    mode(object),
    'sources',
    all(
      deep(['downwardAPI'], items),
      deep(['serviceAccountToken'], (token) => fill(token, { expirationSeconds: 3600 })),
    ),
  );

const sources: Default = all(
  deep(['secret'], mode),
  deep(['configMap'], mode),
  deep(['downwardAPI'], all(mode, items)),
  deep(['projected'], projected),
  deep(['hostPath'], (path) => fill(path, { type: '' })),
  deep(['ephemeral', 'volumeClaimTemplate', 'spec'], claimSpec),
);

/** A volume without a source is an empty directory. */
export const volume: Default = (object) =>
  sources(Object.keys(object).length <= 1 ? fill(object, { emptyDir: {} }) : object);

function claimSpec(spec: Parameters<Default>[0]): ReturnType<Default> {
  return fill(spec, { resources: {}, volumeMode: 'Filesystem' });
}

/** The defaults of a claim; the status is written with it only as long as nobody bound it. */
export const claim: Default = (object) =>
  within(within(fill(object, { status: {} }), 'spec', claimSpec), 'status', (status) =>
    fill(status, { phase: 'Pending' }),
  );

/** The defaults of a persistent volume. */
export const persistentVolume: Default = (object) =>
  within(
    within(fill(object, { status: {} }), 'spec', (spec) =>
      fill(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }),
    ),
    'status',
    (status) => fill(status, { phase: 'Pending' }),
  );
