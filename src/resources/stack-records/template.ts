import type { InstancePortInfo } from '../../api/generated/types.ts';

/** What an EC2 instance is made of. Without `ports` it is in the default security group of its network. */
export interface StackOrder {
  readonly name: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly availabilityZone: string;
  readonly userData?: string | undefined;
  readonly ports?: readonly InstancePortInfo[] | undefined;
}

/**
 * A CloudFormation template of one EC2 instance, as JSON text. The image is a parameter, since accounts have images of their own. What
 * lightsail-connect opens is left out: EC2 has no such access (F232).
 */
export const templateOf = (order: StackOrder): string => {
  const { name, imageId, instanceType, availabilityZone, userData, ports } = order;
  const instance = {
    Type: 'AWS::EC2::Instance',
    Properties: {
      AvailabilityZone: availabilityZone,
      ImageId: { Ref: 'ImageId' },
      InstanceType: instanceType,
      SecurityGroupIds: ports && [{ 'Fn::GetAtt': ['SecurityGroup', 'GroupId'] }],
      Tags: [{ Key: 'Name', Value: name }],
      UserData: userData && { 'Fn::Base64': userData },
    },
  };
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `The Lightsail instance ${name} on EC2`,
    Parameters: {
      ImageId: { Type: 'AWS::EC2::Image::Id', Default: imageId, Description: 'The exported image' },
    },
    Resources: { Instance: instance, SecurityGroup: ports && securityGroup(ports) },
    Outputs: { InstanceId: { Value: { Ref: 'Instance' } } },
  };
  return `${JSON.stringify(template, undefined, 2)}\n`;
};

/** Lets in what `ports` say, and nothing when there are none. */
const securityGroup = (ports: readonly InstancePortInfo[]) => {
  const rules = ports.flatMap(rulesOf);
  return {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      GroupDescription: 'What the firewall of the Lightsail instance lets in',
      SecurityGroupIngress: rules.length === 0 ? undefined : rules,
    },
  };
};

/** EC2 has one rule for each network that may come in. For ICMP the ports are type and code on both sides. */
const rulesOf = ({ protocol, fromPort, toPort, cidrs = [], ipv6Cidrs = [] }: InstancePortInfo) => {
  const through =
    protocol === 'all' ? { IpProtocol: '-1' } : { IpProtocol: protocol, FromPort: fromPort, ToPort: toPort };
  return [
    ...cidrs.map((CidrIp) => ({ ...through, CidrIp })),
    ...ipv6Cidrs.map((CidrIpv6) => ({ ...through, CidrIpv6 })),
  ];
};
