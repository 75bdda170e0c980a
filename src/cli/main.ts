import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { Failure } from './failure.ts';

interface CommandFile {
  /** Adds options, arguments, help and action. */
  define(command: Command): void;
}

/** In the order of the help. Only the file of the command that was asked for is loaded. */
const commands: Readonly<Record<string, { readonly does: string; load(): Promise<CommandFile> }>> = {
  start: { does: 'run Lateen', load: () => import('./commands/start.ts') },
  env: { does: 'print the exports that point AWS tools at it', load: () => import('./commands/env.ts') },
  doctor: { does: 'check what a start needs, and say what to do', load: () => import('./commands/doctor.ts') },
  images: { does: 'make the images that real machines begin as', load: () => import('./commands/images.ts') },
  console: { does: 'sit down at an instance, or read its boot log', load: () => import('./commands/console.ts') },
  keys: { does: 'list, make, rotate, disable and delete access keys', load: () => import('./commands/keys.ts') },
  users: { does: 'people and programs that may do what policies say', load: () => import('./commands/users.ts') },
  roles: { does: 'what users may take for a while', load: () => import('./commands/roles.ts') },
  policies: { does: 'say who may do what, and find out why', load: () => import('./commands/policies.ts') },
  audit: { does: 'tell who has done what, and what came of it', load: () => import('./commands/audit.ts') },
  tokens: { does: 'make bearer tokens and API keys for ByCloud', load: () => import('./commands/tokens.ts') },
  clock: { does: 'show the clock or wind it forward', load: () => import('./commands/clock.ts') },
  faults: { does: 'order calls and steps to fail', load: () => import('./commands/faults.ts') },
  state: { does: 'save, load or reset all state', load: () => import('./commands/state.ts') },
};

const usageError = 2;

const run = async (args: readonly string[]): Promise<void> => {
  const program = new Command('lateen')
    .description(manifest.description)
    .version(manifest.version)
    .exitOverride()
    .showHelpAfterError('lateen --help lists the commands.')
    .addHelpText('after', '\nlateen <command> --help shows the options of a command, with examples.');
  const wanted = args[0] === 'help' ? args[1] : args[0];
  for (const [name, { does, load }] of Object.entries(commands)) {
    const command = program.command(name).description(does).showHelpAfterError(`lateen ${name} --help shows how.`);
    if (name === wanted) (await load()).define(command);
  }
  await program.parseAsync(args, { from: 'user' });
};

/** Errors in words for people have no class of their own; whatever else comes here is a fault of the program. */
const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const forPeople = error instanceof Failure || error.constructor === Error;
  return forPeople ? error.message : (error.stack ?? error.message);
};

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : usageError;
  } else {
    // What was opened before the fault must not keep the process alive.
    process.stderr.write(`lateen: ${explain(error)}\n`, () => process.exit(1));
  }
}
