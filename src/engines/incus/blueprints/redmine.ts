import type { Application } from './application.ts';

const answers = `redmine redmine/instances/default/dbconfig-install boolean true
redmine redmine/instances/default/database-type select sqlite3
`;

const site = (port: number, more = ''): string => `<VirtualHost *:${port}>
  DocumentRoot /usr/share/redmine/public
  PassengerAppRoot /usr/share/redmine
  PassengerUser www-data
  PassengerGroup www-data
  ${more}
  <Directory /usr/share/redmine/public>
    Options -MultiViews
    Require all granted
  </Directory>
</VirtualHost>
`;

/** It would otherwise ask others over the network each time it starts. */
const quiet = `PassengerDisableAnonymousTelemetry on
PassengerDisableSecurityUpdateCheck on
`;

const tls = `SSLEngine on
  SSLCertificateFile /etc/ssl/certs/ssl-cert-snakeoil.pem
  SSLCertificateKeyFile /etc/ssl/private/ssl-cert-snakeoil.key`;

/** Redmine keeps SHA-1 of the salt and of SHA-1 of the password. */
const firstBoot = `
hash() { printf %s "$1" | sha1sum | cut -c 1-40; }
database=$(find /var/lib/dbconfig-common/sqlite3/redmine -type f | head -n 1)
salt=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \\n')
sqlite3 "$database" "UPDATE users SET login = 'user', salt = '$salt', hashed_password = '$(hash "$salt$(hash "$password")")',
  must_change_passwd = 0 WHERE admin = 1"
(umask 027 && head -c 64 /dev/urandom | od -An -tx1 | tr -d ' \\n' > /etc/redmine/default/secret_key.txt)
chgrp www-data /etc/redmine/default/secret_key.txt
`;

/** Its database is a file, so that it fits on the smallest machines. Who administers it is called `user`. */
export const redmine: Application = {
  packages: ['redmine', 'redmine-sqlite', 'sqlite3', 'apache2', 'libapache2-mod-passenger', 'ssl-cert'],
  answers,
  files: { '/etc/apache2/sites-available/redmine.conf': { text: `${quiet}${site(80)}${site(443, tls)}` } },
  setUp: `
a2enmod --quiet passenger ssl
a2dissite --quiet 000-default
a2ensite --quiet redmine
`,
  firstBoot,
  before: ['apache2.service'],
};
