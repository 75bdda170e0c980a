import { ApiError } from '../errors.ts';
import { attachedPolicies } from '../store/records/identities.ts';
import type { Store } from '../store/store.ts';
import { isOfWay, resourceTagPrefix } from './facts.ts';
import type { Facts } from './policy/conditions.ts';
import { readPolicy } from './policy/document.ts';
import { type Candidate, candidatesFor, type Decision, decide, type NamedPolicy } from './policy/evaluate.ts';
import type { Principal } from './principal.ts';

/** A decision, and which policies it is by: those of the user or the role, or those that the session was narrowed by. */
export interface Verdict extends Decision {
  readonly layer: 'identity' | 'session';
}

/** All that is said of one principal. It can be kept: it says the same until a policy changes. */
export interface Rights {
  /**
   * `action` is `lightsail:CreateInstances`, or one of another service. With the way of the request (`wayOf`) a decision for which nothing else was
   * asked is kept.
   */
  judge(action: string, resource: string, facts: Facts, way?: string): Verdict;
  /** Whether what is said of the action hangs on the resource or its tags, so that these have to be looked up. */
  hangsOnResource(action: string): boolean;
}

export interface Access {
  /** At once when they were looked at lately. */
  rightsOf(principal: Principal): Rights | Promise<Rights>;
  /** After a change here. Other nodes see it within five seconds. */
  forget(): void;
}

/** A change made by another node is seen after this time. */
const cacheMs = 5_000;

/** What policies say, kept parsed for as long as keys are kept. */
export const createAccess = (store: Store): Access => {
  const kept = new Map<string, { book: Book; until: number }>();
  /** Ends with the principal, which the keyring keeps. */
  const sessions = new WeakMap<Principal, Book>();

  const look = async (identity: string): Promise<Book> => {
    const rows = await store.read((tx) => attachedPolicies(tx, identity));
    const book = createBook(rows.map(({ name, document }) => ({ name, policy: readPolicy(document) })));
    if (kept.size >= mostKept) kept.clear();
    kept.set(identity, { book, until: Date.now() + cacheMs });
    return book;
  };

  const sessionOf = (principal: Principal): Book | undefined => {
    if (principal.sessionPolicies === undefined) return undefined;
    let book = sessions.get(principal);
    if (book === undefined) {
      book = createBook(principal.sessionPolicies.map((text) => ({ name: 'session', policy: readPolicy(text) })));
      sessions.set(principal, book);
    }
    return book;
  };

  return {
    rightsOf(principal) {
      if (principal.identity === undefined) return principal.kind === 'root' ? everything : nothing;
      const { id } = principal.identity;
      const found = kept.get(id);
      const session = sessionOf(principal);
      if (found !== undefined && Date.now() < found.until) return rights(found.book, session);
      return look(id).then((book) => rights(book, session));
    },
    forget: () => kept.clear(),
  };
};

const mostKept = 10_000;
/** Of one action of one user or role. */
const mostDecisions = 1_000;

/** The statements of some policies, found by action. */
interface Book {
  on(action: string): Page;
}

interface Page {
  readonly candidates: readonly Candidate[];
  /** What was decided, by way and resource. */
  readonly decisions: Map<string, Decision>;
  readonly hangsOnResource: boolean;
}

const createBook = (policies: readonly NamedPolicy[]): Book => {
  const pages = new Map<string, Page>();
  return {
    on(action) {
      let page = pages.get(action);
      if (page === undefined) {
        const candidates = candidatesFor(policies, action);
        page = { candidates, decisions: new Map(), hangsOnResource: candidates.some(needsResource) };
        pages.set(action, page);
      }
      return page;
    },
  };
};

const needsResource = ({ statement: { resources, conditions } }: Candidate): boolean =>
  (resources !== undefined && (resources.inverted || !resources.patterns.some(({ isAny }) => isAny))) ||
  conditions.some(({ key }) => key.startsWith(resourceTagPrefix));

/** Of requests that come by one way all have the same answer, as long as none of time or tags was asked for it. */
const decideOn = (
  { candidates, decisions }: Page,
  resource: string,
  facts: Facts,
  way: string | undefined,
): Decision => {
  if (way === undefined) return decide(candidates, resource, facts);
  const place = `${way} ${resource}`;
  const known = decisions.get(place);
  if (known !== undefined) return known;
  let holds = true;
  const decision = decide(candidates, resource, (key) => {
    holds &&= isOfWay(key);
    return facts(key);
  });
  if (holds) {
    if (decisions.size >= mostDecisions) decisions.clear();
    decisions.set(place, decision);
  }
  return decision;
};

/** A session may do what both sides allow. A denial of either wins. */
const rights = (identity: Book, session: Book | undefined): Rights => ({
  judge(action, resource, facts, way) {
    const own: Verdict = { ...decideOn(identity.on(action), resource, facts, way), layer: 'identity' };
    if (session === undefined || own.outcome === 'explicitDeny') return own;
    const narrowed: Verdict = { ...decideOn(session.on(action), resource, facts, way), layer: 'session' };
    return narrowed.outcome === 'explicitDeny' || own.outcome === 'allowed' ? narrowed : own;
  },
  hangsOnResource: (action) => identity.on(action).hangsOnResource || session?.on(action).hangsOnResource === true,
});

const always = (outcome: Verdict['outcome']): Rights => ({
  judge: () => ({ outcome, by: undefined, layer: 'identity' }),
  hangsOnResource: () => false,
});

const everything = always('allowed');
const nothing = always('implicitDeny');

/** What whoever is denied reads, in AWS's words (sigv4-and-errors.md, `not permitted`). */
export const denial = (arn: string, action: string, resource: string, { outcome, layer }: Verdict): string => {
  const policy = layer === 'identity' ? 'identity-based' : 'session';
  const because =
    outcome === 'explicitDeny'
      ? `with an explicit deny in ${policy === 'session' ? 'a' : 'an'} ${policy} policy`
      : `because no ${policy} policy allows the ${action} action`;
  return `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${because}`;
};

export const denied = (arn: string, action: string, resource: string, verdict: Verdict): ApiError =>
  new ApiError('AccessDeniedException', denial(arn, action, resource, verdict));
