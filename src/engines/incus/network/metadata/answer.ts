/** An answer of the metadata service. Headers keep their order: by the first of them the kernel tells answers apart. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | Buffer;
}

/** Says how long a token holds; in the request, and first in the answer that carries one. */
export const tokenTtlHeader = 'X-Aws-Ec2-Metadata-Token-Ttl-Seconds';

/** Carries a token in a request. In small letters, as Node.js gives headers. */
export const tokenHeader = 'x-aws-ec2-metadata-token';

/**
 * How answers without a token begin: what a packet must hold, and from which byte on. Every answer is alone on its
 * connection, so one of these at its start tells of all that follows.
 */
export const ordinaryAnswers: readonly { readonly at: number; readonly text: string }[] = [
  { at: 'HTTP/1.1 200 OK\r\n'.length, text: 'Content-Type: ' },
  { at: 0, text: 'HTTP/1.1 4' },
  { at: 0, text: 'HTTP/1.1 5' },
];

export const text = (body: string | Buffer, type = 'text/plain'): Answer => ({
  status: 200,
  headers: [['Content-Type', type]],
  body,
});

export const token = (value: string, seconds: number): Answer => ({
  status: 200,
  headers: [
    [tokenTtlHeader, String(seconds)],
    ['Content-Type', 'text/plain'],
  ],
  body: value,
});

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  503: 'Service Unavailable',
};

/** A page in XHTML, as clients of EC2 know it. */
export const failure = (status: number): Answer => {
  const title = `${status} - ${reasons[status] ?? 'Error'}`;
  return {
    status,
    headers: [['Content-Type', 'text/html']],
    body: [
      '<?xml version="1.0" encoding="iso-8859-1"?>',
      '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"',
      '  "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">',
      '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">',
      ` <head><title>${title}</title></head>`,
      ` <body><h1>${title}</h1></body>`,
      '</html>',
      '',
    ].join('\n'),
  };
};
