/** What the family of instances should do, said again as simply as it can be: the tests let it and the server do the same. */

export type State = 'pending' | 'running' | 'stopping' | 'stopped';

/** A call as it goes out. */
export interface Call {
  readonly operation: string;
  readonly region: string;
  // biome-ignore lint/suspicious/noExplicitAny: the handler of the operation knows its input
  readonly input: any;
}

/** What a call is answered with: an exception, one of those that may be told where several are due, or operations. */
export type Expected = { readonly refused: readonly string[] } | { readonly operations: readonly Operation[] };

export interface Operation {
  id: string | undefined;
  readonly operationType: string;
  readonly resourceName: string;
  readonly resourceType: 'Instance' | 'KeyPair';
  status: 'Started' | 'Succeeded';
}

export interface Port {
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly cidrs: readonly string[];
}

export interface Thing {
  readonly name: string;
  readonly kind: 'Instance' | 'KeyPair';
  tags: Map<string, string>;
  state: State;
  ports: readonly Port[];
  httpTokens: string;
  /** Whether the machine has them. */
  metadata: 'applied' | 'pending';
}

interface Task {
  readonly kind: string;
  readonly operation: Operation | undefined;
  /** Both known once it has begun. */
  ends?: number;
  takesTime?: boolean;
}

/** What happens to one instance, one after the other, also when the instance is gone. */
interface Machine {
  readonly of: Thing;
  gone: boolean;
  forced: boolean;
  queue: Task[];
}

/** Milliseconds from the beginning of a task to its end; others take none. */
export type Durations = Readonly<
  Record<'CreateInstance' | 'StartInstance' | 'StopInstance' | 'RebootInstance', number>
>;

const everyone = '0.0.0.0/0';
const port = (number: number, protocol = 'tcp'): Port => ({
  protocol,
  fromPort: number,
  toPort: number,
  cidrs: [everyone],
});

/** Which states allow what. */
const allowed: Readonly<Record<string, readonly State[]>> = {
  StartInstance: ['stopped'],
  StopInstance: ['running'],
  'StopInstance by force': ['running', 'stopping'],
  RebootInstance: ['running'],
  UpdateInstanceMetadataOptions: ['running', 'stopped'],
};

const invalid = { refused: ['InvalidInputException'] };
const unknown = { refused: ['NotFoundException'] };

export class Model {
  readonly #durations: Durations;
  readonly #quota: number;
  /** By Region and name, oldest first. */
  readonly things = new Map<string, Map<string, Thing>>();
  readonly operations = new Map<string, Operation[]>();
  #machines: Machine[] = [];
  /** Milliseconds since the beginning. */
  now = 0;
  /** When what takes time came to an end the last time. */
  lastTurn = Number.NEGATIVE_INFINITY;

  constructor(regions: readonly string[], durations: Durations, quota: number) {
    this.#durations = durations;
    this.#quota = quota;
    for (const region of regions) {
      this.things.set(region, new Map());
      this.operations.set(region, []);
    }
  }

  /** When what is under way will end. */
  get turns(): number[] {
    return this.#machines.flatMap(({ queue: [head] }) => head?.ends ?? []);
  }

  windTo(moment: number): void {
    this.now = moment;
    for (const machine of this.#machines) this.#proceed(machine);
  }

  /** What is ordered begins with the next `windTo`. */
  answer({ operation, region, input }: Call): Expected {
    return this.#handlers[operation]!(region, input);
  }

  readonly #handlers: Readonly<Record<string, (region: string, input: Call['input']) => Expected>> = {
    CreateInstances: (region, { instanceNames, keyPairName }) => {
      const names = this.#in(region);
      const instances = [...this.things.values()].flatMap((some) => [...some.values()]).filter(isInstance);
      const refused = new Set<string>();
      if (new Set(instanceNames).size < instanceNames.length) refused.add('InvalidInputException');
      if (instanceNames.some((name: string) => names.has(name))) refused.add('InvalidInputException');
      if (instances.length + instanceNames.length > this.#quota) refused.add('InvalidInputException');
      if (names.get(keyPairName)?.kind !== 'KeyPair') refused.add('NotFoundException');
      if (refused.size > 0) return { refused: [...refused] };
      return {
        operations: instanceNames.map((name: string) => {
          const thing: Thing = { ...newThing(name, 'Instance'), ports: [port(80), port(22)] };
          names.set(name, thing);
          this.#machines.push({ of: thing, gone: false, forced: false, queue: [] });
          return this.#order(region, thing, 'CreateInstance');
        }),
      };
    },

    StartInstance: (region, input) =>
      this.#change(region, 'StartInstance', input, (thing) => {
        thing.state = 'pending';
      }),

    StopInstance: (region, input) => {
      const hangs = this.#in(region).get(input.instanceName)?.state === 'stopping';
      return this.#change(region, input.force ? 'StopInstance by force' : 'StopInstance', input, (thing) => {
        thing.state = 'stopping';
        if (!hangs) return;
        const machine = this.#machineOf(thing);
        machine.forced = true;
        const [head] = machine.queue;
        if (head?.kind === 'StopInstance') Object.assign(head, { ends: this.now, takesTime: false });
      });
    },

    RebootInstance: (region, input) => this.#change(region, 'RebootInstance', input, () => {}, true),

    DeleteInstance: (region, input) =>
      this.#change(
        region,
        'DeleteInstance',
        input,
        (thing) => {
          this.#in(region).delete(thing.name);
          this.#machineOf(thing).gone = true;
        },
        true,
      ),

    UpdateInstanceMetadataOptions: (region, input) =>
      this.#change(region, 'UpdateInstanceMetadataOptions', input, (thing) => {
        thing.httpTokens = input.httpTokens;
        thing.metadata = 'pending';
      }),

    OpenInstancePublicPorts: (region, input) =>
      this.#changePorts(region, 'OpenInstancePublicPorts', input, (ports) => opened(ports, input.portInfo)),
    CloseInstancePublicPorts: (region, input) =>
      this.#changePorts(region, 'CloseInstancePublicPorts', input, (ports) => closed(ports, input.portInfo)),
    PutInstancePublicPorts: (region, input) =>
      this.#changePorts(region, 'PutInstancePublicPorts', input, () => input.portInfos.reduce(opened, [])),

    TagResource: (region, { resourceName, tags }) => {
      const thing = this.#in(region).get(resourceName);
      if (thing === undefined) return unknown;
      for (const { key, value } of tags) thing.tags.set(key, value);
      return { operations: [this.#done(region, thing, 'TagResource')] };
    },
    UntagResource: (region, { resourceName, tagKeys }) => {
      const thing = this.#in(region).get(resourceName);
      if (thing === undefined) return unknown;
      for (const key of tagKeys) thing.tags.delete(key);
      return { operations: [this.#done(region, thing, 'UntagResource')] };
    },

    ImportKeyPair: (region, { keyPairName }) => {
      if (this.#in(region).has(keyPairName)) return invalid;
      const thing = newThing(keyPairName, 'KeyPair');
      this.#in(region).set(keyPairName, thing);
      return { operations: [this.#done(region, thing, 'ImportKeyPair')] };
    },
    DeleteKeyPair: (region, { keyPairName }) => {
      const thing = this.#in(region).get(keyPairName);
      if (thing?.kind !== 'KeyPair') return unknown;
      this.#in(region).delete(keyPairName);
      return { operations: [this.#done(region, thing, 'DeleteKeyPair')] };
    },
  };

  #in(region: string): Map<string, Thing> {
    return this.things.get(region)!;
  }

  #machineOf(thing: Thing): Machine {
    return this.#machines.find(({ of }) => of === thing)!;
  }

  /** A change of an instance, if its state allows it, and the task for it. `answered`: the operation is done with the answer. */
  #change(
    region: string,
    what: string,
    { instanceName }: { instanceName: string },
    to: (thing: Thing) => void,
    answered = false,
  ): Expected {
    const thing = this.#in(region).get(instanceName);
    if (thing?.kind !== 'Instance') return unknown;
    if (allowed[what]?.includes(thing.state) === false) return invalid;
    to(thing);
    return { operations: [this.#order(region, thing, what.split(' ')[0]!, answered)] };
  }

  #changePorts(
    region: string,
    what: string,
    input: { instanceName: string },
    to: (ports: readonly Port[]) => readonly Port[],
  ): Expected {
    const change = (thing: Thing): void => {
      thing.ports = to(thing.ports);
    };
    return this.#change(region, what, input, change, true);
  }

  #done(region: string, { name, kind }: Thing, operationType: string): Operation {
    const operation: Operation = {
      id: undefined,
      operationType,
      resourceName: name,
      resourceType: kind,
      status: 'Succeeded',
    };
    this.operations.get(region)!.push(operation);
    return operation;
  }

  #order(region: string, thing: Thing, kind: string, answered = false): Operation {
    const operation = this.#done(region, thing, kind);
    if (!answered) operation.status = 'Started';
    this.#machineOf(thing).queue.push({ kind, operation: answered ? undefined : operation });
    return operation;
  }

  #proceed(machine: Machine): void {
    let free = this.now;
    for (;;) {
      const [head] = machine.queue;
      if (head === undefined) return;
      if (head.ends === undefined) {
        const duration = this.#durationOf(head, machine);
        Object.assign(head, { ends: free + duration, takesTime: duration > 0 });
      }
      if (head.ends! > this.now) return;
      if (head.takesTime) this.lastTurn = Math.max(this.lastTurn, head.ends!);
      free = head.ends!;
      machine.queue.shift();
      this.#end(head, machine);
    }
  }

  #durationOf({ kind }: Task, { of, gone, forced }: Machine): number {
    if (gone && kind !== 'CreateInstance') return 0;
    if (kind === 'StopInstance' && (forced || of.state === 'stopped')) return 0;
    return this.#durations[kind as keyof Durations] ?? 0;
  }

  #end({ kind, operation }: Task, machine: Machine): void {
    if (operation !== undefined) operation.status = 'Succeeded';
    const { of } = machine;
    if (kind === 'CreateInstance' || kind === 'StartInstance') of.state = 'running';
    if (kind === 'UpdateInstanceMetadataOptions') of.metadata = 'applied';
    if (kind !== 'StopInstance') return;
    of.state = 'stopped';
    machine.forced = false;
  }
}

const isInstance = ({ kind }: Thing): boolean => kind === 'Instance';

const newThing = (name: string, kind: Thing['kind']): Thing => ({
  name,
  kind,
  tags: new Map(),
  state: 'pending',
  ports: [],
  httpTokens: 'optional',
  metadata: 'applied',
});

/** An opening for nobody in particular is for everyone. */
type PortInfo = Omit<Port, 'cidrs'> & { readonly cidrs?: readonly string[] };

const sameGate = (a: PortInfo, b: PortInfo): boolean =>
  a.protocol === b.protocol && a.fromPort === b.fromPort && a.toPort === b.toPort;

const opened = (ports: readonly Port[], added: PortInfo): Port[] => {
  const cidrs = added.cidrs ?? [everyone];
  const known = ports.find((port) => sameGate(port, added));
  if (known === undefined) return [...ports, { ...added, cidrs }];
  return ports.map((port) => (port === known ? { ...port, cidrs: [...new Set([...port.cidrs, ...cidrs])] } : port));
};

const closed = (ports: readonly Port[], { cidrs, ...gate }: PortInfo): Port[] =>
  ports
    .map((port) => {
      if (!sameGate(port, gate)) return port;
      return { ...port, cidrs: cidrs === undefined ? [] : port.cidrs.filter((cidr) => !cidrs.includes(cidr)) };
    })
    .filter((port) => port.cidrs.length > 0);
