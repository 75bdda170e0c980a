import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DecisionCase, decisions, usual } from '../../../test/decisions.ts';
import { readPolicy } from './document.ts';
import { evaluate } from './evaluate.ts';
import { matches, matchesArn, patternOf } from './glob.ts';

const decide = ({ statements, version = '2012-10-17', facts = {}, ...asked }: Omit<DecisionCase, 'name' | 'outcome'>) =>
  evaluate([{ name: 'p', policy: readPolicy(JSON.stringify({ Version: version, Statement: statements })) }], {
    ...usual,
    ...asked,
    facts: (key) => facts[key],
  });

describe('decisions', () => {
  test('there are enough of them, each with a name of its own', () => {
    expect(decisions.length).toBeGreaterThanOrEqual(150);
    expect(new Set(decisions.map(({ name }) => name)).size).toBe(decisions.length);
  });

  test.each(decisions.map((of) => [of.name, of] as const))('%s', (_name, of) => {
    expect(decide(of).outcome).toBe(of.outcome);
  });

  test('what decided is told', () => {
    const statements = [
      { Sid: 'Some', Effect: 'Allow', Action: '*', Resource: '*' },
      { Sid: 'None', Effect: 'Deny', Action: 'lightsail:Stop*', Resource: '*' },
    ];
    expect(decide({ statements }).by).toEqual({ policy: 'p', statement: 2, sid: 'None', effect: 'Deny' });
    expect(decide({ statements, action: 'lightsail:GetInstance' }).by).toMatchObject({ statement: 1, sid: 'Some' });
    expect(decide({ statements: [{ ...statements[1] }], action: 'a:B' }).by).toBeUndefined();
  });
});

describe('what is no policy is refused, and says why', () => {
  const good = { Effect: 'Allow', Action: '*', Resource: '*' };
  test.each([
    ['no JSON', '{', 'no JSON'],
    ['a list', '[]', 'A policy is a JSON object'],
    ['a strange version', { Version: '2020-01-01', Statement: good }, 'The version of a policy'],
    ['nothing said', { Version: '2012-10-17', Statement: [] }, 'at least one Statement'],
    ['a member that is not known', { Statement: good, Statements: [] }, 'has no Statements'],
    ['a statement that is no object', { Statement: ['Allow'] }, 'A statement is a JSON object'],
    ['a misspelt member', { Statement: { ...good, Resources: '*' } }, 'has no Resources'],
    ['no effect', { Statement: { Action: '*', Resource: '*' } }, 'Allow or Deny'],
    ['an effect in small letters', { Statement: { ...good, Effect: 'allow' } }, 'Allow or Deny'],
    ['no action', { Statement: { Effect: 'Allow', Resource: '*' } }, 'an Action or a NotAction'],
    ['no resource', { Statement: { Effect: 'Allow', Action: '*' } }, 'a Resource or a NotResource'],
    ['both', { Statement: { ...good, NotAction: 'a:B' } }, 'exclude each other'],
    ['an action without a service', { Statement: { ...good, Action: 'GetInstance' } }, 'is no action'],
    ['an empty list', { Statement: { ...good, Action: [] } }, 'a text or a list of texts'],
    ['a resource by its name', { Statement: { ...good, Resource: 'web-1' } }, 'is no ARN'],
    ['a principal', { Statement: { ...good, Principal: '*' } }, 'has no Principal'],
    ['a strange operator', { Statement: { ...good, Condition: { StringSame: { a: 'b' } } } }, 'no condition operator'],
    ['Object.prototype', { Statement: { ...good, Condition: { toString: { a: 'b' } } } }, 'no condition operator'],
    ['a condition on nothing', { Statement: { ...good, Condition: { Bool: 'true' } } }, 'an object of keys'],
    ['an address that is none', { Statement: { ...good, Condition: { IpAddress: { a: '1.2.3' } } } }, 'cannot compare'],
    [
      'a network too narrow',
      { Statement: { ...good, Condition: { IpAddress: { a: '1.2.3.4/33' } } } },
      'cannot compare',
    ],
    ['a number that is none', { Statement: { ...good, Condition: { NumericEquals: { a: 'x' } } } }, 'cannot compare'],
    ['a date that is none', { Statement: { ...good, Condition: { DateEquals: { a: 'x' } } } }, 'cannot compare'],
    ['a truth that is none', { Statement: { ...good, Condition: { Bool: { a: 'x' } } } }, 'cannot compare'],
    ['a Null that is none', { Statement: { ...good, Condition: { Null: { a: 'x' } } } }, 'Null takes true or false'],
    ['NullIfExists', { Statement: { ...good, Condition: { NullIfExists: { a: 'true' } } } }, 'no condition operator'],
    ['an object as a value', { Statement: { ...good, Condition: { Bool: { a: {} } } } }, 'no text, number or boolean'],
    ['a Sid with a blank', { Statement: { ...good, Sid: 'a b' } }, 'letters and digits'],
    [
      'a Sid twice',
      {
        Statement: [
          { ...good, Sid: 'A' },
          { ...good, Sid: 'A' },
        ],
      },
      'the same Sid',
    ],
    ['too long', { Statement: { ...good, Action: `lightsail:${'A'.repeat(6144)}` } }, 'longer than 6144'],
  ])('%s', (_name, document, message) => {
    const text = typeof document === 'string' ? document : JSON.stringify(document);
    expect(() => readPolicy(text)).toThrow(message);
  });

  test('whatever comes, it is a policy or it is refused', () => {
    const name = fc.constantFrom(
      'Version',
      'Statement',
      'Effect',
      'Action',
      'Resource',
      'Condition',
      'Bool',
      '__proto__',
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.constantFrom('Allow', '*', 'a:B', '2012-10-17'),
        fc.integer(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(name, tie('value'), { maxKeys: 5 }),
      ),
    })).value;
    fc.assert(
      fc.property(json, (value) => {
        try {
          readPolicy(JSON.stringify(value) ?? '');
        } catch (error) {
          expect(error).toMatchObject({ code: 'MalformedPolicyDocument' });
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('a wildcard is what a regular expression would make of it', () => {
  const letters = fc
    .array(fc.constantFrom('a', 'b', '*', '?', ':', '.'), { maxLength: 8 })
    .map((list) => list.join(''));
  fc.assert(
    fc.property(letters, letters, (pattern, text) => {
      const tokens = patternOf(pattern, { wildcards: true, variables: false }).tokens(() => undefined)!;
      const source = pattern.replace(/[.]/g, '\\.').replaceAll('*', '.*').replaceAll('?', '.');
      const isOne = new RegExp(`^${source}$`, 's').test(text);
      expect(matches(tokens, text)).toBe(isOne);
      const ofArn = patternOf(`a:b:c:d:e:${pattern}`, { wildcards: true, variables: false }).tokens(() => undefined)!;
      expect(matchesArn(ofArn, `a:b:c:d:e:${text}`)).toBe(isOne);
    }),
    { numRuns: 2000 },
  );
});
