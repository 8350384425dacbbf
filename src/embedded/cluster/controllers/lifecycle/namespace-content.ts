import type { StoreEvent } from '../../store/object-store.js';
import { asNew } from '../cluster-view.js';
import type { Context } from '../context.js';
import { itself, type Controller, type Enqueue, type ObjectId } from '../controller.js';
import { isTerminating } from '../ownership.js';

const ACCOUNT = 'default';
const ROOT_CERTIFICATE = 'kube-root-ca.crt';

/** Gives every namespace what pods expect of it: the account `default` and the certificate of the API server. */
export class NamespaceContentController implements Controller {
  readonly name = 'namespace-content-controller';
  readonly watches: Controller['watches'] = {
    '/namespaces': itself,
    '/serviceaccounts': (event, enqueue) => replaceLost(event, ACCOUNT, enqueue),
    '/configmaps': (event, enqueue) => replaceLost(event, ROOT_CERTIFICATE, enqueue),
  };

  constructor(private readonly context: Context) {}

  reconcile({ name: namespace }: ObjectId): void {
    const { store } = this.context.view;
    const found = store.get('/namespaces', undefined, namespace);
    if (found === undefined || isTerminating(found)) return;
    if (store.get('/serviceaccounts', namespace, ACCOUNT) === undefined) {
      store.create(
        '/serviceaccounts',
        asNew({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ACCOUNT, namespace } }),
      );
    }
    if (store.get('/configmaps', namespace, ROOT_CERTIFICATE) === undefined) {
      const data = { 'ca.crt': '# The embedded cluster serves no TLS.\n' };
      const annotations = {
        'kubernetes.io/description': 'Contains a CA bundle that can be used to verify the kube-apiserver.',
      };
      const metadata = { name: ROOT_CERTIFICATE, namespace, annotations };
      store.create('/configmaps', asNew({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }));
    }
  }
}

function replaceLost({ type, object }: StoreEvent, name: string, enqueue: Enqueue): void {
  const { namespace } = object.metadata;
  if (type === 'DELETED' && object.metadata.name === name && namespace !== undefined) {
    enqueue({ namespace: undefined, name: namespace });
  }
}
