import { z } from 'zod';
import { ifMatch } from '../../platform/http/etag.js';
import { page, pageQuery } from '../../platform/http/pagination.js';
import { defineRoute } from '../../platform/http/route.js';
import { apiKey, madeApiKey, newApiKey, rotation } from './api-key.js';

const tag = 'api keys';
const params = z.strictObject({ key: z.uuid().describe('The id of the key, not the key itself') });
const query = z.strictObject({
  ...pageQuery(z.uuid()),
  tenant: z.string().min(1).max(63).optional().describe('Only the keys of this tenant, by id or slug'),
});
const location = { Location: 'Where it is, without the key itself.' };

export const createApiKey = defineRoute({
  name: 'createApiKey',
  method: 'POST',
  path: '/v1/api-keys',
  tag,
  summary: 'Make an API key',
  description:
    'The answer shows the key this once. Nobody gives scopes or limits beyond their own. A tenant has at most 100 keys that hold.',
  access: { scope: 'keys:write', of: 'own' },
  body: newApiKey,
  answers: { 201: { description: 'The key.', schema: madeApiKey, headers: location } },
  problems: { not_found: ['tenant_not_found'], conflict: ['too_many_api_keys'] },
});

export const listApiKeys = defineRoute({
  name: 'listApiKeys',
  method: 'GET',
  path: '/v1/api-keys',
  tag,
  summary: 'API keys, oldest first',
  access: { scope: 'keys:read', of: 'own' },
  query,
  answers: { 200: { description: 'A page of keys, without the keys themselves.', schema: page(apiKey) } },
  problems: { not_found: ['tenant_not_found'] },
});

export const listMyApiKeys = defineRoute({
  name: 'listMyApiKeys',
  method: 'GET',
  path: '/v1/my/keys',
  tag: 'my',
  summary: 'The API keys of your tenants, oldest first',
  access: { scope: 'keys:read', of: 'my' },
  query,
  answers: { 200: { description: 'A page of keys, without the keys themselves.', schema: page(apiKey) } },
  problems: { not_found: ['tenant_not_found'] },
});

export const getApiKey = defineRoute({
  name: 'getApiKey',
  method: 'GET',
  path: '/v1/api-keys/{key}',
  tag,
  summary: 'One API key',
  access: { scope: 'keys:read', of: 'api_key', param: 'key' },
  params,
  answers: { 200: { description: 'The key, without the key itself.', schema: apiKey } },
  problems: { not_found: ['api_key_not_found'] },
});

export const revokeApiKey = defineRoute({
  name: 'revokeApiKey',
  method: 'DELETE',
  path: '/v1/api-keys/{key}',
  tag,
  summary: 'Revoke an API key',
  description:
    'It can change nothing from now on, and is refused everywhere within a second. The same again does nothing.',
  access: { scope: 'keys:write', of: 'api_key', param: 'key' },
  params,
  headers: z.object(ifMatch),
  answers: { 204: { description: 'It is revoked.' } },
  problems: { not_found: ['api_key_not_found'], precondition_failed: ['precondition_failed'] },
});

export const rotateApiKey = defineRoute({
  name: 'rotateApiKey',
  method: 'POST',
  path: '/v1/api-keys/{key}/rotate',
  tag,
  summary: 'Put a new key in place of one',
  description: 'Both hold for the overlap. The answer shows the new key this once.',
  access: { scope: 'keys:write', of: 'api_key', param: 'key' },
  params,
  headers: z.object(ifMatch),
  body: rotation,
  answers: { 201: { description: 'The new key.', schema: madeApiKey, headers: location } },
  problems: {
    not_found: ['api_key_not_found'],
    conflict: ['api_key_not_active', 'api_key_rotated', 'too_many_api_keys'],
    precondition_failed: ['precondition_failed'],
  },
});
