// Values for the parameters of the document: some that must be taken, some that must be refused.

const ids = { apikeys: 'key-1', accounts: 'account-1', groups: 'group-1' };

/// The path with an id of the example file in its hole.
export function filledPath(path, id) {
  const kind = path.split('/')[2];
  return path.replace('{id}', encodeURIComponent(id ?? ids[kind]));
}

const texts = {
  groupId: ['group-1'],
  search: ['alice', 'πελ', "'; DROP TABLE api_key; --", '%', '_'],
  tag: ['team-a', 'πελ'],
  owner: ['alice'],
  platform: ['claude'],
  status: ['active'],
  model: ['claude-sonnet-4-20250514', 'no-such-model'],
  keyId: ['key-1', 'key/5 %'],
  accountId: ['account-1'],
  ids: ['key-1', 'account-1,account-2', 'nobody'],
  expiresWithin: ['7d', '36h'],
  cursor: [],
};

const isDay = (parameter) => /(Date|After|Before)$|^date$/.test(parameter.name);

/// Values that are taken, as the schema says them.
export function goodValues(parameter) {
  const { schema, name } = parameter;
  if (schema.enum) return schema.enum;
  if (schema.type === 'boolean') return ['true', 'false'];
  if (name === 'start_ms') return [String(Date.now() - 3_600_000)];
  if (name === 'end_ms') return [String(Date.now())];
  if (name === 'slot_sec') return ['300', '3600', '86400'];
  if (schema.type === 'integer') return [schema.minimum, schema.maximum, schema.default].filter((each) => each !== undefined).map(String);
  if (schema.type === 'array') return texts[name] ?? [];
  if (schema.type === 'number') return ['0', '1.5', '1000000'];
  if (isDay(parameter)) return goodDays(name);
  return texts[name] ?? [];
}

/// A start in the past, an end in the future.
function goodDays(name) {
  const ms = Date.now() + (/^end|Before$/.test(name) ? 86_400_000 : -2 * 86_400_000);
  const day = new Date(ms).toISOString();
  return name === 'date' ? [day.slice(0, 10)] : [day.slice(0, 10), day.slice(0, 19) + 'Z'];
}

/// What else a query needs that has this parameter.
export function companions(parameter, path) {
  if (parameter.name === 'endDate') return ['startDate=2026-01-01'];
  if (path === '/api/stats/top' && ['accountId', 'groupId', 'platform'].includes(parameter.name)) return ['by=account'];
  return parameter.name === 'status' && path === '/api/export/report' ? ['type=accounts'] : [];
}

/// Values that must be refused with 400.
export function badValues(parameter) {
  const { schema, name } = parameter;
  const always = ['%ff', '%c0%80', '%zz', '%'];
  if (schema.enum) return [...always, 'nonsense', `${schema.enum[0]}x`, encodeURIComponent("' OR 1=1")];
  if (schema.type === 'boolean') return [...always, 'yes', '2'];
  if (schema.type === 'integer')
    return [...always, '-1', '0x10', '1e3', 'NaN', '1.5', '9'.repeat(30), String(schema.minimum - 1), String(schema.maximum + 1)];
  if (schema.type === 'number') return [...always, 'NaN', 'inf', '-1', '1e999', 'abc', '1,5'];
  if (isDay(parameter)) return [...always, '2026-13-01', '2026-02-30', '20260101', 'today', '9'.repeat(30)];
  if (name === 'expiresWithin') return [...always, '7', 'd', '0d', '7w', '-7d', '7%20d', '99999d'];
  if (name === 'cursor') return [...always, 'abc', '00', 'ffff'];
  return [...always, 'x'.repeat(4097)];
}
