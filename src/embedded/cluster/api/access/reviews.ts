import { isFields, itemsAt, stringAt, type Fields } from '../../store/fields.js';
import { badRequest } from '../../store/status-error.js';
import type { ApiParts } from '../api-parts.js';
import { jsonAnswer, type Answer } from '../http/answer.js';
import { parseObjectBody } from '../http/body.js';
import type { ResourceRequest } from '../http/resource-request.js';
import { groupVersionOf } from '../served-types.js';
import type { PolicyRule, Rbac } from './rbac.js';
import { MASTERS, type User } from './user.js';

const ANYTHING: PolicyRule = {
  verbs: ['*'],
  apiGroups: ['*'],
  resources: ['*'],
  resourceNames: [],
  nonResourceURLs: [],
};
const ANY_PATH: PolicyRule = { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] };

type ReviewParts = Pick<ApiParts, 'authentication' | 'rbac'>;

/** Answers POST of a review: who am I, may I, what may I, may he, whose token is this. */
export function review(parts: ReviewParts, request: ResourceRequest): Answer {
  const body = parseObjectBody(request.body, request.headers['content-type']);
  const { type } = request.path.served;
  const spec = isFields(body['spec']) ? body['spec'] : {};
  const answer = {
    kind: type.kind,
    apiVersion: groupVersionOf(type),
    metadata: { creationTimestamp: null },
    ...(type.kind === 'SelfSubjectReview' ? {} : { spec }),
    status: statusOf(parts, request.user, type.kind, spec),
  };
  return jsonAnswer(201, answer);
}

function statusOf(parts: ReviewParts, user: User, kind: string, spec: Fields): object {
  switch (kind) {
    case 'SelfSubjectReview':
      return { userInfo: userInfo(user) };
    case 'TokenReview': {
      const owner = parts.authentication.review(stringAt(spec, 'token') ?? '');
      return owner === undefined ? { authenticated: false, user: {} } : { authenticated: true, user: userInfo(owner) };
    }
    case 'SelfSubjectRulesReview':
      return rulesStatus(parts.rbac, user, stringAt(spec, 'namespace') ?? '');
    case 'SelfSubjectAccessReview':
      return accessStatus(parts.rbac, user, spec);
    case 'SubjectAccessReview':
    case 'LocalSubjectAccessReview':
      return accessStatus(parts.rbac, subjectOf(spec), spec);
    default:
      throw badRequest(`unknown review ${kind}`);
  }
}

function userInfo({ name, uid, groups, extra }: User): object {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined ? {} : { extra }),
  };
}

function subjectOf(spec: Fields): User {
  const groups = itemsAt(spec, 'groups').filter((item) => typeof item === 'string');
  return { name: stringAt(spec, 'user') ?? '', groups };
}

function accessStatus(rbac: Rbac, user: User, spec: Fields): object {
  const about = spec['resourceAttributes'];
  if (isFields(about)) {
    const text = (member: string) => stringAt(about, member) ?? '';
    const allowed = rbac.allows(user, {
      verb: text('verb'),
      group: text('group'),
      resource: text('resource'),
      subresource: text('subresource'),
      name: text('name'),
      namespace: text('namespace') || undefined,
    });
    return allowed ? { allowed } : { allowed, reason: '' };
  }
  const path = spec['nonResourceAttributes'];
  if (!isFields(path)) throw badRequest('spec.resourceAttributes or spec.nonResourceAttributes is required');
  const wanted = { verb: stringAt(path, 'verb') ?? '', path: stringAt(path, 'path') ?? '' };
  return { allowed: rbac.allowsPath(user, wanted) };
}

function rulesStatus(rbac: Rbac, user: User, namespace: string): object {
  const rules = user.groups.includes(MASTERS) ? [ANYTHING, ANY_PATH] : rbac.rulesFor(user, namespace);
  const resourceRules = rules
    .filter(({ resources }) => resources.length > 0)
    .map(({ verbs, apiGroups, resources, resourceNames }) => ({
      verbs,
      apiGroups,
      resources,
      ...(resourceNames.length > 0 ? { resourceNames } : {}),
    }));
  const nonResourceRules = rules
    .filter(({ nonResourceURLs }) => nonResourceURLs.length > 0)
    .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
  return { resourceRules, nonResourceRules, incomplete: false };
}
