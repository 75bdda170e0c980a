import { existsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Ended, type Server, temporaryFolder } from '../lateen.ts';
import { run, settingsFor, testUnless, works } from './tools.ts';

const provider = 'registry.terraform.io/hashicorp/aws';

/** Where Terraform itself looks for providers that were put on the machine, and where else they may lie. */
const pluginFolders = [
  process.env.LATEEN_TF_PLUGIN_DIR,
  process.env.TF_PLUGIN_CACHE_DIR,
  join(homedir(), '.terraform.d/plugins'),
  join(homedir(), '.terraform.d/plugin-cache'),
  join(homedir(), '.local/share/terraform/plugins'),
  '/usr/local/share/terraform/plugins',
  '/usr/share/terraform/plugins',
  '/opt/tf-plugins',
];
const plugins = pluginFolders.find((folder) => folder !== undefined && existsSync(join(folder, provider)));

const missing = (): string | undefined => {
  if (!works('terraform', 'version')) return 'Terraform, since no terraform on the PATH works';
  if (plugins === undefined)
    return 'Terraform, since its AWS provider is not there: LATEEN_TF_PLUGIN_DIR says where it is';
  return undefined;
};
export const testWithTerraform = testUnless(missing());

/** A configuration in a folder of its own, and what Terraform does with it against the server. */
export interface Plan {
  /** Writes the configuration: the resources, behind a provider that points to the server. */
  wish(resources: string): void;
  /** Gets the provider ready. */
  init(): Promise<void>;
  run(...args: readonly string[]): Promise<Ended>;
  /** What a command prints that must succeed. */
  succeeds(...args: readonly string[]): Promise<string>;
  apply(): Promise<string>;
  /** Fails unless the plan is empty. */
  nothingToDo(): Promise<void>;
  /** What the state says of the only resource of a type, which must be there. */
  stateOf(type: string): Promise<Record<string, unknown>>;
  destroy(): Promise<string>;
}

export const planFor = (server: () => Server): Plan => {
  const folder = temporaryFolder();
  const terraform = (...args: readonly string[]): Promise<Ended> =>
    run('terraform', [...args, '-no-color'], {
      cwd: folder,
      variables: { ...settingsFor(server()), CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' },
    });
  const succeeds = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await terraform(...args);
    expect(code, `${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  return {
    wish: (resources) => writeFileSync(join(folder, 'main.tf'), providerAt(server().url) + resources),
    init: async () => void (await succeeds('init', '-input=false', `-plugin-dir=${plugins}`)),
    run: terraform,
    succeeds,
    apply: () => succeeds('apply', '-auto-approve', '-input=false'),
    // With -detailed-exitcode a plan ends with 0 when it is empty and with 2 when it is not.
    nothingToDo: async () => void (await succeeds('plan', '-detailed-exitcode', '-input=false')),
    async stateOf(type) {
      const { values } = JSON.parse(await succeeds('show', '-json')) as {
        values: { root_module: { resources: { type: string; values: Record<string, unknown> }[] } };
      };
      const found = values.root_module.resources.find((resource) => resource.type === type);
      expect(found, type).toBeDefined();
      return found?.values ?? {};
    },
    destroy: () => succeeds('destroy', '-auto-approve', '-input=false'),
  };
};

const providerAt = (url: string): string => `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
  endpoints {
    lightsail = "${url}"
  }
}
`;
