import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeWhole } from './store/files.ts';

/** Where CloudFormation templates lie for the user to read. Writing or removing one twice makes no difference. */
export interface Templates {
  /** `file://` address of the template of that name, which the AWS CLI takes as a --template-body. */
  address(name: string): string;
  write(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** In the folder `templates` of the data directory, for its owner alone: user data may hold secrets. */
export const createTemplates = (data: string): Templates => {
  const folder = resolve(data, 'templates');
  const fileOf = (name: string): string => join(folder, `${name}.json`);
  return {
    address: (name) => pathToFileURL(fileOf(name)).href,
    async write(name, text) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeWhole(fileOf(name), text);
    },
    async remove(name) {
      rmSync(fileOf(name), { force: true });
    },
  };
};
