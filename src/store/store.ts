/** What a statement may bind and a row may hold. Booleans are 0 and 1, times integer milliseconds, JSON text. */
export type Value = string | number | null | Uint8Array;

/** One transaction, or one consistent look at what is committed. */
export interface Tx {
  all<R>(sql: string, ...params: Value[]): Promise<readonly R[]>;
  get<R>(sql: string, ...params: Value[]): Promise<R | undefined>;
  /** Answers with the number of rows changed. */
  run(sql: string, ...params: Value[]): Promise<number>;
}

/** The few places where the two databases differ in words. Statements are written with `?` and run on both. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** Column type of a key that counts up. */
  readonly serial: string;
  readonly bytes: string;
  /** 64-bit integers. */
  readonly long: string;
  /** Stands behind the type of a text that is compared by the bytes of its UTF-8, in whatever locale. */
  readonly bytewise: string;
  /** Ends a table whose rows lie in the order of its key, where there is such a thing. */
  readonly clustered: string;
  /** Ends a `select` of rows to take, so that two nodes never take the same. */
  readonly skipLocked: string;
}

/**
 * Where state lives. Writes of one `lock` (an account) happen one after the other, and commit without waiting for the disk;
 * `durable` waits until all that was committed so far is synced, and everyone who waits at the same time shares one sync.
 * So an answer goes out after `durable`, reads included: what a reader saw is on the disk too.
 */
export interface Store {
  readonly dialect: Dialect;
  /** Each statement sees what is committed; on SQLite all of `body` sees the same. */
  read<T>(body: (tx: Tx) => Promise<T>): Promise<T>;
  /** All of `body` sees one moment, on both databases. For long reads: it costs PostgreSQL a transaction, and SQLite its turn. */
  snapshot<T>(body: (tx: Tx) => Promise<T>): Promise<T>;
  write<T>(lock: string, body: (tx: Tx) => Promise<T>): Promise<T>;
  durable(): Promise<void>;
  close(): Promise<void>;
}
