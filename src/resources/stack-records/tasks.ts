import type { CloudFormationStackRecord } from '../../api/generated/types.ts';
import { findById } from '../../store/records/resources.ts';
import { getSecret } from '../../store/records/secrets.ts';
import type { Tx } from '../../store/store.ts';
import type { TaskKind } from '../../tasks/task.ts';
import { type ExportInner, type ExportResource, exportRecord } from '../export-records/noun.ts';
import { readResource, saveResource } from '../resource.ts';
import { stackRecord } from './noun.ts';

/** `name` is the record's, `exported` the id of the export that it is made from. */
export const createStack: TaskKind<{ name: string; exported: string }> = {
  name: 'CreateCloudFormationStack',
  steps: [
    {
      name: 'write',
      async run({ read, seal, resource, templates, input }) {
        const text = await read((tx) => getSecret(tx, seal, resource, 'template'));
        if (text !== undefined) await templates.write(input.name, text);
        return undefined;
      },
      undo: ({ templates, input }) => templates.remove(input.name),
    },
  ],
  finish: (tx, { resource, input, templates }) =>
    end(tx, resource, input.exported, {
      destinationInfo: { id: templates.address(input.name), service: 'Aws::CloudFormation::Stack' },
      state: 'Succeeded',
    }),
  /** The record stays and says so (F234). */
  fail: (tx, { resource, input }) => end(tx, resource, input.exported, { state: 'Failed' }),
};

const end = async (tx: Tx, id: string, exported: string, ending: Partial<CloudFormationStackRecord>): Promise<void> => {
  const source = await findById(tx, exported);
  if (source !== undefined) {
    const found: ExportResource = readResource(source);
    const { stack: _over, ...inner } = found.inner;
    await saveResource(tx, exportRecord, found, found.body, inner satisfies ExportInner);
  }
  const row = await findById(tx, id);
  if (row === undefined) return;
  const found = readResource<CloudFormationStackRecord, object>(row);
  await saveResource(tx, stackRecord, found, { ...found.body, ...ending }, found.inner);
};

export const stackTasks = [createStack];
