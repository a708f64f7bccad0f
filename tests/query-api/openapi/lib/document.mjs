// The OpenAPI document: its operations, what they refer to, and validators of its schemas.
import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export class Document {
  constructor(path) {
    this.json = JSON.parse(readFileSync(path, 'utf8'));
    this.ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
    addFormats(this.ajv);
    // The document around the schemas is no schema.
    this.ajv.addVocabulary(Object.keys(this.json));
    this.ajv.addSchema(this.json, 'openapi');
  }

  /// Every operation: {path, method, get: the operation, pointer, isProbe}.
  operations() {
    return Object.entries(this.json.paths).map(([path, item]) => ({
      path,
      operation: item.get,
      pointer: `/paths/${escaped(path)}/get`,
      isProbe: item.servers !== undefined,
    }));
  }

  resolved(node) {
    if (node?.$ref === undefined) return { node };
    const pointer = node.$ref.slice(1);
    return { node: pointer.split('/').slice(1).reduce((at, key) => at[unescaped(key)], this.json), pointer };
  }

  parameters(operation) {
    return operation.parameters.map((each) => this.resolved(each).node);
  }

  /// The response that is described for a status, and where it stands; undefined when there is none.
  response({ operation, pointer }, status) {
    const described = operation.responses[status];
    if (described === undefined) return undefined;
    const { node, pointer: elsewhere } = this.resolved(described);
    return { node, pointer: elsewhere ?? `${pointer}/responses/${status}` };
  }

  /// What is wrong with a value, by the schema at a JSON pointer; '' when nothing is.
  complaint(pointer, value) {
    const fragment = pointer.split('/').map(encodeURIComponent).join('/');
    const validate = this.ajv.getSchema(`openapi#${fragment}`);
    if (validate === undefined) return `there is no schema at ${pointer}`;
    return validate(value) ? '' : this.ajv.errorsText(validate.errors, { separator: '; ' });
  }
}

export const escaped = (key) => key.replaceAll('~', '~0').replaceAll('/', '~1');
const unescaped = (key) => key.replaceAll('~1', '/').replaceAll('~0', '~');
