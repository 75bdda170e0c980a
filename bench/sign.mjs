import { createHash, createHmac } from 'node:crypto';

const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const signed = 'content-type;host;x-amz-date;x-amz-target';

/**
 * A function that makes whole HTTP requests, signed with Signature Version 4 and the date of now: good for 15 minutes and for any
 * number of times, so that no signing is done while something is measured. The host is a constant, so a port need not be known yet.
 */
export const createSigner = ({ accessKeyId, secret }) => {
  const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  return (operation, payload, region = 'us-east-1') => {
    const body = JSON.stringify(payload);
    const scope = `${date.slice(0, 8)}/${region}/lightsail/aws4_request`;
    const headers = `content-type:application/x-amz-json-1.1\nhost:lateen\nx-amz-date:${date}\nx-amz-target:Lightsail_20161128.${operation}\n`;
    const canonical = `POST\n/\n\n${headers}\n${signed}\n${sha256(body)}`;
    const key = scope.split('/').reduce(hmac, `AWS4${secret}`);
    const signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`).toString('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
    const head = `${headers.replace(/:(.*)\n/g, ': $1\r\n')}authorization: ${authorization}\r\ncontent-length: ${Buffer.byteLength(body)}`;
    return Buffer.from(`POST / HTTP/1.1\r\n${head}\r\n\r\n${body}`);
  };
};
