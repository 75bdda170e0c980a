import fc from 'fast-check';
import { expect, test } from 'vitest';
import { xmlDocument } from './xml.ts';
import { childrenOf, parseXml, textOf } from './xml-parse.ts';

test('texts go out and come in as they were', () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.string({
          unit: fc.oneof(
            fc.constantFrom('&', '<', '>', '"', ' ', '\n', '\t', '\r', '\u0001', 'ü', '𝄞', ']'),
            fc.constant('a'),
          ),
        }),
        { maxLength: 5 },
      ),
      (keys) => {
        const xml = xmlDocument(
          'Delete',
          keys.map((key) => ['Object', [['Key', key]]]),
        );
        expect(
          childrenOf(parseXml(Buffer.from(xml), 'Delete'), 'Object').map((each) => textOf(each, 'Key') ?? ''),
        ).toEqual(keys);
      },
    ),
  ));

test.each([
  '',
  '<',
  '<a>',
  '<a/>',
  '<Delete>',
  '<Delete></Delet>',
  '<!DOCTYPE Delete [<!ENTITY a "b">]><Delete/>',
  '<Delete>'.repeat(60),
  '<__proto__/>',
])('what is no document, or has entities of its own, is refused: %s', (text) => {
  expect(() => parseXml(Buffer.from(text), 'Delete')).toThrow(expect.objectContaining({ name: 'MalformedXML' }));
});

test('whatever comes, it is read or refused', () =>
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom(
          '<',
          '>',
          '/',
          'Delete',
          'Object',
          'Key',
          '&',
          ';',
          '#x',
          '1',
          '"',
          '=',
          ' ',
          '<!--',
          '-->',
          '<![CDATA[',
          ']]>',
          '?',
        ),
      }),
      (text) => {
        try {
          const parsed = parseXml(Buffer.from(`<Delete>${text}</Delete>`), 'Delete');
          for (const each of childrenOf(parsed, 'Object')) textOf(each, 'Key');
        } catch (error) {
          expect((error as Error).name).toBe('MalformedXML');
        }
      },
    ),
  ));
