import type { Lightsail } from '@aws-sdk/client-lightsail';
import { beforeAll, expect } from 'vitest';
import { getDatabase } from '../databases.ts';
import { client, type Server, startServer } from '../lateen.ts';
import { planFor, testWithTerraform as test } from './terraform.ts';

let server: Server;
let api: Lightsail;
const { wish, init, succeeds, apply, nothingToDo, stateOf, destroy } = planFor(() => server);

beforeAll(async () => {
  server = await startServer();
  api = client(server);
});

interface Wish {
  readonly password: string;
  readonly open: boolean;
  readonly backups: boolean;
  readonly backupWindow: string;
}

const resources = ({ password, open, backups, backupWindow }: Wish): string => `
resource "aws_lightsail_database" "shop" {
  relational_database_name     = "shop"
  availability_zone            = "us-east-1a"
  master_database_name         = "shop"
  master_username              = "keeper"
  master_password              = "${password}"
  blueprint_id                 = "mysql_8_0"
  bundle_id                    = "micro_2_0"
  preferred_backup_window      = "${backupWindow}"
  preferred_maintenance_window = "Tue:04:30-Tue:05:00"
  publicly_accessible          = ${open}
  backup_retention_enabled     = ${backups}
  apply_immediately            = true
  final_snapshot_name          = "shop-final"
  tags                         = { team = "blue" }
}
`;

test('applies a database, and has nothing more to do', async () => {
  wish(resources({ password: 'a-first-Password', open: false, backups: true, backupWindow: '16:00-16:30' }));
  await init();
  expect(await apply()).toContain('Resources: 1 added, 0 changed, 0 destroyed');
  expect(await getDatabase(api, 'shop')).toMatchObject({
    state: 'available',
    preferredBackupWindow: '16:00-16:30',
    publiclyAccessible: false,
    tags: [{ key: 'team', value: 'blue' }],
  });
  await nothingToDo();
});

test('changes password, windows, backups and accessibility in place', async () => {
  wish(resources({ password: 'another-Password', open: true, backups: false, backupWindow: '09:30-10:00' }));
  expect(await apply()).toContain('Resources: 0 added, 1 changed, 0 destroyed');
  expect(await getDatabase(api, 'shop')).toMatchObject({
    backupRetentionEnabled: false,
    preferredBackupWindow: '09:30-10:00',
    publiclyAccessible: true,
  });
  const { masterUserPassword } = await api.getRelationalDatabaseMasterUserPassword({ relationalDatabaseName: 'shop' });
  expect(masterUserPassword).toBe('another-Password');
  await nothingToDo();
});

test('imports the database as it was applied, but for what only its plan knows', async () => {
  const planned = ['master_password', 'apply_immediately', 'final_snapshot_name', 'skip_final_snapshot'];
  const known = async () =>
    Object.entries(await stateOf('aws_lightsail_database')).filter(([name]) => !planned.includes(name));
  await succeeds('apply', '-refresh-only', '-auto-approve', '-input=false');
  const applied = await known();
  await succeeds('state', 'rm', 'aws_lightsail_database.shop');
  await succeeds('import', '-input=false', 'aws_lightsail_database.shop', 'shop');
  expect(await known()).toEqual(applied);
});

test('destroys it, and leaves the final snapshot', async () => {
  await apply();
  expect(await destroy()).toContain('1 destroyed');
  expect((await api.getRelationalDatabases({})).relationalDatabases).toEqual([]);
  expect((await api.getRelationalDatabaseSnapshots({})).relationalDatabaseSnapshots).toMatchObject([
    { name: 'shop-final', state: 'available' },
  ]);
});
