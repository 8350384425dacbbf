import { isFields } from '../../store/fields.js';
import { timestamp } from '../../store/writes.js';
import { isScalar, protobufSchema, type Member } from './schema.js';

/** A decoded message as the JSON that a client would have sent: without the zero values that Go writes for nothing. */
export function messageToJson(type: string, message: unknown): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  if (!isFields(message)) return json;
  for (const member of protobufSchema().members.get(type) ?? []) {
    if (!Object.hasOwn(message, member.name)) continue;
    const value = memberToJson(member, message[member.name]);
    if (value !== undefined && (member.pointer || !isZero(value))) json[member.name] = value;
  }
  return json;
}

function memberToJson(member: Member, value: unknown): unknown {
  if (member.repeated) return Array.isArray(value) ? value.map((item) => valueToJson(member.type, item)) : undefined;
  if (!member.map) return valueToJson(member.type, value);
  if (!isFields(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, valueToJson(member.type, item)]));
}

function valueToJson(type: string, value: unknown): unknown {
  if (type === 'bytes') return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : '';
  if (type === 'int64') return Number(value);
  if (isScalar(type)) return value;
  if (!isFields(value)) return undefined;
  switch (type) {
    case 'Time':
      return Number(value['seconds']) === 0 ? undefined : timestamp(new Date(Number(value['seconds']) * 1000));
    case 'Quantity':
      return value['string'];
    case 'IntOrString':
      return Number(value['type']) === 0 ? value['intVal'] : value['strVal'];
    case 'IngressRuleValue':
      // Inlined in Go: its only member stands in the rule itself.
      return value['http'] === undefined ? undefined : messageToJson('HTTPIngressRuleValue', value['http']);
    case 'FieldsV1':
      return value['Raw'] instanceof Uint8Array ? JSON.parse(Buffer.from(value['Raw']).toString()) : undefined;
    default:
      return messageToJson(type, value);
  }
}

function isZero(value: unknown): boolean {
  if (value === '' || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) && Object.keys(value).length === 0;
}
