/** Files of acceptance tests that are not run again as users (`as-user.ts`), and why. */
export const asRootOnly: Readonly<Record<string, string>> = {
  'test/acceptance/bad-input.test.ts': 'What is malformed is refused before rights are looked at.',
  'test/acceptance/bycloud.test.ts': 'Its callers show tokens; it has users of its own.',
  'test/acceptance/cli.test.ts': 'Commands sign with the key of root.',
  'test/acceptance/console.test.ts': 'Terminals are for root alone.',
  'test/acceptance/doctor-objects.test.ts': 'It compares files, and a command does so.',
  'test/acceptance/guard.test.ts': 'It says who has asked, and of whose key it is.',
  'test/acceptance/iam.test.ts': 'It has users of its own.',
  'test/acceptance/signatures.test.ts': 'It is about keys and their secrets.',
};
