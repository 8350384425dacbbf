import type { FailureCode } from './failure.js';
import { programFailure, type FailedProgram } from './helm-failure.js';

function exited(stderr: string, exitCode = 1): FailedProgram {
  return { ok: false, reason: 'exit', exitCode, stdout: '', stderr };
}

const away = 'dial tcp 127.0.0.1:18002: connect: connection refused';

/** What helm 4.1 and 3.17 printed on a real API server; helm 3 where it says so. */
const HELM: readonly (readonly [what: string, code: FailureCode, stderr: string])[] = [
  [
    'install over a release that exists',
    'name_taken',
    'level=ERROR msg="release name check failed" error="cannot reuse a name that is still in use"\nError: INSTALLATION FAILED: release name check failed: cannot reuse a name that is still in use',
  ],
  [
    'install over a release that exists, helm 3',
    'name_taken',
    'Error: INSTALLATION FAILED: cannot re-use a name that is still in use',
  ],
  ['an install that lost a race', 'name_taken', 'Error: INSTALLATION FAILED: release: already exists'],
  ['an upgrade --install that lost a race', 'name_taken', 'Error: release: already exists'],
  ['an upgrade that lost a race', 'name_taken', 'Error: UPGRADE FAILED: release: already exists'],
  [
    'a release that a killed helm left pending',
    'release_locked',
    'Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress',
  ],
  [
    'a release that is stuck in uninstalling',
    'release_locked',
    'Error: UPGRADE FAILED: "main" has no deployed releases',
  ],
  [
    'SIGTERM',
    'cancelled',
    'level=WARN msg="upgrade failed" name=a error="context canceled"\nError: UPGRADE FAILED: context canceled',
  ],
  [
    'a wait that was not met',
    'timeout',
    'level=WARN msg="upgrade failed" name=a error="resource Deployment/fc/a not ready. status: InProgress, message: Available: 0/2\\ncontext deadline exceeded"\nError: UPGRADE FAILED: resource Deployment/fc/a not ready. status: InProgress, message: Available: 0/2\ncontext deadline exceeded',
  ],
  ['a wait that was not met, helm 3', 'timeout', 'Error: UPGRADE FAILED: timed out waiting for the condition'],
  [
    'a pre-install hook that failed',
    'hook_failed',
    'Error: INSTALLATION FAILED: failed pre-install: resource Job/fg/a-migrate not ready. status: Failed, message: Job Failed. failed: 1/1',
  ],
  [
    'a pre-upgrade hook that failed',
    'hook_failed',
    'level=WARN msg="upgrade failed" name=a error="pre-upgrade hooks failed: resource Job/fg/a-migrate not ready. status: Failed, message: Job Failed. failed: 1/1"\nError: UPGRADE FAILED: pre-upgrade hooks failed: resource Job/fg/a-migrate not ready. status: Failed, message: Job Failed. failed: 1/1',
  ],
  [
    'a hook that failed, helm 3',
    'hook_failed',
    'Error: INSTALLATION FAILED: failed pre-install: 1 error occurred:\n\t* job a-migrate failed: BackoffLimitExceeded\n\n',
  ],
  [
    'a hook that was not done in time',
    'hook_failed',
    'Error: INSTALLATION FAILED: failed pre-install: resource Job/fg/a-migrate not ready. status: InProgress, message: Job in progress. success:0, active: 1, failed: 0\ncontext deadline exceeded',
  ],
  [
    'a namespace that is going',
    'namespace_terminating',
    'Error: INSTALLATION FAILED: create: failed to create: secrets "sh.helm.release.v1.a.v1" is forbidden: unable to create new content in namespace fi because it is being terminated',
  ],
  [
    'an object of somebody else',
    'conflict',
    'Error: INSTALLATION FAILED: unable to continue with install: ConfigMap "a" in namespace "fk" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"; annotation validation error: missing key "meta.helm.sh/release-name": must be set to "a"; annotation validation error: missing key "meta.helm.sh/release-namespace": must be set to "fk"',
  ],
  [
    'a field of somebody else',
    'conflict',
    'level=WARN msg="upgrade failed" name=a error="…"\nError: UPGRADE FAILED: conflict occurred while applying object fl/a apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with "kubectl-set" using apps/v1: .spec.template.spec.containers[name="app"].image',
  ],
  [
    'a field that the schema lacks',
    'render_failed',
    'Error: INSTALLATION FAILED: failed to create typed patch object (fm/a-backup; batch/v1, Kind=CronJob): .spec.concurrencyPolicyX: field not declared in schema',
  ],
  [
    'a field that the schema lacks, helm 3 with validation',
    'render_failed',
    'Error: INSTALLATION FAILED: unable to build kubernetes objects from release manifest: error validating "": error validating data: unknown field "concurrencyPolicyX" in io.k8s.api.batch.v1.CronJobSpec',
  ],
  [
    'values of a wrong type',
    'values_invalid',
    "Error: INSTALLATION FAILED: values don't meet the specifications of the schema(s) in the following chart(s):\ntenant:\n- at '/image': got number, want string\n\n",
  ],
  [
    'values of a wrong type, helm 3',
    'values_invalid',
    "Error: INSTALLATION FAILED: values don't meet the specifications of the schema(s) in the following chart(s):\ntenant:\n- image: Invalid type. Expected: string, given: integer\n\n",
  ],
  [
    'an API server that is away',
    'cluster_unreachable',
    `level=ERROR msg="cluster reachability check failed: kubernetes cluster unreachable: …"\nError: INSTALLATION FAILED: cluster reachability check failed: kubernetes cluster unreachable: Get "http://127.0.0.1:18002/version": ${away}`,
  ],
  [
    'an API server that goes in the middle',
    'cluster_unreachable',
    `Error: INSTALLATION FAILED: Patch "http://127.0.0.1:18002/apis/rbac.authorization.k8s.io/v1/namespaces/fn4/roles/a?fieldManager=helm&fieldValidation=Strict&force=false": EOF\nPatch "http://127.0.0.1:18002/api/v1/namespaces/fn4/services/a?force=false": ${away}`,
  ],
  [
    'a quota',
    'quota_exceeded',
    'Error: INSTALLATION FAILED: failed pre-install: jobs.batch "a" is forbidden: exceeded quota: tenantry, requested: cpu=2, used: cpu=1, limited: cpu=2',
  ],
  [
    'a missing permission',
    'forbidden',
    'Error: INSTALLATION FAILED: roles.rbac.authorization.k8s.io "a" is forbidden: User "system:serviceaccount:t:t" cannot patch resource "roles" in API group "rbac.authorization.k8s.io" in the namespace "n"',
  ],
  ['a bad token', 'forbidden', 'Error: INSTALLATION FAILED: query: failed to query with labels: Unauthorized'],
  ['a chart that is not there', 'chart_not_found', 'Error: INSTALLATION FAILED: path "/charts/nope" not found'],
  ['a chart that is not there, upgrade', 'chart_not_found', 'Error: path "/charts/nope" not found'],
  ['a directory that is no chart', 'chart_not_found', 'Error: INSTALLATION FAILED: Chart.yaml file is missing'],
  [
    'a repository that does not answer: the chart’s fault, not the cluster’s',
    'chart_not_found',
    `Error: INSTALLATION FAILED: looks like "https://charts.example.com" is not a valid chart repository or cannot be reached: Get "https://charts.example.com/index.yaml": dial tcp: lookup charts.example.com: no such host`,
  ],
  [
    'a version that is not there',
    'chart_not_found',
    'Error: INSTALLATION FAILED: chart "web" version "9.9.9" not found in https://charts.example.com repository',
  ],
  [
    'an OCI reference that is not there',
    'chart_not_found',
    'Error: INSTALLATION FAILED: failed to perform "FetchReference" on source: registry.example.com/charts/web:9.9.9: not found',
  ],
  ['an OCI reference that is not there, helm 3', 'chart_not_found', 'Error: 127.0.0.1:8099/x:1.0.0: not found'],
  [
    'an OCI repository that is not there',
    'chart_not_found',
    'Error: GET "http://127.0.0.1:8099/v2/x/tags/list": response status code 404: name unknown: repository name not known to registry',
  ],
  [
    'a registry that is away: the chart’s fault, not the cluster’s',
    'chart_not_found',
    'Error: failed to perform "FetchReference" on source: Get "https://127.0.0.1:1/v2/x/manifests/1.2.3": dial tcp 127.0.0.1:1: connect: connection refused',
  ],
  [
    'a registry that is away, helm 3',
    'chart_not_found',
    'Error: failed to do request: Head "https://nohost.invalid/v2/x/manifests/1.2.3": dial tcp: lookup nohost.invalid on 10.0.0.53:53: no such host',
  ],
  [
    'an archive that is not there',
    'chart_not_found',
    'Error: failed to fetch http://127.0.0.1:8099/web-1.0.0.tgz : 404 Not Found',
  ],
  [
    'a directory that is no chart, helm 4',
    'chart_not_found',
    'Error: unable to detect chart at /charts/x/Chart.yaml: open /charts/x/Chart.yaml: no such file or directory',
  ],
  [
    'a cluster that the chart does not fit',
    'render_failed',
    'Error: chart requires kubeVersion: >=99.0.0 which is incompatible with Kubernetes v1.34.5\n\nUse --debug flag to render out invalid YAML',
  ],
  [
    'a template that does not run, helm 4',
    'render_failed',
    'Error: web/templates/broken.yaml:4:10\n  executing "web/templates/broken.yaml" at <.Values.nothing.at.all>:\n    nil pointer evaluating interface {}.at\n\nUse --debug flag to render out invalid YAML',
  ],
  [
    'values that are no map',
    'values_invalid',
    'Error: failed to parse -: cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
  ],
  [
    'a dependency that is not in the chart',
    'chart_not_found',
    'Error: INSTALLATION FAILED: An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: postgresql',
  ],
  [
    'a template that does not run',
    'render_failed',
    'Error: INSTALLATION FAILED: template: tenant/templates/a.yaml:4:12: executing "tenant/templates/a.yaml" at <.Values.a.b>: nil pointer evaluating interface {}.b',
  ],
  [
    'a template that refuses',
    'render_failed',
    'Error: INSTALLATION FAILED: execution error at (tenant/templates/a.yaml:1:3): host is required',
  ],
  [
    'a template that renders no YAML',
    'render_failed',
    "Error: INSTALLATION FAILED: YAML parse error on tenant/templates/a.yaml: error converting YAML to JSON: yaml: line 5: could not find expected ':'",
  ],
  [
    'a kind that the cluster lacks',
    'render_failed',
    'Error: INSTALLATION FAILED: unable to build kubernetes objects from release manifest: resource mapping not found for name: "a" namespace: "" from "": no matches for kind "Thing" in version "example.com/v1"\nensure CRDs are installed first',
  ],
  ['something new', 'unknown', 'Error: the moon is in the wrong phase'],
  ['nothing at all', 'unknown', ''],
];

test.each(HELM)('helm: %s is %s', (_what, code, stderr) => {
  const failure = programFailure('helm', exited(stderr));
  expect(failure.code).toBe(code);
  expect(failure.message).not.toBe('');
  expect(failure.next_action).not.toBe('');
});

test.each<readonly [string, FailureCode, string]>([
  [
    'an API server that is away',
    'cluster_unreachable',
    `E1120 18:16:43.910830    6857 memcache.go:265] "Unhandled Error" err="couldn't get current server API group list: Get \\"http://127.0.0.1:18002/api?timeout=32s\\": ${away}"\nThe connection to the server 127.0.0.1:18002 was refused - did you specify the right host or port?`,
  ],
  [
    'a namespace that is going',
    'namespace_terminating',
    'Error from server (Forbidden): error when creating "x.yaml": deployments.apps "web" is forbidden: unable to create new content in namespace fi because it is being terminated',
  ],
  [
    'a namespace of a name that is going',
    'namespace_terminating',
    'Error from server (AlreadyExists): object is being deleted: namespaces "fi" already exists',
  ],
  ['replicas that changed meanwhile', 'conflict', 'error: Expected replicas to be 3, was 2'],
  [
    'no permission',
    'forbidden',
    'Error from server (Forbidden): deployments.apps "a" is forbidden: User "x" cannot patch',
  ],
  ['a bad token', 'forbidden', 'error: You must be logged in to the server (Unauthorized)'],
  [
    'a server that is starting',
    'cluster_unreachable',
    'Error from server (ServiceUnavailable): the server is currently unable to handle the request',
  ],
])('kubectl: %s is %s', (_what, code, stderr) => {
  expect(programFailure('kubectl', exited(stderr)).code).toBe(code);
});
