/** An element: its name, and its text or its children in order. What is undefined is left out. */
export type Element = readonly [name: string, content: Content];
type Content = string | number | boolean | undefined | readonly (Element | undefined)[];

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
const head = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A document of S3, with its namespace. */
export const xmlDocument = (name: string, content: Content): string =>
  `${head}<${name} xmlns="${namespace}">${render(content)}</${name}>`;

/** An error document, which has no namespace. */
export const xmlError = (content: Content): string => `${head}<Error>${render(content)}</Error>`;

const render = (content: Content): string => {
  if (content === undefined) return '';
  if (!Array.isArray(content)) return escapeXml(String(content));
  let text = '';
  for (const element of content as readonly (Element | undefined)[]) {
    if (element?.[1] === undefined) continue;
    const [name, inner] = element;
    // An attribute, as the type of a grantee, stands in the name.
    text += `<${name}>${render(inner)}</${name.split(' ', 1)[0]}>`;
  }
  return text;
};

const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

// biome-ignore lint/suspicious/noControlCharactersInRegex: keys have them, and a parser must get them back
const special = /[&<>"\u0000-\u0008\u000b-\u001f\u007f\ufffe\uffff]/g;

const escapeXml = (text: string): string =>
  text.replace(special, (sign) => named[sign] ?? `&#x${sign.charCodeAt(0).toString(16)};`);
