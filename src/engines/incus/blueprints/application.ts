import type { Layer } from './recipe.ts';

/** An application of the distribution's packages. `firstBoot` gives it what no two machines may share. */
export interface Application extends Layer {
  /**
   * A script for sh, run as root before the launch script. It finds the login user as $user, that user's directory as $home
   * and a fresh password as $password, which is written to `bitnami_application_password` there. It may run again after a crash.
   */
  readonly firstBoot: string;
  /** Units that wait for the first boot, and those that it needs. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
}

/** The name that the guides of the API send people to. */
const passwordFile = 'bitnami_application_password';
const script = '/usr/local/lib/lateen/first-boot';
const done = '/var/lib/lateen/first-boot.done';

export const application = (
  username: string,
  { firstBoot, before = [], after = [], ...layer }: Application,
): Layer => ({
  ...layer,
  files: {
    ...layer.files,
    [script]: { text: firstBootScript(username, firstBoot), mode: 0o755 },
    '/etc/systemd/system/lateen-first-boot.service': { text: unit(before, after) },
  },
  setUp: `${layer.setUp ?? ''}\nsystemctl enable lateen-first-boot.service\nrm -f /etc/ssl/private/ssl-cert-snakeoil.key\n`,
});

const firstBootScript = (username: string, body: string): string => `#!/bin/sh
set -eu
user=${username}
home=/home/${username}
if [ ! -s "$home/${passwordFile}" ]; then
  (umask 077 && head -c 18 /dev/urandom | base64 | tr '+/' 'AZ' > "$home/${passwordFile}.new")
  chown "$user:$user" "$home/${passwordFile}.new"
  mv "$home/${passwordFile}.new" "$home/${passwordFile}"
fi
password=$(cat "$home/${passwordFile}")
if [ -x /usr/sbin/make-ssl-cert ]; then make-ssl-cert generate-default-snakeoil --force-overwrite; fi
${body.trim()}
mkdir -p ${done.slice(0, done.lastIndexOf('/'))}
touch ${done}
`;

/** After the configuration of cloud-init, which may have debconf locked; who finds it locked fails. */
const unit = (before: readonly string[], after: readonly string[]): string => `[Unit]
Description=Give the application secrets of its own
ConditionPathExists=!${done}
After=local-fs.target cloud-config.service ${after.join(' ')}
Wants=${after.join(' ')}
Before=cloud-final.service ${before.join(' ')}

[Service]
Type=oneshot
RemainAfterExit=yes
Environment=DEBIAN_FRONTEND=noninteractive
ExecStart=${script}

[Install]
WantedBy=multi-user.target
`;
