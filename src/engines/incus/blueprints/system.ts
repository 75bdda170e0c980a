import type { Distribution, Layer } from './recipe.ts';

/** What `systemd-resolved` is part of, in releases that have no package of that name. */
const withoutResolved: readonly string[] = ['bullseye'];

/**
 * A small server that cloud-init sets up at its first boot. It asks DHCP and router advertisements for addresses, so one image
 * does with and without IPv6.
 */
export const system = ({ suite }: Distribution, username: string): Layer => ({
  packages: [
    ...['systemd-sysv', 'dbus', 'libpam-systemd', ...(withoutResolved.includes(suite) ? [] : ['systemd-resolved'])],
    ...['iproute2', 'iputils-ping', 'netbase', 'procps', 'psmisc', 'e2fsprogs', 'ca-certificates', 'gnupg'],
    ...['openssh-server', 'sudo', 'cloud-init', 'cron', 'logrotate', 'python3'],
    ...[
      'bash-completion',
      'bzip2',
      'curl',
      'file',
      'less',
      'lsof',
      'nano',
      'rsync',
      'unzip',
      'vim-tiny',
      'wget',
      'xz-utils',
    ],
  ],
  files: {
    '/etc/cloud/cloud.cfg.d/90-lateen.cfg': { text: cloudConfig(username) },
    '/etc/default/locale': { text: 'LANG=C.UTF-8\n' },
    '/etc/hosts': { text: hosts },
    '/etc/ssh/sshd_config.d/50-lateen.conf': { text: sshd },
    '/etc/sudoers.d/90-lateen': { text: `${username} ALL=(ALL) NOPASSWD:ALL\n`, mode: 0o440 },
    '/etc/systemd/network/50-lateen.network': { text: network },
    '/etc/systemd/system/systemd-networkd.service.d/50-lateen.conf': { text: withoutUdev },
    '/etc/systemd/system/attached-disks.service': { text: attachedDisks },
  },
  setUp: setUp(username),
});

/**
 * The seed is the only source there is, so nothing is searched. The locale step fails on a system as small as this. Keys that no sshd
 * of today shows are not made, and no boot loader is looked for: both would make every first boot longer.
 */
const cloudConfig = (username: string): string => `datasource_list: [NoCloud, None]
locale: false
manage_etc_hosts: localhost
network: {config: disabled}
ssh_genkeytypes: [rsa, ecdsa, ed25519]
grub_dpkg: {enabled: false}
system_info:
  default_user:
    name: ${username}
    gecos: ${username}
    groups: [adm, sudo]
    sudo: ["ALL=(ALL) NOPASSWD:ALL"]
    shell: /bin/bash
    lock_passwd: true
`;

const hosts = `127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
`;

/** Both files come from the templates of the image: a certificate of the authority logs in as who it names. */
const sshd = `TrustedUserCAKeys /etc/ssh/user_ca.pub
AuthorizedPrincipalsFile /etc/ssh/principals/%u
`;

const network = `[Match]
Name=eth0 en*

[Network]
DHCP=ipv4
IPv6AcceptRA=yes

[DHCPv4]
ClientIdentifier=mac
UseHostname=no
`;

/** A container has no udev, and its /sys can be written to: from a /sys that cannot, the daemon knows not to wait for udev. */
const withoutUdev = `[Service]
ReadOnlyPaths=/sys
`;

/** Without udev systemd waits in vain for the devices of fstab: its generator goes, and this mounts them. */
const attachedDisks = `[Unit]
Description=Mount the attached disks of fstab
DefaultDependencies=no
After=systemd-remount-fs.service
Before=local-fs.target
ConditionVirtualization=container

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=-/bin/mount -a
ExecStop=-/bin/umount -a -t ext4,fuse.ext4,xfs

[Install]
WantedBy=local-fs.target
`;

/** Host keys and the machine's id are made at the first boot, so that no two machines share them. */
const setUp = (username: string): string => `
useradd --create-home --shell /bin/bash --groups adm,sudo ${username}
mkdir -p /etc/systemd/system-generators
ln -s /dev/null /etc/systemd/system-generators/systemd-fstab-generator
systemctl enable attached-disks.service systemd-networkd.service systemd-resolved.service
systemctl mask systemd-journald-audit.socket
systemctl disable apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
rm -f /etc/ssh/ssh_host_* /etc/resolv.conf /etc/hostname
ln -s /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
: > /etc/machine-id
`;
