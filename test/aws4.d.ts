declare module 'aws4' {
  interface Request {
    host?: string;
    method?: string;
    path?: string;
    service?: string;
    region?: string;
    headers?: Record<string, string | number>;
    body?: string;
    signQuery?: boolean;
  }
  interface Credentials {
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken?: string;
  }
  export const sign: (request: Request, credentials: Credentials) => Request;
}
