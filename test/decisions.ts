// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of policies
/** A statement of a policy, as JSON. */
type Json = Readonly<Record<string, unknown>>;

/** One decision: the policies that there are, what is asked, and what must come of it. */
export interface DecisionCase {
  readonly name: string;
  /** Statements of one policy, of version 2012-10-17 unless `version` says otherwise. */
  readonly statements: readonly Json[];
  readonly version?: string;
  readonly action?: string;
  readonly resource?: string;
  readonly facts?: Readonly<Record<string, readonly string[]>>;
  readonly outcome: 'allowed' | 'explicitDeny' | 'implicitDeny';
}

export const instance = 'arn:aws:lightsail:us-east-1:111111111111:Instance/1b0d0d3a-9a1e-4c3f-8c0e-0f6f4b5f0a01';
const disk = 'arn:aws:lightsail:us-east-1:111111111111:Disk/2c';
const object = 'arn:aws:s3:::photos/2026/cat.jpg';

const allow = (Action: unknown, Resource: unknown = '*', Condition?: Json): Json => ({
  ...{ Effect: 'Allow', Action, Resource },
  ...(Condition === undefined ? {} : { Condition }),
});
const deny = (Action: unknown, Resource: unknown = '*', Condition?: Json): Json => ({
  ...allow(Action, Resource, Condition),
  Effect: 'Deny',
});

type Row = readonly [
  name: string,
  outcome: 'yes' | 'no' | 'never',
  statements: readonly Json[],
  ask?: Partial<DecisionCase>,
];

const outcomes = { yes: 'allowed', no: 'implicitDeny', never: 'explicitDeny' } as const;

/** `yes` is allowed, `no` is denied because nothing allows it, `never` is denied by a statement. */
const cases = (group: string, rows: readonly Row[]): readonly DecisionCase[] =>
  rows.map(([name, outcome, statements, ask = {}]) => ({
    name: `${group}: ${name}`,
    statements,
    ...ask,
    outcome: outcomes[outcome],
  }));

/** Rows about one condition: the operator, the policy's value, the request's value, and whether they go together. */
const conditions = (
  rows: readonly (readonly [operator: string, wanted: unknown, given: readonly string[] | undefined, holds: boolean])[],
): readonly DecisionCase[] =>
  rows.map(([operator, wanted, given, holds]) => ({
    name: `condition: ${operator} ${JSON.stringify(wanted)} ${holds ? 'holds' : 'does not hold'} for ${JSON.stringify(given) ?? 'no value'}`,
    statements: [allow('*', '*', { [operator]: { 'test:Key': wanted } })],
    facts: given === undefined ? {} : { 'test:key': given },
    outcome: holds ? 'allowed' : 'implicitDeny',
  }));

const get = { action: 'lightsail:GetInstance' };
const stop = { action: 'lightsail:StopInstance' };
const ann = { 'aws:username': ['ann'] };

export const decisions: readonly DecisionCase[] = [
  ...cases('effect', [
    ['an allowance allows', 'yes', [allow('lightsail:StopInstance')]],
    ['silence denies', 'no', [allow('lightsail:StartInstance')]],
    ['a denial denies', 'never', [deny('lightsail:StopInstance')]],
    ['a denial wins behind an allowance', 'never', [allow('*'), deny('lightsail:StopInstance')]],
    ['a denial wins before an allowance', 'never', [deny('lightsail:StopInstance'), allow('*')]],
    ['a denial of something else is none', 'yes', [allow('*'), deny('lightsail:StartInstance')]],
    ['a denial elsewhere is none', 'yes', [allow('*'), deny('*', disk)]],
    ['a denial whose condition fails is none', 'yes', [allow('*'), deny('*', '*', { Bool: { 'test:a': 'true' } })]],
    [
      'a denial whose condition holds',
      'never',
      [allow('*'), deny('*', '*', { Bool: { 'test:a': 'true' } })],
      { facts: { 'test:a': ['true'] } },
    ],
    ['two allowances are as one', 'yes', [allow('lightsail:StopInstance'), allow('lightsail:*')]],
  ]),

  ...cases('action', [
    ['a star', 'yes', [allow('*')]],
    ['all of the service', 'yes', [allow('lightsail:*')]],
    ['all of another service', 'no', [allow('ec2:*')]],
    ['the beginning', 'yes', [allow('lightsail:Stop*')]],
    ['another beginning', 'no', [allow('lightsail:Start*')]],
    ['the end', 'yes', [allow('lightsail:*Instance')]],
    ['another end', 'no', [allow('lightsail:*Instances')]],
    ['the middle', 'yes', [allow('lightsail:*pIns*')]],
    ['a question mark is one character', 'yes', [allow('lightsail:St?pInstance')]],
    ['a question mark is not two', 'no', [allow('lightsail:S?pInstance')]],
    ['a question mark is not none', 'no', [allow('lightsail:StopInstance?')]],
    ['a star may be nothing', 'yes', [allow('lightsail:StopInstance*')]],
    ['case does not matter', 'yes', [allow('LIGHTSAIL:stopinstance')]],
    ['case does not matter to wildcards', 'yes', [allow('Lightsail:STOP*')]],
    ['one of a list', 'yes', [allow(['lightsail:GetInstance', 'lightsail:StopInstance'])]],
    ['none of a list', 'no', [allow(['lightsail:GetInstance', 'lightsail:StartInstance'])]],
    ['the name alone is not enough', 'no', [allow('lightsail:Stop')]],
    ['all but another', 'yes', [{ Effect: 'Allow', NotAction: 'lightsail:GetInstance', Resource: '*' }]],
    ['all but this', 'no', [{ Effect: 'Allow', NotAction: 'lightsail:StopInstance', Resource: '*' }]],
    ['all but what begins so', 'no', [{ Effect: 'Allow', NotAction: 'lightsail:Stop*', Resource: '*' }]],
    ['all but a list', 'no', [{ Effect: 'Allow', NotAction: ['a:B', 'lightsail:StopInstance'], Resource: '*' }]],
    ['denied all but another', 'never', [allow('*'), { Effect: 'Deny', NotAction: 'lightsail:Get*', Resource: '*' }]],
    [
      'denied all but this kind',
      'yes',
      [allow('*'), { Effect: 'Deny', NotAction: 'lightsail:Get*', Resource: '*' }],
      get,
    ],
    ['an action of objects', 'yes', [allow('s3:Get*')], { action: 's3:GetObject', resource: object }],
    [
      'many stars cost little',
      'no',
      [allow(`lightsail:${'*a'.repeat(40)}`)],
      { action: `lightsail:${'a'.repeat(39)}` },
    ],
  ]),

  ...cases('resource', [
    ['the ARN itself', 'yes', [allow('*', instance)]],
    ['another ARN', 'no', [allow('*', disk)]],
    ['one of a list', 'yes', [allow('*', [disk, instance])]],
    ['all of a kind', 'yes', [allow('*', 'arn:aws:lightsail:us-east-1:111111111111:Instance/*')]],
    ['all of another kind', 'no', [allow('*', 'arn:aws:lightsail:us-east-1:111111111111:Disk/*')]],
    ['any Region', 'yes', [allow('*', 'arn:aws:lightsail:*:111111111111:Instance/*')]],
    ['another Region', 'no', [allow('*', 'arn:aws:lightsail:eu-west-1:111111111111:Instance/*')]],
    ['Regions that begin so', 'yes', [allow('*', 'arn:aws:lightsail:us-*:111111111111:*')]],
    ['any account', 'yes', [allow('*', 'arn:aws:lightsail:us-east-1:*:Instance/*')]],
    ['another account', 'no', [allow('*', 'arn:aws:lightsail:us-east-1:222222222222:Instance/*')]],
    ['a star does not reach over a colon', 'no', [allow('*', 'arn:aws:lightsail:*:Instance/*')]],
    ['an ARN may end early', 'yes', [allow('*', 'arn:aws:lightsail')]],
    ['an ARN may end with the account', 'yes', [allow('*', 'arn:aws:lightsail:us-east-1:111111111111')]],
    [
      'a star in the last part reaches over colons',
      'yes',
      [allow('*', 'arn:aws:logs:*:*:log:*')],
      { resource: 'arn:aws:logs:r:1:log:group:x' },
    ],
    ['case matters', 'no', [allow('*', 'arn:aws:lightsail:us-east-1:111111111111:instance/*')]],
    ['another partition', 'no', [allow('*', 'arn:aws-cn:lightsail:us-east-1:111111111111:Instance/*')]],
    ['question marks', 'yes', [allow('*', 'arn:aws:lightsail:us-east-?:111111111111:Instance/????????-*')]],
    ['too many question marks', 'no', [allow('*', 'arn:aws:lightsail:us-east-??:111111111111:Instance/*')]],
    ['all but another', 'yes', [{ Effect: 'Allow', Action: '*', NotResource: disk }]],
    ['all but this', 'no', [{ Effect: 'Allow', Action: '*', NotResource: instance }]],
    ['all but a kind', 'no', [{ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:lightsail:*:*:Instance/*' }]],
    ['denied all but this', 'yes', [allow('*'), { Effect: 'Deny', Action: '*', NotResource: instance }]],
    ['denied all but another', 'never', [allow('*'), { Effect: 'Deny', Action: '*', NotResource: disk }]],
    ['nothing in particular, asked of all', 'yes', [allow('*', '*')], { resource: '*' }],
    ['nothing in particular, asked of one', 'no', [allow('*', instance)], { resource: '*' }],
    [
      'what is new, asked of its kind',
      'yes',
      [allow('*', 'arn:aws:lightsail:*:*:Instance/*')],
      { resource: 'arn:aws:lightsail:us-east-1:111111111111:Instance/*' },
    ],
    [
      'an object of a bucket',
      'yes',
      [allow('s3:*', 'arn:aws:s3:::photos/*')],
      { action: 's3:GetObject', resource: object },
    ],
    [
      'an object of another bucket',
      'no',
      [allow('s3:*', 'arn:aws:s3:::letters/*')],
      { action: 's3:GetObject', resource: object },
    ],
    [
      'objects under a prefix',
      'yes',
      [allow('s3:*', 'arn:aws:s3:::photos/2026/*.jpg')],
      { action: 's3:GetObject', resource: object },
    ],
    [
      'the bucket is not its objects',
      'no',
      [allow('s3:*', 'arn:aws:s3:::photos')],
      { action: 's3:GetObject', resource: object },
    ],
  ]),

  ...cases('variable', [
    [
      'in a resource',
      'yes',
      [allow('*', 'arn:aws:s3:::home/${aws:username}/*')],
      { resource: 'arn:aws:s3:::home/ann/a', facts: ann },
    ],
    [
      'of somebody else',
      'no',
      [allow('*', 'arn:aws:s3:::home/${aws:username}/*')],
      { resource: 'arn:aws:s3:::home/bob/a', facts: ann },
    ],
    [
      'without a value it is like nothing',
      'no',
      [allow('*', 'arn:aws:s3:::home/${aws:username}/*')],
      { resource: 'arn:aws:s3:::home//a' },
    ],
    [
      'a value that is missing has another',
      'yes',
      [allow('*', "arn:aws:s3:::home/${aws:username, 'guest'}/*")],
      { resource: 'arn:aws:s3:::home/guest/a' },
    ],
    [
      'a value that is there has no other',
      'no',
      [allow('*', "arn:aws:s3:::home/${aws:username, 'guest'}/*")],
      { resource: 'arn:aws:s3:::home/guest/a', facts: ann },
    ],
    [
      'its case does not matter',
      'yes',
      [allow('*', 'arn:aws:s3:::home/${AWS:UserName}/*')],
      { resource: 'arn:aws:s3:::home/ann/a', facts: ann },
    ],
    [
      'an asterisk in a value is a letter',
      'no',
      [allow('*', 'arn:aws:s3:::home/${aws:username}/*')],
      { resource: 'arn:aws:s3:::home/ann/a', facts: { 'aws:username': ['*'] } },
    ],
    [
      'several values are none',
      'no',
      [allow('*', 'arn:aws:s3:::home/${aws:username}/*')],
      { resource: 'arn:aws:s3:::home/ann/a', facts: { 'aws:username': ['ann', 'bob'] } },
    ],
    ['an escaped star is a star', 'yes', [allow('*', 'arn:aws:s3:::home/${*}')], { resource: 'arn:aws:s3:::home/*' }],
    [
      'an escaped star is nothing else',
      'no',
      [allow('*', 'arn:aws:s3:::home/${*}')],
      { resource: 'arn:aws:s3:::home/a' },
    ],
    ['an escaped question mark', 'yes', [allow('*', 'arn:aws:s3:::home/${?}')], { resource: 'arn:aws:s3:::home/?' }],
    ['an escaped dollar', 'yes', [allow('*', 'arn:aws:s3:::home/${$}1')], { resource: 'arn:aws:s3:::home/$1' }],
    [
      'policies of 2008 have none',
      'no',
      [allow('*', 'arn:aws:s3:::home/${aws:username}')],
      { version: '2008-10-17', resource: 'arn:aws:s3:::home/ann', facts: ann },
    ],
    [
      'in 2008 the text is itself',
      'yes',
      [allow('*', 'arn:aws:s3:::home/${aws:username}')],
      { version: '2008-10-17', resource: 'arn:aws:s3:::home/${aws:username}' },
    ],
    [
      'in a condition',
      'yes',
      [allow('*', '*', { StringEquals: { 'aws:ResourceTag/owner': '${aws:username}' } })],
      { facts: { ...ann, 'aws:resourcetag/owner': ['ann'] } },
    ],
    [
      'in a condition that fails',
      'no',
      [allow('*', '*', { StringEquals: { 'aws:ResourceTag/owner': '${aws:username}' } })],
      { facts: { ...ann, 'aws:resourcetag/owner': ['bob'] } },
    ],
    [
      'in a condition without a value',
      'no',
      [allow('*', '*', { StringEquals: { 'aws:ResourceTag/owner': '${aws:username}' } })],
      { facts: { 'aws:resourcetag/owner': [''] } },
    ],
    [
      'a denial for others',
      'never',
      [allow('*'), deny('*', '*', { StringNotEquals: { 'aws:ResourceTag/owner': '${aws:username}' } })],
      { facts: { ...ann, 'aws:resourcetag/owner': ['bob'] } },
    ],
    [
      'no NotResource without a value',
      'no',
      [{ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::home/${aws:username}' }],
    ],
  ]),

  ...cases('conditions together', [
    [
      'all operators must hold',
      'no',
      [allow('*', '*', { Bool: { 'test:a': true }, NumericLessThan: { 'test:b': 5 } })],
      { facts: { 'test:a': ['true'], 'test:b': ['7'] } },
    ],
    [
      'and do',
      'yes',
      [allow('*', '*', { Bool: { 'test:a': true }, NumericLessThan: { 'test:b': 5 } })],
      { facts: { 'test:a': ['true'], 'test:b': ['3'] } },
    ],
    [
      'all keys must hold',
      'no',
      [allow('*', '*', { StringEquals: { 'test:a': 'x', 'test:b': 'y' } })],
      { facts: { 'test:a': ['x'], 'test:b': ['z'] } },
    ],
    [
      'and do, too',
      'yes',
      [allow('*', '*', { StringEquals: { 'test:a': 'x', 'test:b': 'y' } })],
      { facts: { 'test:a': ['x'], 'test:b': ['y'] } },
    ],
    [
      'keys are not told apart by case',
      'yes',
      [allow('*', '*', { StringEquals: { 'AWS:SourceAccount': 'x' } })],
      { facts: { 'aws:sourceaccount': ['x'] } },
    ],
    ['no conditions at all hold', 'yes', [allow('*', '*', {})]],
    [
      'request and resource tags',
      'yes',
      [allow('*', '*', { StringEquals: { 'aws:RequestTag/team': 'web', 'aws:ResourceTag/team': 'web' } })],
      { facts: { 'aws:requesttag/team': ['web'], 'aws:resourcetag/team': ['web'] } },
    ],
    [
      'only known tag keys',
      'yes',
      [allow('*', '*', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'stage'] } })],
      { facts: { 'aws:tagkeys': ['team'] } },
    ],
    [
      'a tag key that is not known',
      'no',
      [allow('*', '*', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'stage'] } })],
      { facts: { 'aws:tagkeys': ['team', 'x'] } },
    ],
    [
      'outside of the office',
      'never',
      [allow('*'), deny('*', '*', { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } })],
      { facts: { 'aws:sourceip': ['198.51.100.1'] } },
    ],
    [
      'in the office',
      'yes',
      [allow('*'), deny('*', '*', { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } })],
      { facts: { 'aws:sourceip': ['192.0.2.9'] } },
    ],
    [
      'only over TLS',
      'never',
      [allow('*'), deny('*', '*', { Bool: { 'aws:SecureTransport': 'false' } })],
      { facts: { 'aws:securetransport': ['false'] } },
    ],
    [
      'between two times',
      'yes',
      [
        allow('*', '*', {
          DateGreaterThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' },
          DateLessThan: { 'aws:CurrentTime': '2026-12-31T23:59:59Z' },
        }),
      ],
      { facts: { 'aws:currenttime': ['2026-06-01T00:00:00Z'] } },
    ],
    [
      'another Region than these',
      'never',
      [allow('*'), deny('*', '*', { StringNotEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] } })],
      { facts: { 'aws:requestedregion': ['eu-central-1'] } },
    ],
    [
      'one of these Regions',
      'yes',
      [allow('*'), deny('*', '*', { StringNotEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] } })],
      { facts: { 'aws:requestedregion': ['eu-west-1'] } },
    ],
  ]),

  ...conditions([
    ['StringEquals', 'web', ['web'], true],
    ['StringEquals', 'web', ['Web'], false],
    ['StringEquals', 'w*', ['web'], false],
    ['StringEquals', 'w*', ['w*'], true],
    ['StringEquals', ['api', 'web'], ['web'], true],
    ['StringEquals', 'web', undefined, false],
    ['StringEquals', '', [''], true],
    ['StringEquals', 5, ['5'], true],
    ['StringNotEquals', 'web', ['api'], true],
    ['StringNotEquals', 'web', ['web'], false],
    ['StringNotEquals', ['api', 'web'], ['web'], false],
    ['StringNotEquals', ['api', 'web'], ['db'], true],
    ['StringNotEquals', 'web', undefined, true],
    ['StringEqualsIgnoreCase', 'web', ['WEB'], true],
    ['StringEqualsIgnoreCase', 'web', ['api'], false],
    ['StringNotEqualsIgnoreCase', 'web', ['WEB'], false],
    ['StringNotEqualsIgnoreCase', 'web', ['api'], true],
    ['StringLike', 'w?b*', ['web-1'], true],
    ['StringLike', 'w?b', ['wb'], false],
    ['StringLike', '*', [''], true],
    ['StringLike', 'a*b*c', ['a-b-b-c'], true],
    ['StringLike', 'a*b*c', ['a-c-b'], false],
    ['StringLike', 'web', undefined, false],
    ['StringNotLike', 'w*', ['web'], false],
    ['StringNotLike', 'w*', ['api'], true],
    ['StringNotLike', 'w*', undefined, true],
    ['NumericEquals', 5, ['5.0'], true],
    ['NumericEquals', 5, ['6'], false],
    ['NumericEquals', 5, ['five'], false],
    ['NumericNotEquals', 5, ['6'], true],
    ['NumericNotEquals', 5, ['5'], false],
    ['NumericLessThan', '10', ['9'], true],
    ['NumericLessThan', '10', ['10'], false],
    ['NumericLessThanEquals', '10', ['10'], true],
    ['NumericLessThanEquals', '10', ['11'], false],
    ['NumericGreaterThan', '-1.5', ['-1'], true],
    ['NumericGreaterThan', '-1.5', ['-2'], false],
    ['NumericGreaterThanEquals', '1e3', ['1000'], true],
    ['NumericGreaterThanEquals', '1e3', ['999'], false],
    ['DateEquals', '2026-01-01T00:00:00Z', ['2026-01-01T01:00:00+01:00'], true],
    ['DateEquals', '2026-01-01', ['2026-01-01T00:00:00Z'], true],
    ['DateEquals', '1767225600', ['2026-01-01T00:00:00Z'], true],
    ['DateNotEquals', '2026-01-01', ['2026-01-02'], true],
    ['DateNotEquals', '2026-01-01', ['2026-01-01'], false],
    ['DateLessThan', '2026-01-01', ['2025-12-31T23:59:59Z'], true],
    ['DateLessThan', '2026-01-01', ['2026-01-01'], false],
    ['DateLessThanEquals', '2026-01-01', ['2026-01-01'], true],
    ['DateLessThanEquals', '2026-01-01', ['2026-01-02'], false],
    ['DateGreaterThan', '2026-01-01', ['1767225601'], true],
    ['DateGreaterThan', '2026-01-01', ['yesterday'], false],
    ['DateGreaterThanEquals', '2026-01-01', ['2026-01-01'], true],
    ['DateGreaterThanEquals', '2026-01-01', ['2025-01-01'], false],
    ['Bool', true, ['true'], true],
    ['Bool', 'True', ['true'], true],
    ['Bool', 'true', ['false'], false],
    ['Bool', 'false', undefined, false],
    ['BinaryEquals', 'QQ==', ['QQ=='], true],
    ['BinaryEquals', 'QQ==', ['Qg=='], false],
    ['IpAddress', '203.0.113.0/24', ['203.0.113.7'], true],
    ['IpAddress', '203.0.113.0/24', ['203.0.114.7'], false],
    ['IpAddress', '203.0.113.7', ['203.0.113.7'], true],
    ['IpAddress', '203.0.113.7', ['203.0.113.8'], false],
    ['IpAddress', ['10.0.0.0/8', '203.0.113.0/24'], ['10.200.0.1'], true],
    ['IpAddress', '2001:db8::/32', ['2001:db8:1::1'], true],
    ['IpAddress', '2001:db8::/32', ['2001:db9::1'], false],
    ['IpAddress', '0.0.0.0/0', ['2001:db8::1'], false],
    ['IpAddress', '0.0.0.0/0', ['nowhere'], false],
    ['IpAddress', '203.0.113.0/24', undefined, false],
    ['NotIpAddress', '203.0.113.0/24', ['198.51.100.1'], true],
    ['NotIpAddress', '203.0.113.0/24', ['203.0.113.1'], false],
    ['NotIpAddress', ['203.0.113.0/24', '198.51.100.0/24'], ['198.51.100.1'], false],
    ['NotIpAddress', '203.0.113.0/24', undefined, true],
    ['ArnEquals', 'arn:aws:iam::111111111111:user/ann', ['arn:aws:iam::111111111111:user/ann'], true],
    ['ArnEquals', 'arn:aws:iam::*:user/*', ['arn:aws:iam::111111111111:user/ann'], true],
    ['ArnLike', 'arn:aws:iam::*:user/*', ['arn:aws:iam::111111111111:role/ann'], false],
    ['ArnLike', 'arn:aws:iam:*:user/*', ['arn:aws:iam::111111111111:user/ann'], false],
    ['ArnLike', 'arn:aws:iam::111111111111:*', ['no arn'], false],
    ['ArnNotLike', 'arn:aws:iam::*:user/*', ['arn:aws:iam::111111111111:role/ann'], true],
    ['ArnNotEquals', 'arn:aws:iam::*:user/*', ['arn:aws:iam::111111111111:user/ann'], false],
    ['Null', 'true', undefined, true],
    ['Null', 'true', ['x'], false],
    ['Null', 'false', ['x'], true],
    ['Null', false, undefined, false],
    ['StringEqualsIfExists', 'web', undefined, true],
    ['StringEqualsIfExists', 'web', ['web'], true],
    ['StringEqualsIfExists', 'web', ['api'], false],
    ['BoolIfExists', 'true', undefined, true],
    ['BoolIfExists', 'true', ['false'], false],
    ['IpAddressIfExists', '10.0.0.0/8', undefined, true],
    ['NumericLessThanIfExists', 5, ['6'], false],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['x', 'b'], true],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['x', 'y'], false],
    ['ForAnyValue:StringEquals', ['a', 'b'], [], false],
    ['ForAnyValue:StringEquals', ['a', 'b'], undefined, false],
    ['ForAnyValue:StringLike', 'a*', ['x', 'abc'], true],
    ['ForAnyValue:StringNotEquals', 'a', ['a', 'b'], true],
    ['ForAnyValue:StringNotEquals', 'a', ['a'], false],
    ['ForAnyValue:StringEqualsIfExists', 'a', undefined, true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
    ['ForAllValues:StringEquals', ['a', 'b'], [], true],
    ['ForAllValues:StringEquals', ['a', 'b'], undefined, true],
    ['ForAllValues:StringLike', 'a*', ['ab', 'ac'], true],
    ['ForAllValues:StringNotEquals', 'a', ['b', 'c'], true],
    ['ForAllValues:StringNotEquals', 'a', ['b', 'a'], false],
    ['StringEquals', 'b', ['a', 'b'], true],
    ['StringNotEquals', 'b', ['a', 'b'], false],
  ]),
];

/** What is asked where a row does not say. */
export const usual = { ...stop, resource: instance };
