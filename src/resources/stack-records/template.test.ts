import { expect, test } from 'vitest';
import { type StackOrder, templateOf } from './template.ts';

const order: StackOrder = { name: 'web', imageId: 'ami-1', instanceType: 't3.micro', availabilityZone: 'us-east-1a' };
const resourcesOf = (more: Partial<StackOrder>) => JSON.parse(templateOf({ ...order, ...more })).Resources;

test('without ports the instance is in the default security group', () => {
  const { Instance, SecurityGroup } = resourcesOf({});
  expect(Instance.Properties).not.toHaveProperty('SecurityGroupIds');
  expect(Instance.Properties).not.toHaveProperty('UserData');
  expect(SecurityGroup).toBeUndefined();
});

test('a security group without rules lets nothing in', () => {
  const { Instance, SecurityGroup } = resourcesOf({ ports: [] });
  expect(Instance.Properties.SecurityGroupIds).toEqual([{ 'Fn::GetAtt': ['SecurityGroup', 'GroupId'] }]);
  expect(SecurityGroup.Properties).toEqual({ GroupDescription: expect.any(String) });
});

test('each network that may come in has a rule of its own', () => {
  const ports = [
    { protocol: 'tcp', fromPort: 80, toPort: 81, cidrs: ['0.0.0.0/0', '10.0.0.0/8'], ipv6Cidrs: ['::/0'] },
    { protocol: 'all', fromPort: 0, toPort: 65_535, cidrs: ['192.0.2.1/32'] },
    { protocol: 'tcp', fromPort: 22, toPort: 22, cidrListAliases: ['lightsail-connect'] },
  ] as const;
  const web = { IpProtocol: 'tcp', FromPort: 80, ToPort: 81 };
  expect(resourcesOf({ ports }).SecurityGroup.Properties.SecurityGroupIngress).toEqual([
    { ...web, CidrIp: '0.0.0.0/0' },
    { ...web, CidrIp: '10.0.0.0/8' },
    { ...web, CidrIpv6: '::/0' },
    { IpProtocol: '-1', CidrIp: '192.0.2.1/32' },
  ]);
});
