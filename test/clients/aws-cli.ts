import { expect } from 'vitest';
import type { Ended, Server } from '../lateen.ts';
import { run, settingsFor, testUnless, works } from './tools.ts';

export const testWithAwsCli = testUnless(
  works('aws', '--version') ? undefined : 'the AWS CLI, since no aws on the PATH works',
);

/** The AWS CLI against a server. */
export interface AwsCli {
  /** `aws lightsail <command>`, split at blanks; `more` are arguments that have blanks themselves. */
  run(command: string, more?: readonly string[], variables?: Record<string, string>): Promise<Ended>;
  /** The answer of a call that succeeds. */
  answer<T>(command: string, ...more: string[]): Promise<T>;
  /** The part of it that a JMESPath names. */
  query<T>(command: string, path: string, ...more: string[]): Promise<T>;
}

export const awsCliFor = (server: () => Server): AwsCli => {
  const aws: AwsCli['run'] = (command, more = [], variables = {}) =>
    run('aws', ['lightsail', ...command.split(' '), '--output', 'json', ...more], {
      variables: { ...settingsFor(server()), ...variables },
    });
  const answer: AwsCli['answer'] = async (command, ...more) => {
    const { code, stdout, stderr } = await aws(command, more);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout);
  };
  return { run: aws, answer, query: (command, path, ...more) => answer(command, '--query', path, ...more) };
};
